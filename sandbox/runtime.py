"""What the parts of one sandbox process share, reachable from inside moto's backends.

moto creates its backends itself, so nothing can be handed to them; they find the clock and the data plane
here instead. The server fills it in at boot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.behaviour import Behaviour
from sandbox.clock import Clock, Durations

if TYPE_CHECKING:
    from sandbox.endpoints import CertificateAuthority, Router
    from sandbox.engines import Engines
    from sandbox.faults import Faults
    from sandbox.search_nodes import SearchNodes


@dataclass
class Runtime:
    """The clock, the durations, the choices, and the data plane: None where only the control plane runs."""

    clock: Clock = field(default_factory=Clock)
    durations: Durations = field(default_factory=Durations)
    behaviour: Behaviour = field(default_factory=Behaviour)
    engines: Engines | None = None
    router: Router | None = None
    authority: CertificateAuthority | None = None
    search: SearchNodes | None = None
    faults: Faults | None = None


runtime = Runtime()
