"""The engine versions the sandbox offers, the server behind each engine, and what a version implies.

A selection of versions that AWS publishes, the last of each list being the Region's default:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.Updates.30Updates.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/AuroraPostgreSQL.Updates.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html
https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
Other engines keep moto's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.rds.models import DBCluster, DBInstance

ENGINES: dict[str, Literal["mysql", "postgres"]] = {
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgres",
    "mysql": "mysql",
    "postgres": "postgres",
}
"""The kind of server behind each engine that has one."""

AURORA_MYSQL = [
    *(f"5.7.mysql_aurora.2.{patch}" for patch in ("11.4", "11.5", "11.6", "12.0", "12.3", "12.4", "12.5")),
    *(f"8.0.mysql_aurora.3.04.{patch}" for patch in (0, 1, 2, 3)),
    *(f"8.0.mysql_aurora.3.{minor}" for minor in ("05.2", "06.0", "06.1", "07.0", "07.1", "08.0", "08.1")),
    "8.0.mysql_aurora.3.08.2",
    "8.0.mysql_aurora.3.09.0",
    "8.0.mysql_aurora.3.10.0",
]
AURORA_POSTGRESQL = [
    *(f"13.{minor}" for minor in (15, 16, 18, 20)),
    *(f"14.{minor}" for minor in (12, 13, 15, 17)),
    *(f"15.{minor}" for minor in (7, 8, 10, 12)),
    *(f"16.{minor}" for minor in (3, 4, 6, 8)),
    "17.4",
]
MYSQL = [
    *(f"8.0.{patch}" for patch in (37, 39, 40, 41, 42, 43)),
    *(f"8.4.{patch}" for patch in (3, 4, 5, 6)),
]
POSTGRES = [
    *(f"13.{minor}" for minor in (15, 16, 18, 20)),
    *(f"14.{minor}" for minor in (12, 13, 15, 17, 18)),
    *(f"15.{minor}" for minor in (7, 8, 10, 12, 13)),
    *(f"16.{minor}" for minor in (3, 4, 6, 8, 9)),
    *(f"17.{minor}" for minor in (2, 4, 5)),
]
VERSIONS = {
    "aurora-mysql": AURORA_MYSQL,
    "aurora-postgresql": AURORA_POSTGRESQL,
    "mysql": MYSQL,
    "postgres": POSTGRES,
}
DEFAULTS = {
    "aurora-mysql": "8.0.mysql_aurora.3.08.2",
    "aurora-postgresql": "16.6",
    "mysql": "8.0.42",
    "postgres": "17.4",
}
DESCRIPTIONS = {
    "aurora-mysql": "Aurora MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
    "mysql": "MySQL Community Edition",
    "postgres": "PostgreSQL",
}
LOGS = {
    "aurora-mysql": ["audit", "error", "general", "slowquery"],
    "aurora-postgresql": ["postgresql"],
    "mysql": ["audit", "error", "general", "slowquery"],
    "postgres": ["postgresql", "upgrade"],
}
"""What each engine can export to CloudWatch Logs."""


def default_version(engine: str) -> str:
    """Return the version a cluster or instance gets that asks for none."""
    moto = DBInstance.default_engine_versions
    return DEFAULTS.get(engine) or moto.get(engine) or DBCluster.default_engine_version(engine)


def family(engine: str, version: str) -> str:
    """Return the parameter group family, e.g. "aurora-mysql8.0"."""
    parts = version.split(".")
    major = ".".join(parts[:2]) if "mysql" in engine else parts[0]
    return f"{engine}{major}"


def default_parameter_group(engine: str, version: str) -> str:
    """Return the name of the cluster parameter group used where none is given."""
    return f"default.{family(engine, version)}"


def check_version(engine: str, version: str | None) -> str:
    """Return the version asked for or the default; InvalidParameterCombination where not offered."""
    if version is None:
        return default_version(engine)
    if engine in VERSIONS and version not in VERSIONS[engine]:
        raise InvalidParameterCombination(f"Cannot find version {version} for {engine}")
    return version


def check_restore(version: str, snapshot_version: str) -> None:
    """Refuse to restore to an older version than the snapshot's.

    Text from github.com/aws-samples/redcap-on-aws/issues/99.
    """
    if _ordinal(version) < _ordinal(snapshot_version):
        raise InvalidParameterCombination(
            f"The engine version you requested for your restored DB cluster ({version}) is earlier than the "
            f"engine version of the DB cluster snapshot ({snapshot_version})."
        )


def _ordinal(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def describe(
    engine: str | None, version: str | None, wanted_family: str | None, *, default_only: bool
) -> Iterator[dict[str, Any]]:
    """Yield engine versions in the shape of DescribeDBEngineVersions."""
    if engine is not None and engine not in VERSIONS:
        raise InvalidParameterValue(f"Unrecognized engine name: {engine}")
    for name in [engine] if engine else VERSIONS:
        for number in VERSIONS[name]:
            if default_only and number != DEFAULTS[name]:
                continue
            if version in (None, number) and wanted_family in (None, family(name, number)):
                yield _shown(name, number)


def _shown(engine: str, version: str) -> dict[str, Any]:
    major = family(engine, version).removeprefix(engine)
    return {
        "Engine": engine,
        "MajorEngineVersion": major,
        "EngineVersion": version,
        "DBParameterGroupFamily": family(engine, version),
        "DBEngineDescription": DESCRIPTIONS[engine],
        "DBEngineVersionDescription": f"{DESCRIPTIONS[engine]} {version}",
        "ValidUpgradeTarget": [
            {"Engine": engine, "EngineVersion": later, "AutoUpgrade": False, "IsMajorVersionUpgrade": False}
            for later in VERSIONS[engine]
            if _ordinal(later) > _ordinal(version) and family(engine, later) == family(engine, version)
        ],
        "SupportedEngineModes": ["provisioned"],
        "SupportsReadReplica": not engine.startswith("aurora"),
        "SupportsLogExportsToCloudwatchLogs": True,
        "ExportableLogTypes": LOGS[engine],
        "SupportsGlobalDatabases": engine.startswith("aurora"),
        "SupportsParallelQuery": False,
        "Status": "available",
        "TagList": [],
    }
