"""Carry over what a swap of names does not: certificate, Data API, custom endpoints, scaling, policies, proxies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.restore import wants_data_api
from switchyard.aurora_recovery.settling import scaling_actions, with_present_names
from switchyard.aurora_recovery.surroundings import Surroundings
from switchyard.aws.error_table import Disposition, disposition
from switchyard.databases.certificates import names_host
from switchyard.databases.logins import read_login
from switchyard.errors import NotAllowed, StepFailed, SwitchyardError
from switchyard.operators.aurora import describe, login_policies, luggage, surroundings, swap_state
from switchyard.operators.aurora.certificate import FOUND, CertificateRefresh
from switchyard.operators.aurora.luggage import Before
from switchyard.operators.aurora.modes import InSwapMode
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.rollback import RollbackOperator
from switchyard.operators.base import Pause
from switchyard.waiting.kinds import Wait

_FAILED = "failed_parts"
_RECORDED = "before_is_on_record"
_MAY_PASS = (Disposition.RETRY_SHORT, Disposition.RETRY_QUEUE, Disposition.CONFLICT)
Part = Callable[[], Wait | Pause | None]


class ApplyAfterSwapOperator(InSwapMode, RollbackOperator):
    """Give the cluster that has just taken the live name what belongs to the name or to the old cluster.

    What there was before is written to tags first, so that a rollback gives it back. A part that cannot be done does
    not keep the others from being done; the step fails at its end and names each. The new cluster stays live then,
    and the old one is kept: going back would cost more than a missing endpoint.

    Args:
        candidate_resource_id: resource id of the one that is live now.
        retired_resource_id: resource id of the one that was; empty for none.
        refresh_tls: stop and start the live cluster where its certificate names another host: minutes without service.
        login_policies: ARNs of managed policies for logins by IAM.
        explained_differences: reason by name of a difference, for what is not to be carried over.
    """

    skipped_because = "Nothing is carried over"
    template_fields = (
        *RollbackOperator.template_fields,
        "candidate_resource_id",
        "retired_resource_id",
        "mode",
    )

    def __init__(
        self,
        *,
        candidate_resource_id: str,
        retired_resource_id: str,
        engine: str,
        login_secret_id: str,
        database: str | None,
        refresh_tls: bool,
        login_policies: Sequence[str],
        explained_differences: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.candidate_resource_id = candidate_resource_id
        self.retired_resource_id = retired_resource_id
        self.engine = engine
        self.login_secret_id = login_secret_id
        self.database = database
        self.refresh_tls = refresh_tls
        self.login_policies = tuple(login_policies)
        self.explained_differences = dict(explained_differences)

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            self._plan_all()
            return None
        store = context["task_state_store"]
        live = self._live(store)
        if isinstance(live, Wait | Pause):
            return live
        return self._record(store, live) or self._all_parts(store, live)

    def result(self, context: Any) -> dict[str, Any]:
        certificate = context["task_state_store"].get(FOUND, default="not looked at")
        return {"mode": self.mode, "certificate": certificate, "summary": f"the certificate {certificate}"}

    @property
    def wanted(self) -> Surroundings:
        """What the manifest says, without what the configuration explains."""
        return self.manifest().surroundings.without(self.explained_differences)

    def _live(self, store: Any) -> Described | Wait | Pause:
        candidate = self.loop(store).candidate(self.candidate_resource_id)
        if isinstance(candidate, Pause):
            return candidate
        if candidate is None:
            return self.roll_back_alone(store, self.candidate_resource_id)
        if swap_state.direction(candidate.tags) == "back":
            return self.roll_back(store, candidate)
        if candidate.name != self.live_id:
            raise NotAllowed(
                what=f"carrying over to {self.live_id}",
                found=f"it is not borne by the candidate {self.candidate_resource_id}",
                remedy="Clear the task that swaps the names; this one follows",
            )
        return candidate

    def _record(self, store: Any, live: Described) -> Pause | None:
        """Write down what there was, once, before the first change."""
        rds, old = self.client(), self._old()
        if self.retired_resource_id and old is None:
            return None  # retired, so that no way leads back any more
        bearer = old or live
        if store.get(_RECORDED):
            return None
        if luggage.recall(bearer.tags, stamp=self.stamp) is not None:
            # A later look may show it without the record, and a record made then would hold what is changed by then.
            store.set(_RECORDED, True)
            return None
        luggage.record(rds, bearer.arn, self._before(old), stamp=self.stamp)
        return Pause(self.poll_interval, "the record of what there was to become visible")

    def _old(self) -> Described | None:
        found = self.retired_resource_id
        return self.protected.find_by_resource_id(self.client(), found) if found else None

    def _before(self, old: Described | None) -> Before:
        if not self.protected.has_surroundings:
            return Before(Surroundings(), data_api=False)
        scaling = surroundings.scaling_of(self.client("application-autoscaling"), self.live_id)
        if old is None:
            return Before(Surroundings((), scaling), data_api=False)
        endpoints = surroundings.endpoints_of(self.client(), old.name)
        own_names = {name: name.removesuffix(f"-old-{self.stamp}") for name in old.member_names}
        there = Surroundings(tuple(with_present_names(endpoints, own_names)), scaling)
        return Before(there, data_api=bool(old.fields.get("HttpEndpointEnabled")))

    def _all_parts(self, store: Any, live: Described) -> Wait | Pause | None:
        failed: dict[str, str] = store.get(_FAILED, default={})
        for name, part in self._parts(store, live):
            if name in failed:
                continue
            try:
                wanted = part()
            except (SwitchyardError, ClientError) as error:
                if isinstance(error, ClientError) and disposition(error) in _MAY_PASS:
                    raise
                self.log.exception("%s cannot be carried over", name)
                failed[name] = str(error)
                store.set(_FAILED, failed)
                continue
            if wanted is not None:
                return wanted
        if not failed:
            return None
        raise StepFailed(
            what=f"after the swap of {self.live_id}",
            found="; ".join(f"{name}: {problem}" for name, problem in failed.items()),
            remedy="The new one is live and the old one is kept. Mend it, then clear this task with all after it",
        )

    def _parts(self, store: Any, live: Described) -> Iterator[tuple[str, Part]]:
        for arn in self.login_policies:
            yield f"policy {arn}", partial(self._login_policy, arn)
        if self.protected.has_surroundings:
            yield "certificate", partial(self._certificate, store, live)
            settler, wanted = self.settler(store), self.wanted
            if wants_data_api(self.manifest(), self.overrides):
                yield "Data API", partial(settler.data_api, live)
            yield "custom endpoints", partial(settler.endpoints, live, wanted.endpoints)
            yield "scaling", partial(settler.scaling, wanted.targets)
        for proxy in self.proxies:
            yield f"proxy {proxy}", partial(self.settler(store).proxy, live, proxy)

    def _login_policy(self, arn: str) -> None:
        iam = self.client("iam")
        login_policies.extend(iam, arn, old=self.retired_resource_id, new=self.candidate_resource_id)

    def _certificate(self, store: Any, live: Described) -> Wait | Pause | None:
        login = read_login(self.client("secretsmanager"), self.login_secret_id, database=self.database)
        engine = describe.DATABASE_ENGINES[self.engine]
        refresh = CertificateRefresh(
            rds=self.client(),
            protected=self.protected,
            names_host=lambda one: names_host(engine, *one.address, login),
            store=store,
            poll_interval=self.poll_interval,
            patience=self.timeout.total_seconds() / 2,
        )
        return refresh.advance(live, allowed=self.refresh_tls)

    def _plan_all(self) -> None:
        """Make the calls of a real run, as far as they can be told before the candidate is there."""
        rds, live = self.client(), self.find(self.live_id)
        if self.protected.has_surroundings:
            wanted = self.wanted
            found = {one.endpoint.name for one in surroundings.seen_endpoints(rds)}
            for endpoint in wanted.endpoints:
                name = endpoint.name
                if name in found:
                    rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier=name)
                rds.create_db_cluster_endpoint(
                    DBClusterIdentifier=self.live_id,
                    DBClusterEndpointIdentifier=name,
                    EndpointType=endpoint.kind,
                )
            autoscaling = self.client("application-autoscaling")
            registered = surroundings.scaling_of(autoscaling, self.live_id)
            for action in scaling_actions(wanted.targets, registered, cluster_id=self.live_id):
                getattr(autoscaling, str(action.operation))(**action.arguments)
            if live is not None and wants_data_api(self.manifest(), self.overrides):
                rds.disable_http_endpoint(ResourceArn=live.arn)
                rds.enable_http_endpoint(ResourceArn=live.arn)
        for arn in self.login_policies:
            self.log.info("Would let %s list the candidate's resource id", arn)
        for proxy in self.proxies:
            self.log.info("Would register %s with proxy %s anew", self.live_id, proxy)
