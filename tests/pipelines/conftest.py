"""Fixtures: a sandbox process with real engines, seeded with the world "orders", and the pipeline's connections."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.connections import connections
from demo.postgres import PostgresServer
from demo.sandbox_process import SandboxProcess
from demo.testing import ledger_template, postgres
from sandbox.client import Sandbox
from sandbox.data_plane import DataPlane
from sandbox.seed.worlds import recovery
from sandbox.testing import LocalSandbox
from tests.support.discovery import Discovery
from tests.support.federated import Federated, configure, federated_world
from tests.support.federated_runs import Loads
from tests.support.product_search import ProductSearch
from tests.support.recovery import REPOSITORY, RecoveryWorld
from tests.support.recovery_variants import Variant
from tests.support.short_waits import short_waits

__all__ = ["ledger_template", "postgres", "short_waits"]

PIPELINES = REPOSITORY / "include" / "pipelines"
ORDERS = PIPELINES / "aurora_recovery" / "orders.yaml"
CUSTOMERS = PIPELINES / "sensitive_data_discovery" / "customers.yaml"
PRODUCTS = PIPELINES / "synonym_refresh" / "products.yaml"


@pytest.fixture(scope="session")
def pipeline_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox process for all pipeline tests, whose transitions take no time beyond the real work."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"))
    with process.starting(tmp_path_factory.mktemp("sandbox-log") / "start.log"):
        pass
    yield process
    process.stop()


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped pipeline "orders" with waits for a world in which nothing takes long."""
    content = yaml.safe_load(ORDERS.read_text())
    content["waits"] = {"poll_interval_seconds": 0.1}
    content["retire"]["drain_minutes"] = 0
    file = tmp_path / "pipelines" / "aurora_recovery" / "orders.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
    return file


@pytest.fixture
def seed_world(
    pipeline_sandbox: SandboxProcess,
    postgres: PostgresServer,
    ledger_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str | Callable[[Sandbox], None]], dict[str, Any]]:
    """Seed a world afresh, by its name or what builds it, with an empty ledger and Airflow's connections to both.

    Gives what describes it.
    """

    def seed(world: str | Callable[[Sandbox], None]) -> dict[str, Any]:
        sandbox = pipeline_sandbox.client()
        sandbox.reset()
        sandbox.durations(profile="instant")
        if callable(world):
            world(sandbox)
        else:
            sandbox.seed(world)
        ledger = f"ledger_{secrets.token_hex(4)}"
        postgres.create_database(ledger, template=ledger_template)
        for conn_id, connection in connections(pipeline_sandbox, postgres, ledger).items():
            monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
        monkeypatch.setenv("SWITCHYARD_DB_CA_BUNDLE", pipeline_sandbox.ca_bundle)
        folder = tmp_path / ledger
        folder.mkdir()
        return {
            "sandbox": sandbox,
            "ledger_dsn": postgres.dsn(ledger),
            "ca_bundle": pipeline_sandbox.ca_bundle,
            "folder": folder,
        }

    return seed


@pytest.fixture
def make_world(
    seed_world: Callable[[str], dict[str, Any]], configuration: Path
) -> Callable[[], RecoveryWorld]:
    """Make a freshly seeded world "orders"."""
    return lambda: RecoveryWorld(**seed_world("orders"))


@pytest.fixture
def make_variant(
    seed_world: Callable[[str], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Variant], RecoveryWorld]:
    """Make a freshly seeded world of a variant of the recovery, and its pipeline."""

    def make(variant: Variant) -> RecoveryWorld:
        variant.write(tmp_path / "pipelines")
        monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
        build = partial(recovery.build, made=[], recovered=variant.recovered)
        world = RecoveryWorld(**seed_world(build), recovered=variant.recovered)
        variant.furnish(world)
        return world

    return make


@pytest.fixture
def recovery_world(make_world: Callable[[], RecoveryWorld]) -> RecoveryWorld:
    """One such world."""
    return make_world()


@pytest.fixture
def product_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped pipeline "products" with waits for a world in which nothing takes long."""
    content = yaml.safe_load(PRODUCTS.read_text())
    content["waits"] = {
        "poll_interval_seconds": 0.1,
        "settle_seconds": 2,
        "timeouts_minutes": {"probes": 0.05},
    }
    file = tmp_path / "pipelines" / "synonym_refresh" / "products.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
    return file


@pytest.fixture
def make_shop(
    seed_world: Callable[[str], dict[str, Any]], product_configuration: Path
) -> Callable[[], ProductSearch]:
    """Make a freshly seeded world "products"."""
    return lambda: ProductSearch(**seed_world("products"))


@pytest.fixture
def shop(make_shop: Callable[[], ProductSearch]) -> ProductSearch:
    """One such world."""
    return make_shop()


@pytest.fixture
def make_discovery(
    seed_world: Callable[[str], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Discovery]:
    """Make a freshly seeded world "customers", with sections of its pipeline, or fewer identifiers, as a test wants."""

    def make(*, identifiers: int | None = None, **sections: Any) -> Discovery:
        content = yaml.safe_load(CUSTOMERS.read_text()) | sections
        content["macie"]["custom_identifiers"] = content["macie"]["custom_identifiers"][:identifiers]
        content["waits"] = {"poll_interval_seconds": 0.1, "settle_seconds": 0.1}
        file = tmp_path / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content))
        monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
        return Discovery(**seed_world("customers"))

    return make


@pytest.fixture
def make_loads(
    seed_world: Callable[[str], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Loads]:
    """Make a freshly seeded world, and a pipeline over these tables of its database; sections as a test wants them."""

    def make(world: str, tables: Sequence[Mapping[str, Any]], **sections: Any) -> Loads:
        configure(tmp_path / "pipelines", world, "test", tables, **sections)
        monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
        made = seed_world(world)
        folder = made.pop("folder")
        return Loads(Federated(world, **made), folder)

    return make


@pytest.fixture
def make_quick_loads(
    session_sandbox: LocalSandbox,
    data_plane: DataPlane,
    postgres: PostgresServer,
    ledger_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Loads]]:
    """Make the same in the sandbox of the test's own process, for runs in it that nobody kills."""
    with ExitStack() as stack:

        def make(world: str, tables: Sequence[Mapping[str, Any]], **sections: Any) -> Loads:
            configure(tmp_path / "pipelines", world, "test", tables, **sections)
            monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
            ledger = f"ledger_{secrets.token_hex(4)}"
            made = federated_world(world, session_sandbox, data_plane, postgres, ledger_template, ledger)
            return Loads(stack.enter_context(made), tmp_path)

        yield make
