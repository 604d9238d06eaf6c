"""What sensitive-data discovery decides: pure functions, without Airflow and without AWS."""
