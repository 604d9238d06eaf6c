"""How queries fail: the texts of Hive for statements about tables, and what AthenaError says of any failure."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.sql.errors import SqlError

SYSTEM, USER = 1, 2
"""The values of ErrorCategory.
Source: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
"""
INTERNAL, DDL_FAILED = 200, 1003


@dataclass(frozen=True)
class Failure:
    """Why a query ended, in the members of QueryExecutionStatus; `kind` is the ErrorType, None where unknown."""

    reason: str
    category: int = USER
    kind: int | None = None
    retryable: bool = False


class HiveError(Exception):
    """A statement about databases, tables or partitions that fails, in Hive's words."""


def task_failed(problem: str) -> HiveError:
    """Return the error of a statement that Hive had begun with."""
    task = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
    return HiveError(task + problem)


def semantic(code: int, problem: str) -> HiveError:
    """Return the error of a statement that means nothing on the tables there are."""
    return HiveError(f"FAILED: SemanticException [Error {code}]: {problem}")


def of(error: SqlError | HiveError) -> Failure:
    """Return what becomes of a query with this error."""
    if isinstance(error, HiveError):
        return Failure(str(error), kind=DDL_FAILED)
    if error.name == "GENERIC_INTERNAL_ERROR":
        return Failure(str(error), category=SYSTEM, kind=INTERNAL)
    return Failure(str(error))
