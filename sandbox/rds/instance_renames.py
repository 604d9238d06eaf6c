"""Renaming instances: a reboot under the new name, which is not at once known to the DNS.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html: the old DNS name is deleted
immediately, the new one becomes effective in about 10 minutes, which `instance.rename.dns` stands for.
"""

from __future__ import annotations

from functools import partial

from sandbox.rds import dataplane, endpoints
from sandbox.rds.instance_calls import InstanceCalls
from sandbox.rds.instances import AnyInstance
from sandbox.rds.plain_instances import PlainInstance
from sandbox.runtime import runtime
from sandbox.transitions import Stage, schedule


class InstanceRenames(InstanceCalls):
    """The part of the backend that renames instances."""

    def rename_stages(self, instance: AnyInstance, new: str) -> list[Stage]:
        """Return the stages of a rename, which reboots the instance under its new name."""
        old = instance.db_instance_identifier
        total = runtime.durations["instance.rename"]
        self.reserved_instances.add(new)

        def hide() -> None:
            del self.databases[old]
            self.hidden_instances.append(instance)
            instance.named = False
            instance.db_instance_identifier = new
            endpoints.refresh(instance.served)
            if isinstance(instance, PlainInstance):
                self._publish_later(instance)

        def show() -> None:
            self.hidden_instances.remove(instance)
            self.reserved_instances.discard(new)
            self.databases[new] = instance
            instance.named = True
            instance.status = "rebooting"

        def restart() -> None:
            work = dataplane.restart(instance.served) if instance.is_cluster_writer else None
            if work is not None:
                work()

        return [
            Stage(total / 4),
            Stage(total / 4, begin=partial(self.take_down, instance, "renaming")),
            Stage(runtime.durations["instance.rename.invisible"], begin=hide, end=show),
            Stage(total / 2, work=restart, end=partial(self.bring_back, instance)),
        ]

    @staticmethod
    def _publish_later(instance: PlainInstance) -> None:
        """Let the endpoint under the new name be found only after a while."""
        if instance.publication is not None:
            instance.publication.stop()
        instance.resolvable = False

        def publish() -> None:
            instance.resolvable = True
            endpoints.refresh(instance)

        stage = Stage(runtime.durations["instance.rename.dns"], end=publish)
        what = f"publication of the name of {instance.arn}"
        instance.publication = schedule(what, [stage], lambda _: None)
