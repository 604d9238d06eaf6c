"""What the pipelines tell the outside world of themselves: metrics, lineage, notifications, fields of log lines."""
