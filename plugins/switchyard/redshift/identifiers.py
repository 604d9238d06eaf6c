"""Names of schemas, tables and columns as Redshift's SQL takes them.

No driver binds a name, so that a name is refused unless it is one of a short alphabet, and quoted besides.
"""

from __future__ import annotations

import re

from switchyard.errors import BadInput

_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,126}")
_MIXED = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")
"""127 bytes at most: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html."""
_PRINCIPAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.+@:-]{0,126}")


class Identifier:
    """A name, or a name behind that of its schema, such as ``Identifier("sales", "orders")``.

    Args:
        parts: the name, with what it lies in before it; at most database, schema, relation.
        allow_mixed_case: take capital letters, for relations of a source that has them. Redshift tells ``Id`` from
            ``id`` only in a session that has set ``enable_case_sensitive_identifier``, see ``Settings``.

    Raises:
        BadInput: a part holds something else than letters, digits and underscores.
    """

    def __init__(self, *parts: str, allow_mixed_case: bool = False) -> None:
        pattern = _MIXED if allow_mixed_case else _PLAIN
        if not 1 <= len(parts) <= 3:
            raise BadInput("identifier", parts, "it has no name, or too many", "Write name or schema, name")
        for part in parts:
            if not isinstance(part, str) or not pattern.fullmatch(part):
                raise _refused(part, pattern)
        self.parts = parts
        self._mixed_case = allow_mixed_case

    @property
    def name(self) -> str:
        """The last part, unquoted."""
        return self.parts[-1]

    def sql(self) -> str:
        """Each part in double quotes."""
        return ".".join(f'"{part}"' for part in self.parts)

    def within(self, *outer: str) -> Identifier:
        """The same name in another place, such as a table in a schema."""
        return Identifier(*outer, self.name, allow_mixed_case=self._mixed_case)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identifier) and other.parts == self.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Identifier{self.parts!r}"


class Principal:
    """A user, group or role of the warehouse, such as ``IAMR:reports``, the user of an IAM role.

    Raises:
        BadInput: its name holds something else than letters, digits and ``_.+@:-``.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not _PRINCIPAL.fullmatch(name):
            raise BadInput(
                "user, group or role",
                name,
                "it is no plain name",
                "Write it as Redshift has it, without quotes; the user of an IAM role is IAMR:ROLE",
            )
        self.name = name

    def sql(self) -> str:
        """The name in double quotes."""
        return f'"{self.name}"'


def _refused(part: object, pattern: re.Pattern[str]) -> BadInput:
    small = isinstance(part, str) and pattern is _PLAIN and _MIXED.fullmatch(part)
    return BadInput(
        "identifier",
        part,
        "it has capital letters, which Redshift folds to small ones" if small else "it is no plain name",
        "Write small letters, or let mixed case through where the source has it"
        if small
        else "Use letters, digits and underscores, a letter or underscore first, 127 characters at most",
    )
