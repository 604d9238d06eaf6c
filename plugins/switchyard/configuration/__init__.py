"""What to run: one validated YAML file per pipeline instance."""
