"""Changes of what is in external schemas, which are refused: federated queries read, and no more.

Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-limitations.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.warehouse.answers import Answer
from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.external import registry
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

CHANGES = (
    r"(INSERT INTO|UPDATE|DELETE( FROM)?|TRUNCATE( TABLE)?|DROP (TABLE|VIEW)( IF EXISTS)?|ALTER TABLE|MERGE INTO|COPY"
    r"|CREATE ((LOCAL )?(TEMP|TEMPORARY) )?TABLE( IF NOT EXISTS)?|CREATE( OR REPLACE)? VIEW)"
)
TARGET = re.compile(rf'{CHANGES} "?(?P<schema>[^". ]+)"? \. ')


def _is_outside(session: Session, statement: Statement) -> bool:
    found = TARGET.match(statement.leading)
    return found is not None and found["schema"].lower() in registry.schemas(session)


def _refuse(_session: Session, statement: Statement) -> Answer:
    what, _, _ = statement.leading.partition(" ")
    raise RedshiftError(f"{what} is not supported on objects of an external schema", NOT_SUPPORTED)


FORMS = (Form(CHANGES, _refuse, applies=_is_outside),)
