"""Making a new version of the synonyms effective in an index that expands documents and not queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.errors import NotAllowed, StepFailed, SwitchyardError
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.domains import require_found, searched
from switchyard.search import reindexing
from switchyard.search.client import SearchClient
from switchyard.search.indexes import Index, find_index, find_indexes
from switchyard.search.probes import run_probe


@dataclass(frozen=True)
class Reindexed:
    """An alias that leads to an index with the version's synonyms; ``replaced`` is empty where it did before."""

    index: str
    replaced: str


class Reindexing:
    """One look at an alias and its indexes and the next thing to do about them; for a step in loop form.

    The package's version is in the name of the new index, so that a repeated step finds it. Writes to the old index
    are refused while it is copied, since copying does not follow them: refused is better than lost.

    Args:
        step: the operator.
        context: its context.
        client: the domain.
        index: the index as it is configured; its alias is what moves.
        version: the package's version that the domain has.
        probes: searches that the new index must pass before the alias moves.
        pipeline: whose indexes these are.
        stamp: the run.
        keep_hours: how long a replaced index is kept.
        block_writes: whether writes are refused while documents are copied.
    """

    def __init__(
        self,
        step: AwsOperator,
        context: Any,
        client: SearchClient,
        *,
        index: Mapping[str, Any],
        version: str,
        probes: Sequence[Mapping[str, Any]],
        pipeline: str,
        stamp: str,
        keep_hours: float,
        block_writes: bool,
    ) -> None:
        self._step = step
        self._store = context["task_state_store"]
        self._client = client
        self._alias = searched(index)
        self._base = str(index["name"])
        self._name = versioned(index, version)
        self._version = version
        self._probes = [probe for probe in probes if probe["index"] == index["name"]]
        self._pipeline = pipeline
        self._stamp = stamp
        self._keep = timedelta(hours=keep_hours)
        self._block = block_writes
        self._task, self._replaced = f"task {self._name}", f"replaced {self._name}"

    def advance(self) -> Pause | Reindexed:
        """Bring the alias to an index with the version's synonyms, unless it leads there.

        Raises:
            NotAllowed: the new index's name is taken by somebody else's.
            StepFailed: documents or searches of the new index are not as they must be; the alias stays.
        """
        old = self._require_alias()
        if self._is_own(old) and old.origin.get("version") == self._version:
            return Reindexed(old.name, self._store.get(self._replaced) or "")
        new = find_index(self._client, self._name)
        if new is None:
            for expired in self._expired(old):
                self._step.log.info("Index %s was replaced long enough ago", expired.name)
                reindexing.delete_index(self._client, expired)
            new = self._create(old)
        try:
            return self._fill(old, new)
        except SwitchyardError:
            self._take_back(old, new)
            raise

    def plan(self) -> None:
        """Write down what a real run would ask the domain for."""
        old = self._require_alias()
        for expired in self._expired(old):
            reindexing.delete_index(self._client, expired)
        new = self._create(old)
        reindexing.start_copying(self._client, old.name, new.name)
        reindexing.put_into_service(self._client, new, old)
        reindexing.move_alias(self._client, self._alias, old=old.name, new=new.name)

    def give_up(self) -> None:
        """Take back what a version left behind that did not come as far as the alias."""
        unfinished = find_index(self._client, self._name)
        live = self._require_alias()
        if unfinished is not None and unfinished.origin.get("replaces") == live.name:
            self._take_back(live, unfinished)

    def _fill(self, old: Index, new: Index) -> Pause | Reindexed:
        self._require_own(new, old)
        if pause := self._copied(old, new):
            return pause
        reindexing.put_into_service(self._client, new, old)
        if not reindexing.is_as_healthy(self._client, new, old):
            return Pause(self._step.poll_interval, f"the replicas of {new.name}")
        reindexing.require_same_documents(self._client, old, new)
        self._require_probes(new)
        self._store.set(self._replaced, old.name)
        reindexing.move_alias(self._client, self._alias, old=old.name, new=new.name)
        return Reindexed(new.name, old.name)

    def _take_back(self, old: Index, new: Index) -> None:
        """Let the old index take writes again; what was copied of it is old from then on, and goes."""
        if self._is_own(new) and new.origin.get("blocked"):
            reindexing.delete_index(self._client, new)
            self._store.delete(self._task)
            reindexing.block_writes(self._client, old, False)

    def _require_alias(self) -> Index:
        old = require_found(self._client, self._alias)
        if self._alias not in old.aliases:
            raise StepFailed(
                f"index {self._alias}",
                "it is an index and no alias, which could move to a new index",
                "Give the index an alias that applications search, and name it in the configuration",
            )
        return old

    def _is_own(self, index: Index) -> bool:
        return index.origin.get("pipeline") == self._pipeline

    def _require_own(self, new: Index, old: Index) -> None:
        if not self._is_own(new) or new.origin.get("replaces") != old.name:
            raise NotAllowed(
                f"copying {old.name} to {new.name}",
                f"{new.name} exists, and it was not made to replace {old.name}",
                f"Delete {new.name} if nobody needs it, then clear the task",
            )

    def _create(self, old: Index) -> Index:
        meta = {
            "pipeline": self._pipeline,
            "run": self._stamp,
            "version": self._version,
            "replaces": old.name,
            "blocked": self._block and not reindexing.is_blocked(old),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        body = reindexing.successor_body(old, meta)
        self._client.write("PUT", f"/{self._name}", body)
        return Index(self._name, (), body["settings"]["index"], body["mappings"])

    def _copied(self, old: Index, new: Index) -> Pause | None:
        task = self._store.get(self._task)
        progress = reindexing.copying_progress(self._client, task) if task else None
        if progress is None:
            if new.origin.get("blocked"):
                reindexing.block_writes(self._client, old, True)
            self._store.set(self._task, reindexing.start_copying(self._client, old.name, new.name))
            return Pause(self._step.poll_interval, f"documents to be copied to {new.name}")
        ended, how_far = progress
        return None if ended else Pause(self._step.poll_interval, f"{how_far} copied to {new.name}")

    def _require_probes(self, new: Index) -> None:
        results = [run_probe(self._client, probe, new.name) for probe in self._probes]
        if faults := [str(result) for result in results if not result.passed]:
            raise StepFailed(
                f"index {new.name}",
                f"its searches are not as they must be: {'; '.join(faults)}",
                f"Alias {self._alias} stays where it is; correct the synonyms or the probes",
            )

    def _expired(self, live: Index) -> Iterator[Index]:
        """Indexes that this pipeline made and that nobody can search by an alias, replaced long enough ago."""
        found = find_indexes(self._client, f"{self._base}-*")
        own = [index for index in found if self._is_own(index)]
        replaced_at = {index.origin.get("replaces"): index.origin["made_at"] for index in own}
        for index in own:
            since = datetime.fromisoformat(replaced_at.get(index.name, index.origin["made_at"]))
            idle = not index.aliases and index.name not in (live.name, self._name)
            if idle and datetime.now(UTC) - since >= self._keep:
                yield index


def versioned(index: Mapping[str, Any], version: str) -> str:
    """Name of the index that holds documents expanded with one version of the package."""
    return f"{index['name']}-{version}"
