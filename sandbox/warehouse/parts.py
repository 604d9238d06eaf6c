"""Everything a warehouse understands, gathered from the modules that do it."""

from __future__ import annotations

from sandbox.warehouse import (
    alterations,
    changes,
    maintenance,
    merge,
    privileges,
    queries,
    schemas,
    settings,
    showing,
    system,
    tables,
    transactions,
    views,
)
from sandbox.warehouse.explain import statement as explaining
from sandbox.warehouse.external import refusals, resolving
from sandbox.warehouse.external import schemas as outside_schemas
from sandbox.warehouse.external import views as outside_views
from sandbox.warehouse.lake import copy, external_tables, unload
from sandbox.warehouse.statements import Parts

PARTS = Parts(
    forms=(
        *transactions.FORMS,
        *showing.FORMS,
        *settings.FORMS,
        *outside_schemas.FORMS,
        *external_tables.FORMS,
        *unload.FORMS,
        *copy.FORMS,
        *explaining.FORMS,
        *refusals.FORMS,
        *views.FORMS,
        *tables.FORMS,
        *alterations.FORMS,
        *schemas.FORMS,
        *merge.FORMS,
        *maintenance.FORMS,
        *privileges.FORMS,
        *changes.FORMS,
        *queries.FORMS,
    ),
    rewriters=(resolving.resolve,),
    system_tables={**outside_views.SYSTEM_TABLES, **system.TABLES},
)
