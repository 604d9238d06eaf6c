"""What people see of the pipelines in Airflow's pages, before and after a run."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest

from demo import account
from demo.airflow_api import AirflowError

RESTORE, WATCH = "recovery_restore__orders", "recovery_watch__orders"
SHIPPED = (
    "recovery_point__orders",
    RESTORE,
    WATCH,
    "synonym_bootstrap__products",
    "synonym_refresh__products",
    "sensitive_data_discovery__customers",
    "federated_load__retail",
    "warehouse_health__analytics",
)
"""One DAG of each kind."""
CONTROLS = {"boolean": "checkbox", "integer": "spinbutton", "number": "spinbutton", "string": "text"}
PARSED_SECONDS, RUN_SECONDS = 150, 400


@pytest.fixture(scope="module")
def parsed(api):
    """The DAGs, as the API describes them."""
    for dag_id in (RESTORE, WATCH):
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)


def test_form_explains_every_field(api, pages):
    """It should show each field of each DAG in its section: title, meaning, control, limits, default and its choice."""
    for dag_id in SHIPPED:
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)
        fields = api.get(f"dags/{dag_id}/details")["params"].values()
        shown = pages.form(dag_id)
        for field in fields:
            wanted, choice = as_shown(field)
            found = shown.get(wanted["title"], {"text": ""})
            assert found | wanted == found, dag_id
            assert choice in found["text"], dag_id


def as_shown(field):
    """What the form is to show of a field that the API describes, and of its default where it is one of a list."""
    schema, default = field["schema"], field["value"]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][-1]
    special = "hidden" if "enum" in schema else "datetime-input" if "format" in schema else None
    number = f"{default:g}" if CONTROLS[kind] == "spinbutton" else None
    limits = {"limits": f"{schema['minimum']} to {schema['maximum']}"} if "minimum" in schema else {}
    return limits | {
        "section": schema.get("section") or "Run Parameters",
        "title": schema["title"],
        "description": field["description"] or schema["description"],
        "control": special or CONTROLS[kind],
        "default": default if kind == "boolean" else number or default or "",
    }, schema.get("values_display", {}).get(default, "")


@pytest.mark.usefixtures("parsed")
def test_form_refuses_what_is_no_snapshot(api, pages):
    """It should keep a person on the form, and tell what is wrong, where a field does not have its form."""
    runs = len(api.runs(RESTORE))
    pages.open_form(RESTORE, snapshot_arn="orders-backup")
    pages.click("[data-testid=trigger-dag-submit]")
    pages.wait_for_text("orders-backup' does not match")
    assert pages.screenshot("form_refused").stat().st_size > 10_000
    with pytest.raises(AirflowError, match=r"'restore' is not one of \['usual', 'swap', 'test', 'keep'\]"):
        api.trigger(RESTORE, {"mode": "restore"})
    assert len(api.runs(RESTORE)) == runs


def paper(pages, run_id, theme):
    """The colour of the summary's paper, as red, green and blue, once somebody has chosen a theme in Airflow."""
    pages.driver.execute_script("localStorage.setItem('theme', arguments[0])", theme)
    pages.summary(WATCH, run_id)
    colour = pages.driver.execute_script(
        "const page = document.querySelector('iframe[title=Summary]').contentDocument;"
        "return getComputedStyle(page.body).backgroundColor"
    )
    return [int(part) for part in re.findall(r"\d+", colour)]


@pytest.mark.usefixtures("parsed", "orders")
def test_run_tells_how_it_went(api, pages):
    """It should lead from the form to the summary of the run, and from its tasks to the AWS console and the ledger."""
    run_id = unquote(pages.trigger(WATCH, dry_run=True))
    account.require_success(api, WATCH, run_id, seconds=RUN_SECONDS)
    summary = pages.summary(WATCH, run_id)
    assert summary.startswith("success Dry run: nothing was changed"), summary
    for shown in ("Started by hand (admin)", "1. Find the newest", "dry run yes"):
        assert shown in summary
    assert "The ledger was not read" not in summary
    assert pages.screenshot("summary").stat().st_size > 10_000
    assert max(paper(pages, run_id, "dark")) < 64
    assert paper(pages, run_id, "light") == [255, 255, 255]

    looked, planned = (
        api.get(f"dags/{WATCH}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task_id}/links")["extra_links"]
        for task_id in ("find_usable_point", "tell_outages")
    )
    console = "https://console.aws.amazon.com/rds/home?region=us-west-1#snapshots-list:"
    report = f"/dags/{WATCH}/runs/{quote(run_id, safe='')}/plugin/switchyard-run"
    assert looked == {"AWS console": console, "Ledger report": report}
    assert pages.links(WATCH, run_id, "find_usable_point") == {
        "AWS console": console,
        "Ledger report": f"{api.url}{report}",
    }
    assert pages.screenshot("task").stat().st_size > 10_000
    assert pages.report() == summary
    assert pages.driver.current_url == f"{api.url}{report}"
    assert planned == {"AWS console": None, "Ledger report": report}, "a planned call leads nowhere"
