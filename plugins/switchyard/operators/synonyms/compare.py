"""Compare a release with the live one: nothing to do, too much lost, or a change to be judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.errors import CheckFailed
from switchyard.ledger.rows import SynonymReleaseRow
from switchyard.observability import metrics
from switchyard.operators.base import AwsOperator
from switchyard.operators.run_parameters import number
from switchyard.operators.synonyms.notes import note_changes, note_release, run_of
from switchyard.synonyms.diff import Change, Diff, shrink_guard
from switchyard.waiting.kinds import Wait

_HANDED_ON = (
    "changed",
    "sha256",
    "rules",
    "key",
    "draft_key",
    "package_version",
    "package_sha256",
    "live_version",
    "live_sha256",
    "live_key",
    "probes",
    "live_probes",
)
"""What later steps take from here: a build that is run again must not change what was compared and approved."""


class CompareReleasesOperator(AwsOperator):
    """Show what a release changes, and refuse one that loses too many rules.

    Where the live release already is the one that was built, the run ends here: the steps after it are skipped.

    Args:
        built: what the build handed on.
        max_shrink_percent: rules that may disappear, of those that are live.
        force: whether more may.
    """

    service = "opensearch"
    changes_nothing = True
    reports = metrics.reported(change_percent=metrics.SYNONYM_CHANGE)
    template_fields = (*AwsOperator.template_fields, "built", "max_shrink_percent", "force", "stamp")

    def __init__(
        self,
        *,
        built: Any,
        max_shrink_percent: float | str,
        pipeline: str,
        stamp: str,
        force: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.built = built
        self.max_shrink_percent = max_shrink_percent
        self.pipeline = pipeline
        self.stamp = stamp
        self.force = force

    def act(self, context: Any) -> Wait | None:
        self.log.info("%s", self._text(self._diff.text()))
        self._note(context)
        if self.built["changed"]:
            self._require_no_loss(context)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        diff = self._diff
        return {name: self.built[name] for name in _HANDED_ON} | {
            "change_percent": round(100 * diff.share, 1),
            "subject": f"Publish these synonyms of {self.pipeline.rpartition('/')[2]}? {summary(diff)}",
            "body": f"{self._text(_as_list(diff))}\n\n{_what_happens(self.built)}\n",
            "summary": summary(diff) if self.built["changed"] else "unchanged: nothing to publish",
        }

    @property
    def _diff(self) -> Diff:
        found = self.built["diff"]
        return Diff(**{**found, "sample": tuple(Change(**change) for change in found["sample"])})

    def _text(self, changes: str) -> str:
        """The comparison for people, around its changes."""
        built = self.built
        if not built["changed"]:
            return f"Unchanged: version {built['live_version']} has these {built['rules']} rules already."
        remarks = [f"{remark}." for remark in built["remarks"]]
        return "\n\n".join([*remarks, f"Compared with version {built['live_version'] or '(none)'}:", changes])

    def _require_no_loss(self, context: Any) -> None:
        loss = shrink_guard(
            self._diff,
            max_shrink=number("max_shrink_percent", self.max_shrink_percent) / 100,
            force=str(self.force).lower() == "true",
        )
        if loss is None:
            return
        note_release(**run_of(context), pipeline=self.pipeline, state="refused", reason=str(loss))
        raise CheckFailed(f"release {self.built['sha256'][:12]}", loss.reason, loss.remedy)

    def _note(self, context: Any) -> None:
        built, diff, run = self.built, self._diff, run_of(context)
        row = SynonymReleaseRow(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            pipeline=self.pipeline,
            previous_version=built["live_version"] or None,
            previous_sha256=built["live_sha256"] or None,
            live_version=built["live_version"] or None,
            rules_added=diff.added,
            rules_removed=diff.removed,
            rules_changed=diff.changed,
            rules_unchanged=diff.unchanged,
        )
        if not built["changed"]:
            row |= {"state": "unchanged", "finished_at": datetime.now(UTC)}
        note_release(**row)
        note_changes(run, built["diff"]["sample"])


def summary(diff: Diff) -> str:
    """A diff in half a sentence: "3 added, 1 removed"."""
    counts = {"added": diff.added, "removed": diff.removed, "changed": diff.changed}
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "no rule differs"


def _as_list(diff: Diff) -> str:
    """The changes as a list in Markdown: Airflow's form shows blocks of code on one line."""
    head, *changes = diff.text().rstrip("\n").split("\n")
    return "\n".join([head, "", *(f"- {_as_code(change)}" for change in changes)])


def _as_code(text: str) -> str:
    """A text in Markdown that is shown as it is, whatever is in it."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}"


def _what_happens(built: Mapping[str, Any]) -> str:
    back = "goes back by itself" if built["live_key"] else "cannot go back by itself"
    return f"Where a search does not find what it must after that, the run {back}."
