"""An ASGI application that is imported with its first request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]


class LazyApp:
    """Stands for an application until somebody asks it for something.

    Args:
        maker: ``module:function``; the function makes the application.
    """

    def __init__(self, maker: str) -> None:
        self.maker = maker
        self._app: App | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request on."""
        if self._app is None:
            module, function = self.maker.split(":")
            self._app = getattr(import_module(module), function)()
        await self._app(scope, receive, send)
