"""The keys under which a stream delivers.

Sources: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html and
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from __future__ import annotations

import re
import secrets
import string
import uuid
from datetime import datetime

from moto.firehose.exceptions import InvalidArgumentException

EXPRESSION = re.compile(r"!\{(?P<space>[a-z-]+):(?P<value>[^}]*)\}")
ERROR_TYPE = "!{firehose:error-output-type}"
PARTS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
USUAL_FOLDER = "%Y/%m/%d/%H/"


def check(prefix: str, error_prefix: str | None) -> None:
    """Refuse prefixes whose expressions Firehose does not have, or that leave errors without a place."""
    for text in (prefix, error_prefix or ""):
        for found in EXPRESSION.finditer(text):
            if found["space"] not in {"timestamp", "firehose"}:
                raise InvalidArgumentException(f"The expression {found.group()} isn't valid")
    if ERROR_TYPE in prefix:
        raise InvalidArgumentException(f"Prefix can't contain {ERROR_TYPE}")
    if EXPRESSION.search(prefix) and not error_prefix:
        raise InvalidArgumentException("ErrorOutputPrefix can't be null or empty when Prefix has expressions")
    if error_prefix and EXPRESSION.search(error_prefix) and ERROR_TYPE not in error_prefix:
        raise InvalidArgumentException(f"ErrorOutputPrefix must contain {ERROR_TYPE}")


def name(stream: str, version: str, at: datetime, extension: str) -> str:
    """Return a new object's name within its folder: the stream and the time."""
    return f"{stream}-{version}-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{extension}"


def folder(prefix: str, at: datetime, error_type: str = "") -> str:
    """Return what a prefix stands for: filled where it has expressions, with the hour behind it where not."""
    return (
        _filled(prefix, at, error_type) if EXPRESSION.search(prefix) else prefix + at.strftime(USUAL_FOLDER)
    )


def _filled(prefix: str, at: datetime, error_type: str) -> str:
    def fill(found: re.Match[str]) -> str:
        if found["space"] == "timestamp":
            spelled = re.sub("|".join(PARTS), lambda part: at.strftime(PARTS[part.group()]), found["value"])
            return spelled.replace("'", "")
        if found["value"] == "random-string":
            return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(11))
        return error_type

    return EXPRESSION.sub(fill, prefix)
