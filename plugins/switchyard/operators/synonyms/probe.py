"""Search a domain as its users do, and compare what is found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.errors import CheckFailed
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.domains import search_client_of, searched
from switchyard.operators.synonyms.notes import note_probes, probe_rows, run_of
from switchyard.search.client import SearchClient
from switchyard.search.probes import ProbeResult, run_probe
from switchyard.waiting.kinds import Wait


class ProbeSearchOperator(AwsOperator):
    """Prove a release by searches through the domain's endpoint, until all hold or time has run out.

    A new version takes a while to reach every node, so that one bad answer proves nothing; the last one does.

    Args:
        domain: the domain as it is configured: ``name``, ``indexes``, ``search_conn_id``.
        probes: searches with ``query``, ``index``, ``field``, ``finds`` and ``not_finds``; those of other domains'
            indexes are passed over.
    """

    console = (pages.DOMAIN,)
    service = "opensearch"
    template_fields = (*AwsOperator.template_fields, "domain", "probes", "pipeline", "stamp")

    def __init__(
        self,
        *,
        domain: Mapping[str, Any],
        probes: Sequence[Mapping[str, Any]],
        pipeline: str,
        stamp: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain = domain
        self.probes = probes
        self.pipeline = pipeline
        self.stamp = stamp
        self._results: list[ProbeResult] = []

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            return None  # it would judge the release that is live now
        with closing(search_client_of(self, self.domain)) as client:
            self._results = run_probes(client, self.domain, self.probes)
        faults = [str(result) for result in self._results if not result.passed]
        if not faults:
            return None
        if time.time() + self.poll_interval < self._deadline(context):
            return Pause(self.poll_interval, f"searches to be as they must be: {'; '.join(faults)}")
        self._note(context)
        raise CheckFailed(
            f"searching domain {self.domain['name']}",
            "; ".join(faults),
            "Correct the synonyms or the probes. The release is rolled back when the run has such a step",
        )

    def result(self, context: Any) -> dict[str, Any]:
        held = sum(result.passed for result in self._results)
        return {
            "domain": self.domain["name"],
            "probes": [result.as_dict() for result in self._results],
            "summary": f"{held} of {len(self._results)} searches of {self.domain['name']} hold",
        }

    def _note(self, context: Any) -> None:
        """Write down searches that failed; where all hold, they are recorded with the release."""
        shown = [self.result(context)]
        now = datetime.now(UTC)
        note_probes(probe_rows(run_of(context), self.task_id, shown, wanted=self.probes, at=now))


def run_probes(
    client: SearchClient, domain: Mapping[str, Any], probes: Sequence[Mapping[str, Any]]
) -> list[ProbeResult]:
    """Run the probes that a domain's indexes can answer."""
    names = {index["name"]: searched(index) for index in domain["indexes"]}
    return [run_probe(client, probe, names[probe["index"]]) for probe in probes if probe["index"] in names]
