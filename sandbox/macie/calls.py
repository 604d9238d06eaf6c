"""What all answers of Macie share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.macie2.models import macie2_backends
from moto.macie2.responses import MacieResponse as MotoResponse

from sandbox.macie.models import MacieBackend


class Calls(MotoResponse):
    """One request of Macie, with its parameters by the names of the API."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def macie_backend(self) -> MacieBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(MacieBackend, macie2_backends[self.current_account][self.region])
