"""Answers of Glue: moto's, with the lists of the catalogue in pages."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse as MotoResponse

PAGES = {"get_databases": "DatabaseList", "get_tables": "TableList", "get_partitions": "Partitions"}
LARGEST = {"get_databases": 100, "get_tables": 100, "get_partitions": 1000}


class GlueResponse(MotoResponse):
    """One request."""

    def get_databases(self) -> ActionResult:
        """https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html."""
        return self._page("get_databases", super().get_databases())

    def get_tables(self) -> ActionResult:
        """https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html."""
        return self._page("get_tables", super().get_tables())

    def get_partitions(self) -> ActionResult:
        """https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html."""
        return self._page("get_partitions", super().get_partitions())

    def _page(self, operation: str, whole: ActionResult) -> ActionResult:
        member = PAGES[operation]
        described: Any = whole.result
        items: list[Any] = described[member]
        size = min(int(self.parameters.get("MaxResults") or LARGEST[operation]), LARGEST[operation])
        first = _read(self.parameters.get("NextToken"))
        result: dict[str, Any] = {member: items[first : first + size]}
        if first + size < len(items):
            result["NextToken"] = base64.b64encode(str(first + size).encode()).decode()
        return ActionResult(result)


def _read(token: str | None) -> int:
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except ValueError as error:
        raise JsonRESTError("InvalidInputException", "Invalid NextToken") from error
