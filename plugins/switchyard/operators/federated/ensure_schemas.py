"""Make external schemas what they are configured to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from switchyard.errors import CheckFailed
from switchyard.federated import names
from switchyard.federated import schema_statements as make
from switchyard.federated.external_schema import Comparison, Definition, Outcome, compare, grants_to_keep
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import FederatedOperator
from switchyard.operators.federated.places import lake_definition, source_definition
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_SCHEMA, _GRANTS, _NOTE = range(3)
"""Results of a look at a schema."""


class EnsureExternalSchemasOperator(FederatedOperator):
    """Create external schemas, or make them anew with their grants where they differ from the configuration.

    A schema cannot be altered, and is dropped for that. Who may use it is noted in the warehouse before, so that a run
    that was killed in between, and each later one, gives it back. Views that are bound late stay as they are.

    Args:
        loader: the user of the warehouse that loads, where this step logs in as another one; it may use the schemas.
    """

    template_fields = (*FederatedOperator.template_fields, "loader")

    def __init__(self, *, loader: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loader = loader

    @property
    def registry(self) -> Identifier:
        """The table of notes."""
        return Identifier(self.staging_schema, names.REGISTRY)

    @cached_property
    def definitions(self) -> list[tuple[Definition, Mapping[str, Any]]]:
        """How each external schema is to be, with the section that configures it."""
        found: list[tuple[Definition, Mapping[str, Any]]] = [
            (source_definition(self.client, self.source), self.source)
        ]
        if self.lake:
            found.append((lake_definition(self.lake, self.region_name), self.lake))
        return found

    def act(self, context: Any) -> Wait | Pause | None:
        return next((wait for wait in self._steps(context) if wait is not None), None)

    def result(self, context: Any) -> dict[str, Any]:
        outcomes = {
            definition.name: str(self._compared(context, definition).outcome)
            for definition, _ in self.definitions
        }
        differences = [
            text
            for definition, _ in self.definitions
            for text in self._compared(context, definition).differences
        ]
        for text in differences:
            self.log.info("The external schema was made anew: %s", text)
        said = ", ".join(f"{name}: {outcome}" for name, outcome in outcomes.items())
        return {"outcomes": outcomes, "differences": differences, "summary": said}

    def _steps(self, context: Any) -> Iterator[Wait | Pause | None]:
        """Each thing to do in its order; one that is done already asks nothing of the warehouse."""
        registry = render_redshift("schema/create_registry.sql", registry=self.registry)
        yield self.statement(context, "create registry", registry, adds_rows=False)
        for definition, section in self.definitions:
            yield self.statement(
                context, f"look at {definition.name}", make.look(definition, self.registry), adds_rows=False
            )
            yield from self._mend(context, definition, section)

    def _mend(
        self, context: Any, definition: Definition, section: Mapping[str, Any]
    ) -> Iterator[Wait | Pause | None]:
        compared = self._compared(context, definition)
        grants = self._grants(context, definition, section)
        if not compared.is_current:
            yield from self._make_anew(context, definition, compared, grants)
            wanted = grants
        else:
            wanted = self._missing(context, definition, grants)
        for grantee in wanted:
            purpose = f"grant {definition.name} to {grantee['kind']} {grantee['name']}"
            yield self.statement(context, purpose, make.grant(definition, grantee), adds_rows=False)
        if not compared.is_current or self._is_unfinished(context, definition):
            yield from self._note_made(context, definition, grants)

    def _make_anew(
        self, context: Any, definition: Definition, compared: Comparison, grants: Sequence[Mapping[str, str]]
    ) -> Iterator[Wait | Pause | None]:
        name = definition.name
        yield self.statement(
            context, f"note before {name}", make.note(definition, self.registry, grants, None)
        )
        if compared.outcome is not Outcome.ABSENT:
            yield self.statement(context, f"drop {name}", make.drop(definition))
        yield self.statement(context, f"create {name}", make.create(definition))

    def _note_made(
        self, context: Any, definition: Definition, grants: Sequence[Mapping[str, str]]
    ) -> Iterator[Wait | Pause | None]:
        name = definition.name
        yield self.statement(
            context, f"look again at {name}", make.look(definition, self.registry), adds_rows=False
        )
        found = self.rows(context, f"look again at {name}", _SCHEMA)
        if not found and not self.dry_run:
            raise CheckFailed(
                f"external schema {name}",
                "it is not there after it was made",
                "See who drops it, then clear this task",
            )
        oid = int(found[0]["esoid"]) if found else 1
        yield self.statement(context, f"note after {name}", make.note(definition, self.registry, grants, oid))

    def _compared(self, context: Any, definition: Definition) -> Comparison:
        purpose = f"look at {definition.name}"
        found = self.rows(context, purpose, _SCHEMA)
        registered, _ = make.read_note(self.rows(context, purpose, _NOTE))
        return compare(definition, found[0] if found else None, registered)

    def _grants(
        self, context: Any, definition: Definition, section: Mapping[str, Any]
    ) -> list[dict[str, str]]:
        purpose = f"look at {definition.name}"
        _, noted = make.read_note(self.rows(context, purpose, _NOTE))
        loader = [{"kind": "user", "name": str(self.loader)}] if self.loader else []
        return grants_to_keep([*section["grants"], *loader], self.rows(context, purpose, _GRANTS), noted)

    def _missing(
        self, context: Any, definition: Definition, grants: Sequence[dict[str, str]]
    ) -> list[dict[str, str]]:
        found = self.rows(context, f"look at {definition.name}", _GRANTS)
        has = {(str(row["identity_type"]).strip(), str(row["identity_name"]).strip()) for row in found}
        return [one for one in grants if (one["kind"], one["name"]) not in has]

    def _is_unfinished(self, context: Any, definition: Definition) -> bool:
        """Whether a run that made the schema was killed before it had given all grants back."""
        rows = self.rows(context, f"look at {definition.name}", _NOTE)
        return bool(rows) and rows[0]["fingerprint"] is None
