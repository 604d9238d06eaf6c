"""Values that the Data API binds to ``:name`` in a statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from switchyard.errors import BadInput
from switchyard.redshift.literals import Timestamp
from switchyard.redshift.words import outside_quotes

Bindable = str | int | Decimal | date | datetime

_NAME = re.compile(r"[a-zA-Z_][0-9a-zA-Z_]*")
_PLACE = re.compile(r"(?<![:\w]):([a-zA-Z_][0-9a-zA-Z_]*)")


def bound(parameters: Mapping[str, Bindable], statements: Sequence[str]) -> list[dict[str, str]]:
    """The parameters of a request, as the Data API takes them: texts, which Redshift casts.

    Raises:
        BadInput: a name is no name, a value cannot be bound (there is neither NULL nor an empty text), or a statement
            and the parameters do not name the same.
    """
    wanted = {name for one in statements for name in _PLACE.findall(outside_quotes(one))}
    for name in parameters:
        if not _NAME.fullmatch(name):
            raise _refused(name, "it is no name of a parameter", "Use letters, digits and underscores")
        if name not in wanted:
            raise _refused(
                name, "no statement uses it, which the Data API refuses", "Leave it out of this request"
            )
    if missing := sorted(wanted - set(parameters)):
        raise _refused(missing[0], "a statement uses it, and no value is given", "Pass its value")
    return [{"name": name, "value": _text(name, value)} for name, value in sorted(parameters.items())]


def _text(name: str, value: Bindable) -> str:
    if isinstance(value, datetime):
        return Timestamp(value).text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise _refused(
        name, f"a value of {type(value).__name__} like this cannot be bound", "Render it as a literal"
    )


def _refused(name: str, problem: str, remedy: str) -> BadInput:
    return BadInput("parameter", name, problem, remedy)
