"""What statements for Amazon Redshift are made of, and how its answers are read; it only computes."""
