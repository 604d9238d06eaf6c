"""The summary of a run as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from switchyard.web.ledger_reports import Report
from switchyard.web.summary import Run, Step, summary, to_html

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def step(title, state="success", **more):
    task_id = more.pop("task_id", title.partition(". ")[2].replace(" ", "_").lower())
    usual = {
        "map_index": -1,
        "label": "",
        "tries": 1,
        "began_at": BEGAN,
        "ended_at": BEGAN + timedelta(seconds=90),
    }
    return Step(**usual | more | {"task_id": task_id, "title": title, "state": state})


def run(*steps, state="success", **conf):
    return Run(
        dag_id="recovery_point__orders", run_id="manual__1", state=state, run_type="manual", started_by="dana",
        queued_at=BEGAN, began_at=BEGAN, ended_at=None if state == "running" else BEGAN + timedelta(minutes=3),
        logical_date=None, conf=conf, steps=steps,
    )  # fmt: skip


def test_steps_follow_their_numbers():
    """It should list the steps by number, the tenth after the ninth, and those of a table one after another."""
    shuffled = [
        step("10. Last"),
        step("9. Check: b", task_id="b.check"),
        step("8. Load: b", task_id="b.load"),
        step("9. Check: a", task_id="a.check"),
        step("1. First"),
    ]
    titles = [one["title"] for one in summary(run(*shuffled), {}, "")["steps"]]
    assert titles == ["1. First", "8. Load: b", "9. Check: a", "9. Check: b", "10. Last"]


def test_step_speaks_in_its_own_words():
    """It should show a step's sentence from the ledger, else its own, else some of what it hands on, for people."""
    told = {
        "steps": Report(
            "", [{"task_id": "copy", "map_index": -1, "state": "skipped", "summary": "one Region"}]
        )
    }
    steps = [
        step("1. Copy", "skipped", result={"summary": "not this"}),
        step("2. Share", result={"summary": "shared"}),
        step(
            "3. Announce", result={"topic_arn": "arn:aws:sns:x", "nothing": "", "many": [1, 2], "port": 3306}
        ),
        step("4. Approve", result={"summary": "approved by alice at 2026-02-01T13:00:00.5+01:00: good"}),
        step("5. Record", result={"run_id": "manual__2026-02-01T12:00:00+00:00", "rows": 1234}),
    ]
    shown = [one["summary"] for one in summary(run(*steps), told, "")["steps"]]
    assert shown == [
        "one Region",
        "shared",
        "port 3306; topic arn arn:aws:sns:x",
        "approved by alice at 2026-02-01 12:00:00 UTC: good",
        "run id manual__2026-02-01T12:00:00+00:00; rows 1,234",
    ]


def test_failure_comes_first():
    """It should name the failed step and its cause above everything else."""
    told = {
        "steps": Report(
            "", [{"task_id": "copy", "map_index": -1, "state": "failed", "summary": "key is disabled"}]
        )
    }
    page = to_html(summary(run(step("4. Copy", "failed"), state="failed"), told, ""))
    assert "Ended badly" in page
    assert page.index("key is disabled") < page.index("<h2>Steps</h2>")


def test_dry_run_shows_what_was_not_done():
    """It should say that nothing was changed, and list the calls that a real run would make."""
    call = {
        "service": "rds",
        "operation": "CreateDBClusterSnapshot",
        "parameters": {"DBClusterIdentifier": "orders"},
    }
    page = to_html(summary(run(step("3. Snapshot", planned=[call]), dry_run=True), {}, ""))
    assert "Dry run: nothing was changed" in page
    assert "rds CreateDBClusterSnapshot(DBClusterIdentifier=orders)" in page


def test_page_follows_the_theme_of_airflow():
    """It should have colours for a dark screen, which a frame takes from the page around it, not for paper."""
    page = to_html(summary(run(step("1. Check")), {}, ""))
    dark = page.partition("@media screen and (prefers-color-scheme: dark) {")[2].partition("}\n}")[0]
    names = ("ink", "faint", "line", "good", "bad", "warn", "paper")
    assert [name for name in names if f"--{name}: #" not in dark] == []
    assert "background: var(--paper)" in page


def test_steps_to_come_are_called_so():
    """It should say of what Airflow gives no state that it has not begun, and claim no length of an open run."""
    page = to_html(
        summary(run(step("1. Check", "none", began_at=None, ended_at=None), state="running"), {}, "")
    )
    assert ">not begun<" in page
    assert "Steps: 1 not begun." in page
    assert "took" not in page.partition("<h2>")[0].partition("<body>")[2]


def test_columns_are_set_by_what_they_hold():
    """It should set numbers to the right, and break no short word over two lines."""
    rows = [
        {"check": "rental", "result": "passed", "rows": 1234, "detail": "x" * 30},
        {"check": "payment", "result": "failed", "rows": None, "detail": None},
    ]
    page = to_html(summary(run(step("1. Check")), {"checks": Report("Checks", rows)}, ""))
    assert '<th scope="col" class="word">result</th><th scope="col" class="number">rows</th>' in page
    assert '<td class="word">passed</td><td class="number">1,234</td><td>xxx' in page


def test_run_under_way_looks_again():
    """It should load itself again while the run is under way, and not once it has ended."""
    waiting = step("4. Copy", "deferred", ended_at=None)
    assert 'http-equiv="refresh"' in to_html(summary(run(waiting, state="running"), {}, ""))
    assert 'http-equiv="refresh"' not in to_html(summary(run(step("4. Copy")), {}, ""))


def test_one_row_reads_as_facts_and_many_as_a_table():
    """It should leave empty facts of a single row out, and give several rows a head."""
    one = Report(
        "Recovery", [{"outcome": "swapped", "reason": None, "rto_achieved": timedelta(seconds=52.2)}]
    )
    many = Report(
        "Checks", [{"check": "rental", "result": "passed"}, {"check": "payment", "result": "failed"}]
    )
    page = to_html(summary(run(step("1. Check")), {"recovery": one, "checks": many}, ""))
    assert '<tr><th scope="row">rto achieved</th><td>52.2 s</td></tr>' in page
    assert "reason" not in page
    assert '<th scope="col" class="word">check</th><th scope="col" class="word">result</th>' in page


def test_page_without_the_ledger():
    """It should show what Airflow knows where the ledger is out of reach, and say what kept it."""
    page = to_html(
        summary(run(step("1. Check"), keep_last=3), {}, "ledger connection 'switchyard_ledger': gone")
    )
    assert "1. Check" in page
    assert "switchyard_ledger" in page
    assert '<th scope="row">keep last</th><td>3</td>' in page


def test_nothing_on_the_page_is_markup():
    """It should escape whatever came from outside: names, settings, results and reports."""
    evil = "<script>alert(1)</script>"
    steps = [step("1. Check", result={"summary": evil}, label=evil)]
    page = to_html(summary(run(*steps, note=evil), {"checks": Report(evil, [{evil: evil}] * 2)}, evil))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
