"""Make the domain's new version effective in its indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

from switchyard.aws import console as pages
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.domains import (
    require_found,
    require_synonyms,
    search_client_of,
    searched,
)
from switchyard.operators.synonyms.reindex import Reindexed, Reindexing
from switchyard.search.analyzers import refresh_analyzers
from switchyard.search.client import SearchClient
from switchyard.waiting.kinds import Wait

Refresh = Literal["auto", "explicit"]


@dataclass(frozen=True)
class Applied:
    """What has been done to a domain's indexes.

    Attributes:
        indexes: the indexes that use the version.
        replaced: those whose alias has moved away from them.
    """

    indexes: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Application:
    """How a version takes effect in the indexes of a domain; for a step in loop form.

    Attributes:
        domain: the domain as it is configured: ``name``, ``indexes``, ``search_conn_id``.
        reference_path: the package's path on the domain, which the indexes must read.
        version: the package's version that the domain has.
        analysis: the declared ``tokenizer`` and ``filters`` before the synonyms.
        refresh: "explicit" asks for the refresh of the analyzers, "auto" leaves it to the service.
        probes: searches that a new index must pass before its alias moves.
        keep_old_index_hours: how long a replaced index is kept.
        block_writes: whether writes to an index are refused while its documents are copied.
        pipeline: whose indexes are made.
        stamp: the run.
    """

    domain: Mapping[str, Any]
    reference_path: str
    version: str
    analysis: Mapping[str, Any]
    refresh: Refresh
    probes: Sequence[Mapping[str, Any]]
    keep_old_index_hours: float
    block_writes: bool
    pipeline: str
    stamp: str

    def advance(self, step: AwsOperator, context: Any) -> Pause | Applied:
        """Look at each index and do the next thing about it.

        Raises:
            BadInput: an index would not show the version.
            StepFailed: an index is missing, a shard kept its old rules, or a new index is not as it must be.
        """
        done = Applied()
        with closing(search_client_of(step, self.domain)) as client:
            for index in self.domain["indexes"]:
                if pause := self._apply(step, context, client, index, done):
                    return pause
        return done

    def reindexing(
        self, step: AwsOperator, context: Any, client: SearchClient, index: Mapping[str, Any]
    ) -> Reindexing:
        """The work on an index that expands documents."""
        return Reindexing(
            step,
            context,
            client,
            index=index,
            version=self.version,
            probes=self.probes,
            pipeline=self.pipeline,
            stamp=self.stamp,
            keep_hours=self.keep_old_index_hours,
            block_writes=self.block_writes,
        )

    def _apply(
        self,
        step: AwsOperator,
        context: Any,
        client: SearchClient,
        index: Mapping[str, Any],
        done: Applied,
    ) -> Pause | None:
        found = require_found(client, searched(index))
        if not step.dry_run:
            require_synonyms(found, index, analysis=self.analysis, reference_path=self.reference_path)
        if index.get("use", "search_time") == "index_time":
            return self._apply_to_documents(step, context, client, index, done)
        if self.refresh == "explicit":
            refresh_analyzers(client, found)
        done.indexes.append(found.name)
        return None

    def _apply_to_documents(
        self,
        step: AwsOperator,
        context: Any,
        client: SearchClient,
        index: Mapping[str, Any],
        done: Applied,
    ) -> Pause | None:
        work = self.reindexing(step, context, client, index)
        if step.dry_run:
            work.plan()
            return None
        outcome = work.advance()
        if not isinstance(outcome, Reindexed):
            return outcome
        done.indexes.append(outcome.index)
        done.replaced.extend([outcome.replaced] if outcome.replaced else [])
        return None


class ApplyToIndexesOperator(AwsOperator):
    """Let each index of a domain use the version that the domain has got.

    Where queries are expanded, the service reads updateable analyzers again by itself, or the run asks for it; it then
    requires every shard. Where documents are expanded they are indexed again into a new index, which is proved before
    the alias moves; the old index is kept, and deleted by a later run. No index is ever closed.

    Args:
        domain: the domain as it is configured: ``name``, ``indexes``, ``search_conn_id``.
        reference_path: the package's path on the domain, which the indexes must read.
        version: the package's version that the domain has.
        analysis: the declared ``tokenizer`` and ``filters`` before the synonyms.
        refresh: "explicit" asks for the refresh of the analyzers, "auto" leaves it to the service.
        probes: searches that a new index must pass before the alias moves.
        keep_old_index_hours: how long a replaced index is kept.
        block_writes: whether writes to an index are refused while its documents are copied.
    """

    console = (pages.DOMAIN,)
    service = "opensearch"
    template_fields = (
        *AwsOperator.template_fields,
        "domain",
        "reference_path",
        "version",
        "probes",
        "pipeline",
        "stamp",
    )

    def __init__(
        self,
        *,
        domain: Mapping[str, Any],
        reference_path: str,
        version: str,
        analysis: Mapping[str, Any],
        refresh: Refresh,
        probes: Sequence[Mapping[str, Any]] = (),
        keep_old_index_hours: float = 24,
        block_writes: bool = True,
        pipeline: str,
        stamp: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain = domain
        self.reference_path = reference_path
        self.version = version
        self.analysis = analysis
        self.refresh = refresh
        self.probes = probes
        self.keep_old_index_hours = keep_old_index_hours
        self.block_writes = block_writes
        self.pipeline = pipeline
        self.stamp = stamp
        self._applied = Applied()

    def act(self, context: Any) -> Wait | Pause | None:
        outcome = self._application.advance(self, context)
        if not isinstance(outcome, Applied):
            return outcome
        self._applied = outcome
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {
            "domain": self.domain["name"],
            "indexes": self._applied.indexes,
            "replaced": self._applied.replaced,
            "summary": f"on {self.domain['name']}: {', '.join(self._applied.indexes) or 'no index'}",
        }

    @property
    def _application(self) -> Application:
        return Application(
            domain=self.domain,
            reference_path=self.reference_path,
            version=self.version,
            analysis=self.analysis,
            refresh=self.refresh,
            probes=self.probes,
            keep_old_index_hours=self.keep_old_index_hours,
            block_writes=self.block_writes,
            pipeline=self.pipeline,
            stamp=self.stamp,
        )
