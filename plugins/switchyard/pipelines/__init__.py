"""What the DAG files of a pipeline share: schedules, forms, names in templates, deadlines."""
