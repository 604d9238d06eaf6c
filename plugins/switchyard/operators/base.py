"""The form of every AWS step: observe, do the next thing, wait without a worker, until nothing is left to do.

A step can be killed between any two instructions and run again. What it must remember (its deadline, an
identifier) lies in Airflow's task state store, which survives retries, deferrals and killed workers;
everything else it reads from AWS. A cleared task begins anew: Airflow raises ``max_tries`` with every clear,
which tells it from a retry.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator, RetryPolicy
from airflow.sdk.exceptions import AirflowSkipException
from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.connections import aws_client
from switchyard.aws.console import console_url
from switchyard.aws.dry_run import PlannedCall
from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import MayPass, NotAllowed, StepFailed, SwitchyardError
from switchyard.observability.logs import identified
from switchyard.observability.metrics import Metric
from switchyard.observability.openlineage import TellsLineage
from switchyard.observability.stats import send
from switchyard.operators.explaining import MAY_PASS, explained
from switchyard.operators.recorders import tell_recorders
from switchyard.operators.retry import AwsRetryPolicy
from switchyard.operators.run_parameters import require_known
from switchyard.waiting.goals import Failed, Goal, Ready, Watch
from switchyard.waiting.kinds import KINDS, Wait, look
from switchyard.waiting.trigger import PauseTrigger, ResourceTrigger
from switchyard.web.links import ConsoleLink, LedgerLink

MARGIN = timedelta(minutes=2)
"""Airflow's timeout of a deferral comes this much after the trigger's, which can say what was seen last."""
PATIENCE = 10
"""Errors in a row that the step waits out by itself before it leaves them to the task's retries."""

_CLOCK = "step_clock"
_ERRORS = "step_errors"
_WAIT_OUT = (*MAY_PASS, Disposition.CONFLICT)


@dataclass(frozen=True)
class Pause:
    """A wait for time to pass before the step looks again.

    Attributes:
        seconds: how long.
        reason: what is expected meanwhile, for the log.
    """

    seconds: float
    reason: str


