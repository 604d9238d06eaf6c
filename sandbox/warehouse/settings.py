"""SET, SHOW and RESET: what a session has chosen.

Source: https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.warehouse.answers import DONE, Answer, listing
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external import registry
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

DEFAULTS = {
    "analyze_threshold_percent": "10",
    "application_name": "",
    "auto_analyze": "on",
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on",
    "enable_case_sensitive_identifier": "off",
    "enable_result_cache_for_session": "on",
    "enable_vacuum_boost": "off",
    "extra_float_digits": "0",
    "max_cursor_result_set_size": "0",
    "mv_enable_aqmv_for_session": "on",
    "navigate_super_null_on_error": "on",
    "pg_federation_repeatable_read": "on",
    "query_group": "unset",
    "search_path": "$user, public",
    "spectrum_enable_pseudo_columns": "on",
    "statement_timeout": "0",
    "timezone": "UTC",
    "wlm_query_slot_count": "1",
}
SWITCHES = {"on": "on", "true": "on", "off": "off", "false": "off"}
MOST_SLOTS = 50


class Settings:
    """The settings of a session."""

    def __init__(self) -> None:
        self._values = dict(DEFAULTS)

    def __getitem__(self, name: str) -> str:
        """Return a setting; RedshiftError where there is none of the name."""
        try:
            return self._values[name]
        except KeyError:
            raise RedshiftError(f'unrecognized configuration parameter "{name}"', "42704") from None

    def set(self, name: str, value: str) -> None:
        """Choose a setting.

        Raises:
            RedshiftError: there is none of the name, or none of the value.
        """
        if "." not in name:
            value = _checked(name, value, self[name])
        self._values[name] = value

    def reset(self, name: str) -> None:
        """Choose what was there at login; RedshiftError where there is no setting of the name."""
        if name not in DEFAULTS and name not in self._values:
            raise RedshiftError(f'unrecognized configuration parameter "{name}"', "42704")
        self._values[name] = DEFAULTS.get(name, "")

    def all(self) -> dict[str, str]:
        """Return all settings by name."""
        return dict(sorted(self._values.items()))

    def restore(self, values: dict[str, str]) -> None:
        """Choose what `all` returned before."""
        self._values = dict(values)

    @property
    def case_sensitive(self) -> bool:
        """Whether names in double quotes keep their capitals."""
        return self["enable_case_sensitive_identifier"] == "on"

    @property
    def timeout_seconds(self) -> float:
        """How long a statement may take; 0 for any time."""
        return int(self["statement_timeout"]) / 1000

    def search_path(self, user: str) -> list[str]:
        """Return the schemas that names without one are looked for in."""
        listed = [one.strip().strip("\"'") for one in self["search_path"].split(",")]
        return [user.lower() if one == "$user" else one.lower() for one in listed if one]


def _checked(name: str, value: str, old: str) -> str:
    if old in {"on", "off"}:
        if value.lower() not in SWITCHES:
            raise RedshiftError(f'parameter "{name}" requires a Boolean value', "22023")
        return SWITCHES[value.lower()]
    if old.isdecimal():
        if not value.isdecimal():
            raise RedshiftError(f'invalid value for parameter "{name}": "{value}"', "22023")
        if name == "wlm_query_slot_count" and not 1 <= int(value) <= MOST_SLOTS:
            raise RedshiftError(
                f'{value} is outside the valid range for parameter "{name}" (1 .. {MOST_SLOTS})', "22023"
            )
    return value


def _set(session: Session, statement: Statement) -> Answer:
    reader = Reader(statement, 1)
    if reader.take("SESSION", "AUTHORIZATION"):
        session.become(reader.value())
        reader.end()
        return DONE
    reader.one_of("LOCAL", "SESSION")
    name = _name(reader)
    if not (reader.take("TO") or reader.take("=")):
        reader.expect("TO")
    if reader.take("DEFAULT"):
        session.settings.reset(name)
        return DONE
    values = [_value(reader)]
    while reader.take(","):
        values.append(_value(reader))
    reader.end()
    if name == "search_path":
        _check_path(session, values)
    session.settings.set(name, ", ".join(values))
    return DONE


def _name(reader: Reader) -> str:
    name = reader.identifier()
    while reader.take("."):
        name += f".{reader.identifier()}"
    return name


def _value(reader: Reader) -> str:
    if reader.take("-"):
        return f"-{reader.value()}"
    return reader.token().value if reader.next.kind == "text" else reader.token().text.strip('"')


def _check_path(session: Session, schemas: list[str]) -> None:
    outside = registry.schemas(session)
    for schema in schemas:
        if schema.lower() in outside:
            raise RedshiftError("External schema cannot be set in search_path", "0A000")


def _show(session: Session, statement: Statement) -> Answer:
    reader = Reader(statement, 1)
    if reader.take("ALL"):
        return listing("setting", (f"{name} = {value}" for name, value in session.settings.all().items()))
    name = "timezone" if reader.take("TIME", "ZONE") else _name(reader)
    reader.end()
    return listing(name, [session.settings[name]])


def _reset(session: Session, statement: Statement) -> Answer:
    reader = Reader(statement, 1)
    if reader.take("ALL"):
        session.settings.restore(DEFAULTS)
    elif reader.take("SESSION", "AUTHORIZATION"):
        session.become(session.login)
    else:
        session.settings.reset(_name(reader))
    return DONE


FORMS = (
    Form(r"SET\b", _set),
    Form(r"SHOW (?!TABLES|COLUMNS|SCHEMAS|DATABASES|GRANTS|VIEW|EXTERNAL|PROCEDURE|MODEL|TABLE)", _show),
    Form(r"RESET\b", _reset),
)
