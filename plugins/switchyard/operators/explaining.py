"""Gives an error of AWS or of a database the remedy that a person needs where no further try comes."""

from __future__ import annotations

import psycopg2
import pymysql

from switchyard.aws.error_table import AwsError, Disposition, disposition, remedy
from switchyard.errors import Away, StepFailed

MAY_PASS = (Disposition.RETRY_SHORT, Disposition.RETRY_QUEUE)
"""What is left to the task's retries; all else a person must mend."""
_LOST = (
    pymysql.err.OperationalError,
    pymysql.err.InterfaceError,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
)
_REACH = "See that the database is up and can be reached, then clear the task: it picks up where it is"


def explained(task_id: str, error: Exception) -> Exception:
    """The error with its remedy, where it is one of AWS or a lost database; others as they are.

    Args:
        task_id: what the message begins with.
        error: what ended the try.
    """
    if isinstance(error, AwsError):
        kind = Away if disposition(error) in MAY_PASS else StepFailed
        return kind(task_id, str(error), remedy(error))
    if isinstance(error, _LOST):
        return Away(task_id, f"{type(error).__name__}: {_one_line(error)}", _REACH)
    return error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
