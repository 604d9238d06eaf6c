"""The whole of Switchyard on one machine: Airflow, the sandbox and a ledger, started, shown and stopped."""
