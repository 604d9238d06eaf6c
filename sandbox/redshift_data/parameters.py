"""Named parameters of statements: where they stand in a text, and the texts with their values.

Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PARTS = re.compile(
    r"""
    (?P<other>
        '(?:[^']|'')*'            # a text
      | "(?:[^"]|"")*"            # a quoted name
      | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$   # a text between dollar signs
      | --[^\n]*                  # a comment
      | /\*.*?\*/
      | ::                        # a cast
    )
    | :(?P<name>[0-9a-zA-Z_]+)
    """,
    re.VERBOSE | re.DOTALL,
)


def names(sqls: Iterable[str]) -> set[str]:
    """Return the names of the parameters that statements refer to."""
    return {found["name"] for sql in sqls for found in PARTS.finditer(sql) if found["name"]}


def bound(sql: str, values: Mapping[str, str]) -> str:
    """Return a statement with the values as literals of text; other names stay as they are."""

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        return "'" + values[name].replace("'", "''") + "'" if name in values else found[0]

    return PARTS.sub(replaced, sql)
