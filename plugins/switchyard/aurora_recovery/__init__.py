"""Pure logic of Aurora recovery: names, manifest, message, selection, swap, retention, checks.

Nothing here speaks to AWS or Airflow; the operators read AWS, ask these functions and act on the answer.
"""
