"""The state of all protected databases on one page: red, amber or green, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from switchyard.aurora_recovery.report_pages import length_of_time, render
from switchyard.aurora_recovery.untrusted import utc_text

SCHEMA = "switchyard.recovery-fleet"
VERSION = 1
Colour = Literal["red", "amber", "green"]
NEARLY = 0.8
"""The part of an objective that may be used up before a database is no longer green."""


@dataclass(frozen=True)
class Promise:
    """What one configuration promises.

    Attributes:
        pipeline: `<pipeline>/<name>` of the configuration.
        rpo: Greatest age of the newest usable data.
        rto: Longest restore until the data is proved.
        drill: Longest time since a restore was last proved; None asks for none.
    """

    pipeline: str
    rpo: timedelta
    rto: timedelta
    drill: timedelta | None = None


def fleet(promises: Iterable[Promise], rows: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    """Judge every configured database by what the ledger says of it.

    Args:
        promises: the configured databases; one that the ledger does not know is red.
        rows: the ledger's state by pipeline; what nobody configures any longer is left out.
        now: the time of the judgement.
    """
    known = {row["pipeline"]: row for row in rows}
    databases = [_judged(one, known.get(one.pipeline, {}), now) for one in promises]
    order = {"red": 0, "amber": 1, "green": 2}
    databases.sort(key=lambda one: (order[one["colour"]], one["pipeline"]))
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "at": utc_text(now),
        "counts": {colour: sum(one["colour"] == colour for one in databases) for colour in order},
        "databases": databases,
    }


def to_html(document: Mapping[str, Any]) -> str:
    """Write the document as a page that needs nothing beside itself."""
    return render("fleet.html.jinja", document)


def to_text(document: Mapping[str, Any]) -> str:
    """Write one line for each database, the worst first."""
    lines = [", ".join(f"{count} {colour}" for colour, count in document["counts"].items())]
    for one in document["databases"]:
        data, proof = (length_of_time(one[f"{name}_age_seconds"]) for name in ("data", "proof"))
        reasons = "".join(f"; {why}" for why in one["reasons"])
        lines.append(f"{one['colour']:6} {one['pipeline']}: data {data} old, proved {proof} ago{reasons}")
    return "\n".join(lines)


def _judged(promise: Promise, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    data_age, proof_age = _age(row.get("source_time"), now), _age(row.get("proved_at"), now)
    rto = row.get("rto_seconds")
    findings = [
        *_limit("no usable recovery point", "the newest data", data_age, promise.rpo.total_seconds()),
        *_drill(proof_age, promise),
        *([] if rto is None else _limit("", "the last restore", rto, promise.rto.total_seconds())),
        *(("red", f"outage: {cause}") for cause in row.get("outages") or ()),
    ]
    if row.get("last_outcome") in ("failed", "rolled back"):
        findings.append(("amber", f"the last recovery ended as {row['last_outcome']}"))
    colours = [colour for colour, _ in findings]
    return {
        "pipeline": promise.pipeline,
        "colour": "red" if "red" in colours else "amber" if colours else "green",
        "reasons": [reason for _, reason in findings],
        "snapshot_arn": row.get("snapshot_arn"),
        "data_as_of": _text(row.get("source_time")),
        "data_age_seconds": data_age,
        "rpo_objective_seconds": promise.rpo.total_seconds(),
        "proved_at": _text(row.get("proved_at")),
        "proof_age_seconds": proof_age,
        "drill_objective_seconds": promise.drill.total_seconds() if promise.drill else None,
        "last_run_id": row.get("run_id"),
        "last_mode": row.get("mode"),
        "rpo_seconds": row.get("rpo_seconds"),
        "rto_seconds": rto,
        "rto_objective_seconds": promise.rto.total_seconds(),
    }


def _drill(age: float | None, promise: Promise) -> list[tuple[Colour, str]]:
    if promise.drill is not None:
        return _limit("never proved by a restore", "the last proof", age, promise.drill.total_seconds())
    return [("amber", "never proved by a restore")] if age is None else []


def _limit(absent: str, what: str, seconds: float | None, most: float) -> list[tuple[Colour, str]]:
    if seconds is None:
        return [("red", absent)]
    if seconds > NEARLY * most:
        colour: Colour = "red" if seconds > most else "amber"
        return [(colour, f"{what} is at {length_of_time(seconds)} of {length_of_time(most)}")]
    return []


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (now - moment).total_seconds()


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