class AwsOperator(TellsLineage, BaseOperator):
    """A step in loop form; a subclass says what to do next and what came out.

    Args:
        aws_conn_id: the Airflow connection to work through.
        region_name: the step's Region.
        account_id: 12 digits; the account that the connection must lead to.
        timeout: how long the step may take from its first try to its end, retries and deferrals included.
        poll_interval: seconds between two looks at what it waits for.
        refusal: why no run of the DAG may begin; its first steps fail with it, and steps of runs that had begun go on.
    """

    service: ClassVar[str] = "rds"
    console: ClassVar[Sequence[str]] = ()
    """Pages of ``switchyard.aws.console`` that show what the step works on; the first that it can fill in is linked."""
    operator_extra_links = (ConsoleLink(), LedgerLink())
    changes_nothing: ClassVar[bool] = False
    """Whether the step only reads, so that a dry run runs it and hands its result on."""
    remembers_success: ClassVar[bool] = False
    """Whether a try that was killed before Airflow knew of its success leaves the next one nothing to do.

    What a step remembers is then dropped where the task is cleared, and not where it ends well.
    """
    reports: ClassVar[Mapping[str, Metric]] = {}
    """Which values of its result are metrics, by the key of the result."""
    template_fields: Sequence[str] = ("aws_conn_id", "region_name", "account_id")

    def __init__(
        self,
        *,
        aws_conn_id: str,
        region_name: str,
        account_id: str,
        timeout: timedelta,
        poll_interval: float = 30.0,
        refusal: str = "",
        retry_policy: RetryPolicy | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, retry_policy=retry_policy or AwsRetryPolicy(), **kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.account_id = account_id
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.refusal = refusal
        # Takes the place of a method that `airflow tasks test --dry-run` calls to print templates.
        self.dry_run: bool = False  # type: ignore[assignment]
        self.planned: list[PlannedCall] = []
        self.met: Wait | None = None
        self.began: float | None = None
        self._clients: dict[tuple[str, str, str, bool], Any] = {}

    def act(self, context: Any) -> Wait | Pause | None:
        """Observe, do the next thing, and say what to wait for; None when nothing is left to do.

        Called again after every wait, and after a crash at any point: must be safe to repeat.
        """
        raise NotImplementedError

    def result(self, context: Any) -> dict[str, Any]:
        """What the step hands on: flat, JSON, each key an XCom of its own."""
        raise NotImplementedError

    def client(
        self,
        service: str | None = None,
        *,
        region_name: str | None = None,
        aws_conn_id: str | None = None,
        once: bool = False,
    ) -> Any:
        """A client for the step's account, in its Region unless another is named; in a dry run it only plans.

        Args:
            service: the step's own unless another is named.
            region_name: the step's own unless another is named.
            aws_conn_id: the step's own unless another is named, which must lead to the same account.
            once: for calls that must not be sent again by themselves when their answer is lost.

        Raises:
            BadInput: there is no such connection.
            NotAllowed: the connection leads to another account.
        """
        key = (
            service or self.service,
            region_name or self.region_name,
            aws_conn_id or self.aws_conn_id,
            once,
        )
        if key not in self._clients:
            self._clients[key] = aws_client(
                key[0],
                region_name=key[1],
                aws_conn_id=key[2],
                account_id=self.account_id,
                planned=self.planned if self.dry_run else None,
                once=once,
            )
        return self._clients[key]

    def console_url(self) -> str:
        """Where the AWS console shows what the step works on; empty where there is no such page."""
        makes_nothing = self.dry_run and not self.changes_nothing
        return "" if makes_nothing else console_url(self.console, self)

    def execute(self, context: Any) -> dict[str, Any]:
        """Run the step from wherever AWS and the state store say it stands."""
        with identified(self, context), self._accounted_for(context):
            if "dag" in context and not self.upstream_task_ids:
                require_known(context["dag_run"].conf or {}, context["dag"].params)
                self._require_no_refusal()
            self.record(context, "running", "")
            return self._proceed(context)

    def resume(self, context: Any, event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on after a wait."""
        with identified(self, context), self._accounted_for(context):
            self._require_ready(event)
            if "kind" in event:
                self.met = Wait(event["kind"], event["identifier"], Goal.from_dict(event["goal"]))
            return self._proceed(context)

    def has_met(self, wait: Wait) -> bool:
        """Say whether this wait is the one that has just ended well."""
        return self.met is not None and replace(wait, region_name=None) == replace(self.met, region_name=None)

    def record(self, context: Any, state: str, summary: str, result: Mapping[str, Any] | None = None) -> None:
        """Tell the recorders; losing the ledger must not cost anybody a recovery."""
        tell_recorders(context, state, summary, result or {}, self.log)

    def measure(self, context: Any, metric: Metric, value: float | None) -> None:
        """Send a metric that is known before the step's end, or that a failure must not hide; none in a dry run."""
        if not self.dry_run:
            send(context, metric, value)

    def _require_no_refusal(self) -> None:
        if self.refusal:
            raise NotAllowed("configuration", self.refusal, "Then start another run")

    def _proceed(self, context: Any) -> dict[str, Any]:
        self.dry_run = bool(context["params"].get("dry_run"))
        self._deadline(context)
        if self.dry_run:
            # Airflow tells of the outlets that a task has at its end; a plan must not start what waits for them.
            self.outlets = []
            if not self.changes_nothing:
                return self._plan(context)
        while (wanted := self._act(context)) is not None:
            if isinstance(wanted, Pause):
                self._pause(context, wanted)
            elif self.has_met(wanted):
                self._pause(context, Pause(self.poll_interval, f"{wanted.identifier} to change"))
            elif self._is_reached(wanted):
                self.met = wanted
            else:
                self._defer_until(context, wanted)
        result = self.result(context)
        if not self.remembers_success:
            context["task_state_store"].clear()
        summary = str(result.get("summary", ""))
        if summary:
            self.log.info("Done: %s", summary)
        self.record(context, "success", summary, result)
        return result

    def _plan(self, context: Any) -> dict[str, Any]:
        self.act(context)
        for call in self.planned:
            self.log.info("Dry run, not sent: %s", call)
        result = {"planned_calls": [call.as_dict() for call in self.planned]}
        context["task_state_store"].clear()
        self.record(context, "planned", f"{len(self.planned)} calls", result)
        return result

    def _act(self, context: Any) -> Wait | Pause | None:
        store = context["task_state_store"]
        try:
            wanted = self.act(context)
        except (ClientError, BotoCoreError) as error:
            errors = int(store.get(_ERRORS, default=0)) + 1
            if disposition(error) not in _WAIT_OUT or errors > PATIENCE:
                raise
            # A conflict is a lost answer or a race: the next look finds what is there, and whose it is.
            self.log.warning("Error %s of %s waited out: %s", errors, PATIENCE, error)
            store.set(_ERRORS, errors)
            return Pause(self.poll_interval, f"{error_code(error)} to pass")
        store.delete(_ERRORS)
        return wanted

    def _is_reached(self, wait: Wait) -> bool:
        kind = KINDS[wait.kind]
        try:
            item = look(self.client(kind.service, region_name=wait.region_name), wait)
        except (ClientError, BotoCoreError) as error:
            if disposition(error) is Disposition.RETRY_SHORT:
                return False  # the triggerer will look again
            raise
        verdict = Watch(wait.goal, kind.status_field).see(item, time.monotonic())
        if isinstance(verdict, Failed):
            raise self._failure(wait.kind, wait.identifier, verdict.reason, verdict.status)
        return isinstance(verdict, Ready)

    def _defer_until(self, context: Any, wait: Wait) -> NoReturn:
        deadline = self._deadline(context)
        trigger = ResourceTrigger(
            kind=wait.kind,
            identifier=wait.identifier,
            goal=wait.goal.as_dict(),
            aws_conn_id=self.aws_conn_id,
            region_name=wait.region_name or self.region_name,
            account_id=self.account_id,
            deadline=deadline,
            poll_interval=self.poll_interval,
        )
        self._defer(context, trigger, deadline, f"waiting for {_worded(wait.kind)} {wait.identifier}")

    def _pause(self, context: Any, pause: Pause) -> NoReturn:
        deadline = self._deadline(context)
        trigger = PauseTrigger(moment=min(time.time() + pause.seconds, deadline))
        self._defer(context, trigger, deadline, f"waiting: {pause.reason}")

    def _defer(self, context: Any, trigger: Any, deadline: float, summary: str) -> NoReturn:
        remaining = deadline - time.time()
        if remaining <= 0:
            raise StepFailed(self.task_id, f"time ran out, {summary}", _MORE_TIME)
        self.log.info("%s; %.0f s left", summary, remaining)
        self.record(context, "waiting", summary)
        self.defer(trigger=trigger, method_name="resume", timeout=timedelta(seconds=remaining) + MARGIN)

    def _deadline(self, context: Any) -> float:
        """Seconds since the epoch, fixed at the first entry of a fresh or cleared task."""
        store = context["task_state_store"]
        generation = getattr(context["ti"], "max_tries", 0)
        clock = store.get(_CLOCK)
        if clock is None or clock["generation"] != generation:
            store.clear()
            began = time.time()
            clock = {
                "generation": generation,
                "began": began,
                "deadline": began + self.timeout.total_seconds(),
            }
            store.set(_CLOCK, clock)
        self.began = clock.get("began")
        return float(clock["deadline"])

    def _require_ready(self, event: Mapping[str, Any]) -> None:
        status = event["status"]
        if status == "failed":
            raise self._failure(event["kind"], event["identifier"], event["reason"], event["item_status"])
        if status != "ready":
            what = f"{self.task_id}: {event['kind']} {event['identifier']}"
            raise StepFailed(what, event["reason"], _MORE_TIME if status == "timeout" else event["remedy"])

    def _failure(self, kind: str, identifier: str, reason: str, status: str) -> StepFailed:
        advice = KINDS[kind].remedy(identifier, status)
        return StepFailed(f"{self.task_id}: {kind} {identifier}", reason, advice)

    @contextmanager
    def _accounted_for(self, context: Any) -> Iterator[None]:
        try:
            yield
        except AirflowSkipException as skip:
            self.record(context, "skipped", str(skip))
            context["task_state_store"].clear()
            raise
        except Exception as error:
            told = explained(self.task_id, error)
            self.record(context, "failed", str(told))
            if isinstance(told, SwitchyardError) and not isinstance(told, MayPass):
                context["task_state_store"].clear()
            if told is error:
                raise
            raise told from error


def _worded(kind: str) -> str:
    return kind.removesuffix("_by_resource_id").replace("_", " ")


_MORE_TIME = (
    "Look at what it waited for in the AWS console; give the step more time, or clear it to go on waiting"
)
