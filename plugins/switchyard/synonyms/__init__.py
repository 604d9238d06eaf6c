"""Pure logic of synonyms: rows in, rules out, with every fault named for the person who edits the rows.

Nothing here needs more than the standard library: no Airflow, no AWS, no Java. `python -m switchyard.synonyms` checks
a file by the same code that the pipeline runs.
"""
