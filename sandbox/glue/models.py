"""moto's Glue with the rules of the catalogue that queries rely on."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.models import FakeDatabase, FakeTable
from moto.glue.models import GlueBackend as MotoGlueBackend


class GlueBackend(MotoGlueBackend):
    """The catalogue of one account in one Region; names are kept, and looked up, in lower case.

    Source: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html
    """

    @property
    def _url_module(self) -> Any:
        from sandbox.glue import urls

        return urls

    def create_database(
        self, database_name: str, database_input: dict[str, Any], tags: dict[str, str] | None = None
    ) -> FakeDatabase:
        """Add a database; AlreadyExistsException for a name in use."""
        name = database_name.lower()
        return super().create_database(name, database_input | {"Name": name}, tags)

    def get_database(self, database_name: str) -> FakeDatabase:
        """Return a database; EntityNotFoundException where there is none of the name."""
        return super().get_database(database_name.lower())

    def update_database(self, database_name: str, database_input: dict[str, Any]) -> None:
        """Describe a database anew."""
        super().update_database(database_name.lower(), database_input)

    def delete_database(self, database_name: str) -> None:
        """Remove a database with its tables."""
        super().delete_database(database_name.lower())

    def create_table(
        self,
        database_name: str,
        table_name: str,
        table_input: dict[str, Any],
        open_table_format_input: dict[str, Any] | None = None,
    ) -> FakeTable:
        """Add a table; AlreadyExistsException for a name in use."""
        name = table_name.lower()
        described = table_input | {"Name": name}
        return super().create_table(database_name.lower(), name, described, open_table_format_input)

    def get_table(self, database_name: str, table_name: str) -> FakeTable:
        """Return a table; EntityNotFoundException where there is none of the name."""
        return super().get_table(database_name.lower(), table_name.lower())

    def delete_table(self, database_name: str, table_name: str) -> None:
        """Remove a table; its objects stay."""
        super().delete_table(database_name.lower(), table_name.lower())

    def create_partition(self, database_name: str, table_name: str, part_input: dict[str, Any]) -> None:
        """Add a partition, with a value for each of the table's keys."""
        keys = self.get_table(database_name, table_name).as_dict().get("PartitionKeys") or []
        if len(part_input.get("Values") or []) != len(keys):
            message = "The number of partition keys do not match the number of partition values"
            raise JsonRESTError("InvalidInputException", message)
        super().create_partition(database_name, table_name, part_input)
