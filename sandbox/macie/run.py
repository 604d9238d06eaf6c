"""One run of a job: look through the objects in scope, and report what is found as it is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.s3.models import s3_backends

from sandbox.macie import access, findings, mishaps, scope
from sandbox.macie.access import Unavailable
from sandbox.macie.buckets import bucket_details, object_details
from sandbox.macie.custom import allowed
from sandbox.macie.hits import Scan
from sandbox.macie.orders import Order, Progress
from sandbox.macie.results import Results
from sandbox.macie.scanner import Scanner
from sandbox.objects import ObjectError, Stored
from sandbox.transitions import LOCK, now

Finding = dict[str, Any]


class Run:
    """A run that has not begun. `publish` takes its findings, under the lock of all backends."""

    def __init__(self, order: Order, progress: Progress, publish: Callable[[Finding], None]) -> None:
        self._order = order
        self._progress = progress
        self._publish = publish
        self._halted = False
        self._objects = access.reader(order.account, order.region)
        self._results = Results(order.account, order.region, order.job_id, order.destination)

    def halt(self) -> None:
        """Stop before the next object."""
        self._halted = True

    def work(self) -> None:
        """Look through all objects in scope that were not looked through yet."""
        order = self._order
        scanner = Scanner(order.detectors, allowed(list(order.allow_lists), self._objects))
        chosen = [
            stored for stored in self._chosen() if (stored.bucket, stored.key) not in self._progress.done
        ]
        self._progress.left = len(chosen)
        for stored in chosen:
            if self._halted:
                break
            self._report(stored, self._scan(scanner, stored))
        self._results.flush()

    def _chosen(self) -> list[Stored]:
        order = self._order
        found: list[Stored] = []
        for owner, bucket in order.buckets:
            try:
                found += self._listed(owner, bucket)
            except (ObjectError, Unavailable):
                self._progress.failed = True
        covered = [stored for stored in found if scope.covers(order.scoping, stored)]
        return scope.sample(covered, order.percentage, order.job_id)

    def _listed(self, owner: str, bucket: str) -> list[Stored]:
        order = self._order
        fault = mishaps.strike("Run", order.job_name, order.account, order.region)
        if fault or self._objects.owner(bucket) != owner:
            raise Unavailable("PERMISSION_DENIED")
        return [stored for stored in self._objects.list(bucket) if not stored.key.endswith("/")]

    def _scan(self, scanner: Scanner, stored: Stored) -> Scan:
        order = self._order
        place = f"{stored.bucket}/{stored.key}"
        fault = mishaps.strike("Classify", place, order.account, order.region)
        if fault and fault not in mishaps.PARTIAL:
            return Scan("SKIPPED", fault)
        try:
            content = access.read(self._objects, stored)
        except Unavailable as error:
            return Scan("SKIPPED", error.reason)
        found = scanner.scan(stored.key, content, batches=1 if fault else None)
        if fault and found.code == "COMPLETE":
            found.code, found.reason = "PARTIAL", fault
        return found

    def _report(self, stored: Stored, scan: Scan) -> None:
        order = self._order
        affected = {"s3Bucket": self._bucket(stored.bucket), "s3Object": object_details(stored)}
        with LOCK:
            if self._halted:
                return
            origin = findings.Origin(order.account, order.region, order.job_id, self._results.location)
            made = findings.finding(origin, scan, affected, now())
            if made is not None:
                self._publish(made)
            self._progress.done.add((stored.bucket, stored.key))
            self._progress.left -= 1
            self._progress.analysed += scan.size
        self._results.add(findings.result(origin, scan, affected, now()))

    def _bucket(self, name: str) -> dict[str, Any]:
        backend = s3_backends[self._order.account]["aws"]
        bucket = backend.get_bucket(name)
        tags = backend.tagger.get_tag_dict_for_resource(bucket.arn)
        return bucket_details(bucket, tags)
