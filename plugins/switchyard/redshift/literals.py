"""Values as Redshift's SQL takes them where no parameter can be bound: in definitions, views, EXPLAIN.

Every class refuses what it does not know for certain, says so without the value where that may be data, and prints
itself by ``sql()``. A backslash is an escape in Redshift's quotes, as in the PostgreSQL it comes from, so that doubling
the quotes alone would let a text end its literal.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from switchyard.errors import BadInput

_CURLY = "\u2018\u2019\u201c\u201d"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


class Literal:
    """Something that prints itself as safe SQL."""

    def sql(self) -> str:
        """The text to put into a statement."""
        raise NotImplementedError


class Text(Literal):
    """A short text in quotes, such as the name of a remote database.

    Raises:
        BadInput: it holds a backslash or a control character, which are no part of any name.
    """

    def __init__(self, value: str) -> None:
        if not isinstance(value, str) or "\\" in value or _UNPRINTABLE.search(value):
            raise BadInput(
                "text literal",
                "...",
                "it holds a backslash or a control character",
                "Bind such a value as a parameter",
            )
        self.value = value

    def sql(self) -> str:
        """The text in single quotes, with those within doubled."""
        return "'" + self.value.replace("'", "''") + "'"


class Timestamp(Literal):
    """A moment in UTC to the microsecond, without its zone: what TIMESTAMP columns of Redshift and MySQL compare with.

    Raises:
        BadInput: the moment has no time zone, so that nobody knows when it is.
    """

    def __init__(self, value: datetime) -> None:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise BadInput("timestamp literal", value, "it has no time zone", "Pass a moment with its zone")
        self.value = value.astimezone(UTC)

    @property
    def text(self) -> str:
        """ISO 8601, date and time of day apart by a space, six decimals."""
        return self.value.strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")

    def sql(self) -> str:
        """The moment in quotes."""
        return f"'{self.text}'"


class TimestampTz(Timestamp):
    """A moment in UTC to the microsecond with its zone: what TIMESTAMPTZ columns compare with in whatever session."""

    @property
    def text(self) -> str:
        """As of Timestamp, with the zone behind."""
        return f"{super().text}+00"


class Day(Literal):
    """A date."""

    def __init__(self, value: date) -> None:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise BadInput("date literal", value, "it is no date", "Pass a date without a time of day")
        self.value = value

    def sql(self) -> str:
        """The date as ISO 8601 in quotes."""
        return f"'{self.value.isoformat()}'"


class Number(Literal):
    """A whole or decimal number."""

    def __init__(self, value: int | Decimal) -> None:
        finite = isinstance(value, Decimal) and value.is_finite()
        if not finite and (isinstance(value, bool) or not isinstance(value, int)):
            raise BadInput(
                "number literal", "...", "it is neither an int nor a finite Decimal", "Convert it first"
            )
        self.value = value

    def sql(self) -> str:
        """Digits with an optional sign and point, never an exponent."""
        return f"{self.value:f}" if isinstance(self.value, Decimal) else str(int(self.value))


class _Matched(Literal):
    """A text that must have one strict form."""

    field = ""
    form = ""
    pattern = re.compile("")

    def __init__(self, value: str) -> None:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            curly = isinstance(value, str) and any(mark in value for mark in _CURLY)
            problem = "it holds curly quotes" if curly else f"it is no {self.field}"
            raise BadInput(self.field, value, problem, f"Write it as {self.form}")
        self.value = value

    def sql(self) -> str:
        """The text in quotes; nothing that its form lets through needs more."""
        return f"'{self.value}'"


class HostName(_Matched):
    """The name of a host without protocol or port, as URI of an external schema takes it."""

    field = "host name"
    form = "orders.cluster-abc.us-west-2.rds.amazonaws.com"
    pattern = re.compile(
        r"(?!.{254})[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
        r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
    )


class RoleArn(_Matched):
    """A role, or a chain of up to ten that are assumed one after the other, with commas and no spaces."""

    field = "role ARN"
    form = "arn:aws:iam::111111111111:role/NAME"
    pattern = re.compile(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9+=.@_/-]{1,512}"
        r"(?:,arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9+=.@_/-]{1,512}){0,9}"
    )


class SecretArn(_Matched):
    """A secret of Secrets Manager."""

    field = "secret ARN"
    form = "arn:aws:secretsmanager:REGION:111111111111:secret:NAME-abcdef"
    pattern = re.compile(
        r"arn:aws[a-z-]*:secretsmanager:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}"
    )


class KmsKey(_Matched):
    """A key of KMS by its ARN."""

    field = "key ARN"
    form = "arn:aws:kms:REGION:111111111111:key/ID"
    pattern = re.compile(r"arn:aws[a-z-]*:kms:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:key/[A-Za-z0-9-]{1,64}")


class S3Path(_Matched):
    """An object or prefix of S3; parts that begin with ``_`` or ``.`` are refused, as Spectrum does not see them."""

    field = "S3 path"
    form = "s3://bucket/prefix/"
    pattern = re.compile(
        r"s3://(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/"
        r"(?:[A-Za-z0-9=+@~-][A-Za-z0-9=+@~_.-]*/)*(?:[A-Za-z0-9=+@~-][A-Za-z0-9=+@~_.-]*)?"
    )


class RegionName(_Matched):
    """A Region."""

    field = "Region"
    form = "us-west-2"
    pattern = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


_LONGEST = {"char": 4096, "varchar": 65535, "varbyte": 16777216}


class ColumnType(_Matched):
    """A type of a column with its length or precision, such as ``varchar(64)`` or ``numeric(18,2)``; not quoted."""

    field = "column type"
    form = "smallint, bigint, numeric(18,2), varchar(64), date, timestamp and the like"
    pattern = re.compile(
        r"(?:smallint|integer|bigint|real|double precision|boolean|date|time|timetz|timestamp|timestamptz|super)"
        r"|(?:char|varchar|varbyte)\((?P<length>[1-9][0-9]{0,6})\)"
        r"|(?:numeric|decimal)\((?P<precision>[1-9][0-9]?),(?P<scale>[0-9]{1,2})\)"
    )

    def __init__(self, value: str) -> None:
        super().__init__(value.lower().replace(", ", ",") if isinstance(value, str) else value)
        found = self.pattern.fullmatch(self.value)
        length, precision, scale = found.group("length", "precision", "scale") if found else (None,) * 3
        if length and int(length) > _LONGEST[self.value.partition("(")[0]]:
            raise BadInput(
                self.field, value, "it is longer than Redshift lets it be", "Give a smaller length"
            )
        if precision and not int(scale or 0) <= int(precision) <= 38:
            raise BadInput(
                self.field, value, "Redshift has no such precision", "38 digits at most, scale within"
            )

    def sql(self) -> str:
        """The type as it stands."""
        return self.value


class EmbeddedQuery(Literal):
    """A rendered statement within another's quotes, as UNLOAD takes it.

    Raises:
        BadInput: it holds a backslash, which its quotes would take for an escape.
    """

    def __init__(self, statement: str) -> None:
        if "\\" in statement or "\0" in statement:
            raise BadInput(
                "embedded query",
                "...",
                "it holds a backslash",
                "Write the statement without one, or stage its rows",
            )
        self.statement = statement.strip().rstrip(";").rstrip()

    def sql(self) -> str:
        """The statement in single quotes, with those within doubled."""
        return "'" + self.statement.replace("'", "''") + "'"
