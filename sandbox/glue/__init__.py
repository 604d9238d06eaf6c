"""Glue's catalogue: moto's, with names in lower case and lists in pages, as queries need it."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Let moto make the sandbox's catalogues from now on."""
    from moto.glue import models as glue

    from sandbox.glue import models

    put(glue.glue_backends, backend=models.GlueBackend)
