"""What a federated load computes without Airflow and AWS: windows, names, columns, plans and verdicts."""
