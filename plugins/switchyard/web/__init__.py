"""What Airflow's pages show of Switchyard beside what they show of every DAG: links from tasks, and pages of runs."""
