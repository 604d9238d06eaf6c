"""Aliases of indexes: a value that a change replaces whole, so that nobody sees half of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from fnmatch import fnmatchcase
from typing import Any

from sandbox.search.errors import IllegalArgument, Refused

Resolver = Callable[[str], list[str]]
_OPTIONS = frozenset({"is_write_index", "is_hidden"})


class Aliases:
    """Which indexes each alias stands for, with options; immutable."""

    def __init__(self, members: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None) -> None:
        self._members = members or {}

    def members(self, alias: str) -> list[str]:
        """Give the names of an alias's indexes; none where there is no such alias."""
        return list(self._members.get(alias, {}))

    def matching(self, pattern: str) -> set[str]:
        """Give the names of the indexes of all aliases of a pattern."""
        return {
            index
            for alias, members in self._members.items()
            if fnmatchcase(alias, pattern)
            for index in members
        }

    def of(self, index: str) -> dict[str, dict[str, Any]]:
        """Give an index's aliases with their options."""
        return {
            alias: dict(members[index])
            for alias, members in sorted(self._members.items())
            if index in members
        }

    def check_names(self, indexes: Set[str]) -> None:
        """Hold the names of aliases apart from those of indexes.

        Raises:
            Refused: an alias is called like an index.
        """
        for alias in sorted(indexes & set(self._members)):
            raise Refused(
                400,
                "invalid_alias_name_exception",
                f"Invalid alias name [{alias}]: an index or data stream exists with the same name as the alias",
            )

    def write_target(self, alias: str) -> str | None:
        """Give the index that writes to an alias go to; None where there is no such alias.

        Raises:
            IllegalArgument: it has several indexes and none is chosen.
        """
        members = self._members.get(alias)
        if not members:
            return None
        chosen = [index for index, options in members.items() if options.get("is_write_index")]
        if not chosen and len(members) == 1:
            ((only, options),) = members.items()
            chosen = [only] if options.get("is_write_index") is None else []
        if not chosen:
            raise IllegalArgument(
                f"no write index is defined for alias [{alias}]. The write index may be explicitly disabled using "
                "is_write_index=false or the alias points to multiple indices without one being designated as a "
                "write index"
            )
        return chosen[0]

    def without(self, index: str) -> Aliases:
        """Give the aliases after an index is gone."""
        kept = {
            alias: {name: options for name, options in members.items() if name != index}
            for alias, members in self._members.items()
        }
        return Aliases({alias: members for alias, members in kept.items() if members})

    def after(self, actions: Sequence[Mapping[str, Any]], resolve: Resolver) -> Aliases:
        """Give the aliases after a list of actions.

        Args:
            actions: {"add": {...}} and {"remove": {...}}, in OpenSearch's form.
            resolve: gives the names of the indexes that an expression stands for.

        Raises:
            Refused: one of them cannot be done.
        """
        members = {alias: dict(of_alias) for alias, of_alias in self._members.items()}
        missing = []
        for action in actions:
            ((kind, body),) = action.items()
            if kind not in {"add", "remove"}:
                raise IllegalArgument(f"[alias_action] unknown field [{kind}]")
            for alias in _listed(body, "alias"):
                indexes = [name for expression in _listed(body, "index") for name in resolve(expression)]
                if kind == "add":
                    _add(members, alias, indexes, body)
                elif not _remove(members, alias, indexes, body):
                    missing.append(alias)
        if missing and len(missing) == len(actions):
            raise _not_found(missing)
        return Aliases({alias: of_alias for alias, of_alias in members.items() if of_alias})


def _listed(body: Mapping[str, Any], name: str) -> list[str]:
    plural = f"{name}es" if name == "alias" else "indices"
    value = body.get(name, body.get(plural))
    if not value:
        raise IllegalArgument(f"One of [{name}] or [{plural}] is required")
    return value if isinstance(value, list) else [value]


def _add(members: dict[str, dict[str, Any]], alias: str, indexes: list[str], body: Mapping[str, Any]) -> None:
    options = {name: value for name, value in body.items() if name in _OPTIONS}
    of_alias = members.setdefault(alias, {})
    for index in indexes:
        of_alias[index] = options
    writing = [index for index, found in of_alias.items() if found.get("is_write_index")]
    if len(writing) > 1:
        raise Refused(
            500,
            "illegal_state_exception",
            f"alias [{alias}] has more than one write index [{','.join(sorted(writing))}]",
        )


def _remove(
    members: dict[str, dict[str, Any]], alias: str, indexes: list[str], body: Mapping[str, Any]
) -> bool:
    found = members.get(alias, {})
    gone = [index for index in indexes if index in found]
    if not gone and body.get("must_exist"):
        raise _not_found([alias])
    for index in gone:
        del found[index]
    return bool(gone)


def _not_found(aliases: list[str]) -> Refused:
    return Refused(404, "aliases_not_found_exception", f"aliases [{', '.join(aliases)}] missing")
