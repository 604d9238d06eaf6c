"""Conditional writes and deletes: what must hold of the present object, checked and acted on as one.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html and, where that page contradicts what
S3 answers for an object that is not there, https://github.com/localstack/localstack/issues/13894
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from moto.s3.models import FakeKey

from sandbox.errors import Refused

LOCK = threading.RLock()
"""Held from a condition's check to the write it allows, so that of two writers only one sees it hold."""

ANY = "*"


def check_write(headers: Mapping[str, str], stored: FakeKey | None) -> None:
    """Refuse a write whose If-Match or If-None-Match does not hold."""
    wanted, unwanted = headers.get("If-Match"), headers.get("If-None-Match")
    if unwanted is not None and unwanted != ANY:
        raise _not_implemented()
    if unwanted and stored is not None:
        raise _failed()
    if wanted:
        _check_match(wanted, stored)


def check_copied(headers: Mapping[str, str], source: FakeKey | None) -> None:
    """Refuse a copy of another state of the source than the one meant."""
    wanted = headers.get("x-amz-copy-source-if-match")
    if wanted and source is not None and not _is(source, wanted):
        raise _failed()


def check_delete(wanted: str, stored: FakeKey | None, *, version_id: str | None) -> None:
    """Refuse a delete whose If-Match does not hold; it can be asked for the present version only."""
    if version_id:
        raise _not_implemented()
    _check_match(wanted, stored)


def _check_match(wanted: str, stored: FakeKey | None) -> None:
    if stored is None:
        raise Refused("NoSuchKey", "The specified key does not exist.", 404)
    if wanted != ANY and not _is(stored, wanted):
        raise _failed()


def _is(stored: FakeKey, etag: str) -> bool:
    return bool(stored.etag.strip('"') == etag.strip('"'))


def _failed() -> Refused:
    return Refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)


def _not_implemented() -> Refused:
    message = "A header you provided implies functionality that is not implemented"
    return Refused("NotImplemented", message, 501)
