"""A small model of how RDS renames: calls go by name, effects come late, and resources vanish in between.

One tick is one look at AWS. After an accepted rename a resource shows its old name as if nothing had happened,
then as `renaming`, then not at all, then its new name as `renaming`, then is `available`; each phase lasts a
few ticks. The new name is reserved from the start, the old one is free once the resource has vanished.
"""

from dataclasses import dataclass, field

from switchyard.aurora_recovery.swap import Rename, Resource

LONGEST_PHASE = 2
WINDOW = 4 * LONGEST_PHASE + 1
"""Ticks after which an accepted rename is surely over."""


class RdsRefusalError(Exception):
    """The API answered with an error."""


@dataclass
class Thing:
    """The truth about one resource."""

    resource_id: str
    kind: str
    name: str
    cluster_resource_id: str | None
    status: str = "available"
    new_name: str | None = None
    phases: list[str] = field(default_factory=list)
    hidden: int = 0

    def tick(self):
        self.hidden = max(0, self.hidden - 1)
        if self.phases:
            self.phases.pop(0)
        self.settle()

    def settle(self):
        """Let the new name take effect once the resource vanishes, arrives, or has no phase left."""
        if self.new_name is not None and (not self.phases or self.phases[0] in ("gone", "arriving")):
            self.name, self.new_name = self.new_name, None

    def seen(self):
        phase = self.phases[0] if self.phases else None
        if phase == "gone" or self.hidden:
            return None
        status = "renaming" if phase in ("renaming", "arriving") else self.status
        return Resource(self.resource_id, self.kind, self.name, self.cluster_resource_id, status)


class World:
    """All clusters and instances of one account and Region."""

    def __init__(self, resources):
        self.things = {
            it.resource_id: Thing(it.resource_id, it.kind, it.name, it.cluster_resource_id)
            for it in resources
        }
        self.renamed = []

    def describe(self):
        shown = [thing.seen() for thing in self.things.values()]
        return [item for item in shown if item is not None]

    def tick(self):
        for thing in self.things.values():
            thing.tick()

    def holder(self, kind, name):
        """Give the id of the resource that has or has reserved a name."""
        for thing in self.things.values():
            if thing.kind == kind and name in (thing.name, thing.new_name):
                return thing.resource_id
        return None

    def rename(self, action: Rename, delays: tuple[int, int, int, int]):
        """Accept or refuse a modify call; like AWS, it knows names and no resource ids."""
        thing = next(
            (it for it in self.things.values() if (it.kind, it.name) == (action.kind, action.old)), None
        )
        if thing is None or (thing.phases and thing.phases[0] == "gone"):
            raise RdsRefusalError("not found")
        if thing.phases or thing.status != "available":
            raise RdsRefusalError("invalid state")
        if self.holder(action.kind, action.new) is not None:
            raise RdsRefusalError("already exists")
        lag, renaming, gone, arriving = delays
        thing.phases = ["lag"] * lag + ["renaming"] * renaming + ["gone"] * gone + ["arriving"] * arriving
        thing.new_name = action.new
        thing.settle()
        self.renamed.append((thing.resource_id, action.old, action.new))

    def intrude(self, kind, name):
        """Let a stranger create a resource under a free name."""
        resource_id = f"foreign-{kind}-{name}"
        self.things[resource_id] = Thing(resource_id, kind, name, resource_id)

    def expel(self):
        """Let the strangers delete what they created."""
        for resource_id in [it for it in self.things if it.startswith("foreign")]:
            del self.things[resource_id]
