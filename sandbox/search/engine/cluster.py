"""The indexes of a domain: their names and aliases, and what changes several of them at once."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox.search.engine import settings as names
from sandbox.search.engine.aliases import Aliases
from sandbox.search.engine.index import Index
from sandbox.search.engine.lucene import lucene
from sandbox.search.errors import IndexClosed, IndexNotFound, MappingRefused, Refused

ALL = frozenset({"_all", "*", ""})
_FORBIDDEN = re.compile(r'[\\/*?"<>| ,#:]')


class Cluster:
    """All indexes; thread-safe. Each look sees the aliases before a change or after it, never between."""

    def __init__(self, config: Path, data_nodes: int = 1) -> None:
        """Start with no index.

        Args:
            config: the folder that paths in settings are relative to.
            data_nodes: how many nodes the domain has, which decides whether replicas find a place.
        """
        self.config = config
        self.data_nodes = data_nodes
        self.name = "sandbox"
        self.node = uuid.uuid4().hex[:22]
        self.lucene_version = str(lucene("util.Version").LATEST)
        self._lock = threading.RLock()
        self._indexes: dict[str, Index] = {}
        self._aliases = Aliases()

    def create(
        self, name: str, settings: Mapping[str, Any], mapping: Mapping[str, Any], aliases: Mapping[str, Any]
    ) -> Index:
        """Create an index.

        Raises:
            Refused: its name, settings, analyzers or mapping are not fit, or the name is taken.
        """
        _check_name(name)
        chosen = {**names.DEFAULTS, **names.flatten(settings)}
        with self._lock:
            self._check_free(name)
            try:
                made = Index(name, uuid.uuid4().hex[:22], chosen, mapping, self.config)
            except MappingRefused as problem:
                raise unfit_mapping(problem) from None
            self._indexes[name] = made
            actions = [
                {"add": {"index": name, "alias": alias, **options}} for alias, options in aliases.items()
            ]
            self._aliases = self._aliases.after(actions, self._resolver())
            return made

    def delete(self, expression: str) -> None:
        """Delete indexes, with their aliases."""
        with self._lock:
            found = self._concrete(expression)
            self._drop(found)
        for index in found:
            index.close()

    def find(self, expression: str, *, closed: bool = False, lenient: bool = False) -> list[Index]:
        """Give the indexes that names, aliases and patterns stand for.

        Args:
            expression: comma-separated.
            closed: whether closed ones count as well.
            lenient: whether missing and closed ones are left out without an error.

        Raises:
            IndexNotFound: a name that is not a pattern stands for nothing.
            IndexClosed: it stands for a closed index.
        """
        with self._lock:
            found: dict[str, Index] = {}
            for part in expression.split(",") if expression else [""]:
                pattern = part in ALL or "*" in part
                for index in self._part(part, lenient=lenient):
                    if index.closed and not closed:
                        if pattern or lenient:
                            continue
                        raise IndexClosed(index.name, index.uuid)
                    found[index.name] = index
            return list(found.values())

    def one(self, name: str) -> Index:
        """Give the one open index of a name or alias."""
        found = self.find(name)
        if len(found) != 1:
            raise Refused(
                400,
                "illegal_argument_exception",
                f"alias [{name}] has more than one index associated with it "
                f"[{', '.join(sorted(index.name for index in found))}], can't execute a single index op",
            )
        return found[0]

    def writable(self, name: str, *, make: bool = True) -> Index:
        """Give the index that documents for a name go to, made where there is none unless that is not wanted."""
        with self._lock:
            if target := self._aliases.write_target(name):
                name = target
            elif make and name not in self._indexes:
                return self.create(name, {}, {}, {})
            index = self.one(name)
        if index.blocked():
            raise Refused(
                403,
                "cluster_block_exception",
                f"index [{index.name}] blocked by: [FORBIDDEN/8/index write (api)];",
            )
        return index

    def close(self, expression: str) -> list[Index]:
        """Close indexes: they keep their documents and serve nothing."""
        with self._lock:
            found = self.find(expression, closed=True)
            for index in found:
                index.closed = True
            return found

    def open(self, expression: str) -> None:
        """Open closed indexes, which builds their analyzers from the files of now.

        Raises:
            Refused: an analyzer cannot be built; that index stays closed.
        """
        for index in self.find(expression, closed=True):
            if not index.closed:
                continue
            try:
                index.reopen()
            except Refused as problem:
                failed = f"Failed to verify index [{index}]"
                raise Refused(500, "exception", failed, problem) from None

    def change_aliases(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Do all actions at once, or none.

        Raises:
            Refused: one of them cannot be done.
        """
        with self._lock:
            removed = [
                index
                for action in actions
                if "remove_index" in action
                for index in self._concrete(str(action["remove_index"]["index"]))
            ]
            others = [action for action in actions if "remove_index" not in action]
            changed = self._aliases.after(others, self._resolver())
            staying = set(self._indexes) - {index.name for index in removed}
            changed.check_names(staying)
            self._aliases = changed
            self._drop(removed)
        for index in removed:
            index.close()

    def aliases_of(self, index: str) -> dict[str, dict[str, Any]]:
        """Give the aliases of an index with their options."""
        return self._aliases.of(index)

    def health(self, index: Index) -> str:
        """Tell whether an index's replicas have found a place."""
        return "green" if index.replicas < self.data_nodes else "yellow"

    def copies(self, index: Index) -> tuple[int, int]:
        """Tell how many shard copies an index has in all, and how many of them are on a node."""
        placed = min(1 + index.replicas, self.data_nodes)
        return index.shards * (1 + index.replicas), index.shards * placed

    def _drop(self, indexes: Sequence[Index]) -> None:
        for index in indexes:
            del self._indexes[index.name]
            self._aliases = self._aliases.without(index.name)

    def _part(self, part: str, *, lenient: bool) -> list[Index]:
        if part in ALL or "*" in part:
            pattern = "*" if part in ALL else part
            members = self._aliases.matching(pattern)
            return [
                index
                for name, index in sorted(self._indexes.items())
                if fnmatchcase(name, pattern) or name in members
            ]
        if part in self._indexes:
            return [self._indexes[part]]
        found = self._aliases.members(part)
        if not found and not lenient:
            raise IndexNotFound(part)
        return [self._indexes[name] for name in sorted(found)]

    def _concrete(self, expression: str) -> list[Index]:
        """Give indexes by their own names and patterns of these."""
        for part in expression.split(","):
            if self._aliases.members(part):
                raise Refused(
                    400,
                    "illegal_argument_exception",
                    f"The provided expression [{part}] matches an alias, specify the corresponding concrete "
                    "indices instead.",
                )
        return self.find(expression, closed=True)

    def _resolver(self) -> Any:
        return lambda expression: [index.name for index in self.find(expression, closed=True)]

    def _check_free(self, name: str) -> None:
        if name in self._indexes:
            index = self._indexes[name]
            raise Refused(
                400,
                "resource_already_exists_exception",
                f"index [{index}] already exists",
                index=name,
                index_uuid=index.uuid,
            )
        if self._aliases.members(name):
            raise _bad_name(name, "already exists as alias")


def unfit_mapping(problem: MappingRefused) -> Refused:
    """Say that a mapping cannot be, as OpenSearch does when an index is made."""
    reason = f"Failed to parse mapping [_doc]: {problem.reason}"
    return Refused(400, "mapper_parsing_exception", reason, problem)


def _check_name(name: str) -> None:
    if name != name.lower():
        raise _bad_name(name, "must be lowercase")
    if name.startswith(("_", "-", "+")):
        raise _bad_name(name, "must not start with '_', '-', or '+'")
    if _FORBIDDEN.search(name):
        raise _bad_name(name, 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]')
    if len(name.encode()) > 255:
        raise _bad_name(name, "index name is too long, (greater than 255)")


def _bad_name(name: str, problem: str) -> Refused:
    reason = f"Invalid index name [{name}], {problem}"
    return Refused(400, "invalid_index_name_exception", reason, index=name, index_uuid="_na_")
