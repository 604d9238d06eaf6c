"""Rules that hold for every DAG, whichever pipeline it is of."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import BaseOperator, XComArg
from airflow.sdk.exceptions import ParamValidationError
from airflow.sdk.module_loading import import_string
from airflow.triggers.base import BaseTrigger

import switchyard
from switchyard.configuration.loader import load
from switchyard.errors import BadInput
from switchyard.operators import recorders
from switchyard.operators.aurora.approve import ApproveOperator
from switchyard.operators.discovery.classify import ClassifyExtractOperator
from switchyard.operators.redshift.base import WarehouseOperator
from switchyard.operators.redshift.cancel_statements import CancelStatementsOperator
from switchyard.waiting.goals import cluster_renamed
from tests.support.control_plane import new_context

REPOSITORY = Path(__file__).parents[2]
PIPELINES = REPOSITORY / "include" / "pipelines"
DAG_FILES = sorted(path for path in (REPOSITORY / "dags").glob("*.py") if path.stem != "configuration")
_NUMBERED = re.compile(r"^(?:\d+)\. .*$", re.MULTILINE)
_OF_EVERY_OPERATOR = set(vars(BaseOperator(task_id="any")))

EXAMPLES = {
    "PauseTrigger": {"moment": 1_700_000_000.5},
    "ResourceTrigger": {
        "kind": "db_cluster_by_resource_id",
        "identifier": "cluster-ABC",
        "goal": cluster_renamed("orders").as_dict(),
        "aws_conn_id": "aws_target",
        "region_name": "us-west-1",
        "account_id": "222222222222",
        "deadline": 1_700_000_000.0,
        "poll_interval": 30.0,
    },
    "SqsMessageTrigger": {
        "queue_arn": "arn:aws:sqs:us-west-1:222222222222:switchyard-recovery-points",
        "aws_conn_id": "aws_target",
        "account_id": "222222222222",
        "poll_interval": 5.0,
    },
}


@pytest.fixture(scope="module")
def bag():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWITCHYARD_PIPELINES", str(REPOSITORY / "include" / "pipelines"))
        return DagBag(REPOSITORY / "dags")


@pytest.fixture(scope="module", params=DAG_FILES, ids=lambda path: path.stem)
def dag(request, bag):
    """The first DAG of each DAG file."""
    found = [bag.dags[dag_id] for dag_id in sorted(bag.dags)]
    return next(dag for dag in found if Path(dag.fileloc) == request.param)


def instance_of(dag):
    """The configuration that a DAG is made of."""
    pipeline = next(task.pipeline for task in steps_of(dag) if hasattr(task, "pipeline"))
    return next(one for one in load(PIPELINES).instances if one.pipeline == pipeline)


def steps_of(dag):
    """The operators of a DAG that do something; of a mapped one, what its first instance is made of."""
    return [
        task.unmap({name: values[0] for name, values in task.expand_input.value.items()})
        if task.is_mapped
        else task
        for task in dag.tasks
        if not isinstance(task, EmptyOperator)
    ]


def test_dag_files_import(bag):
    """It should import every DAG file without an error."""
    assert bag.import_errors == {}
    assert DAG_FILES


def test_broken_configuration_shows_in_the_ui(tmp_path, monkeypatch):
    """It should leave a broken instance out of its DAG file, and make dags/configuration.py name its error."""
    shipped = REPOSITORY / "include" / "pipelines" / "aurora_recovery" / "orders.yaml"
    folder = tmp_path / "aurora_recovery"
    folder.mkdir()
    (folder / "orders.yaml").write_text(shipped.read_text())
    (folder / "broken.yaml").write_text("engine: oracle\nlogin: {password: hunter2}\n")
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))
    bag = DagBag(REPOSITORY / "dags")
    assert {Path(file).name for file in bag.import_errors} == {"configuration.py"}
    assert "broken.yaml" in next(iter(bag.import_errors.values()))
    assert "login.password: there is no such field" in next(iter(bag.import_errors.values()))
    assert "hunter2" not in str(bag.import_errors)
    assert {"recovery_point__orders", "recovery_restore__orders"} <= set(bag.dags)
    assert not [dag_id for dag_id in bag.dags if "broken" in dag_id]


def test_no_run_of_what_two_files_claim_begins(tmp_path, monkeypatch):
    """It should name both files in the UI, keep their DAGs for runs under way, and refuse all but the harmless ones."""
    harmless = {"recovery_point", "recovery_watch", "warehouse_health"}
    for path in PIPELINES.glob("*/*.yaml"):
        for name in (path.name, f"copy_of_{path.name}"):
            (tmp_path / path.parent.name).mkdir(exist_ok=True)
            text = re.sub("(?m)^name: .*$", "", path.read_text())
            (tmp_path / path.parent.name / name).write_text(text)
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))
    bag = DagBag(REPOSITORY / "dags")
    (said,) = bag.import_errors.values()
    assert "aurora_recovery/orders.yaml: target.cluster_id = 'orders'" in said
    assert len(bag.dags) == 18
    for dag_id, dag in bag.dags.items():
        file, name = dag_id.split("__")
        other = name.removeprefix("copy_of_") if name.startswith("copy_of_") else f"copy_of_{name}"
        for first in dag.roots:
            assert (f"/{other}.yaml, too" in first.refusal) == (file not in harmless), dag_id


def test_dag_id_is_file_and_instance(dag):
    """It should call a DAG after its file and the configured instance."""
    assert dag.dag_id == f"{Path(dag.fileloc).stem}__{instance_of(dag).name}"


def step_of(task):
    """What the UI shows a task as, without the table that ends it where each table has such a task."""
    group = task.task_group.group_id if task.task_group else None
    return task.task_display_name.removesuffix(f": {group}")


def test_each_step_has_a_name_of_its_own(dag):
    """It should tell the tasks of a run apart in lists, logs and the ledger, which show no groups."""
    names = [task.task_display_name for task in dag.tasks]
    assert sorted(names) == sorted(set(names))


def test_one_edge_leads_to_each_group_of_tables(dag):
    """It should lead into the steps of a table by their first one alone, so that the graph shows their order."""
    for task in dag.tasks:
        group = task.task_group.group_id if dag.dag_id.startswith("federated_load__") else None
        outside = [one.task_id for one in task.upstream_list if group and one.task_group.group_id != group]
        assert outside == (["ensure_targets"] if task.task_id == f"{group}.guard_reading" else []), (
            task.task_id
        )


def test_docstring_lines_are_the_steps(dag):
    """It should list as numbered lines of the documentation what the UI shows as steps, in the same order.

    A step that each group of tasks has is listed once, without the group's name, which ends it in the UI.
    """
    steps = list(dict.fromkeys(step_of(task) for task in dag.topological_sort()))
    assert _NUMBERED.findall(dag.doc_md) == steps
    assert [step.split(". ")[0] for step in steps] == [str(number) for number in range(1, len(steps) + 1)]


def test_no_step_fails_in_a_green_run(dag):
    """It should end red whichever step fails: Airflow judges a run by its last steps, and ignores most teardowns.

    A step before a teardown that counts is no last step; where nothing else comes after it, its failure is lost.
    """

    def counts(task):
        return not task.is_teardown or task.on_failure_fail_dagrun

    def is_last(task):
        return counts(task) and not any(map(counts, task.downstream_list))

    def is_heard(task):
        after = [dag.get_task(name) for name in task.get_flat_relative_ids(upstream=False)]
        return any(is_last(one) for one in (task, *after) if not one.is_teardown)

    assert [one.task_id for one in dag.tasks if not one.is_teardown and not is_heard(one)] == []


def test_dag_says_whose_and_what_it_is(dag):
    """It should have an owner that is not Airflow's default, a description, and the project's tag with others."""
    assert dag.description
    assert {"switchyard"} < set(dag.tags)
    assert {task.owner for task in dag.tasks} == {instance_of(dag).owner}


def test_dag_runs_alone(dag):
    """It should run once at a time and never make up for missed runs: it renames and deletes."""
    assert dag.max_active_runs == 1
    assert dag.catchup is False


def test_form_explains_itself(dag):
    """It should give every field of the form a title, a type, a description with its limits, and offer a dry run."""
    for name in dag.params:
        param = dag.params.get_param(name)
        assert param.description, name
        assert param.schema.get("title"), name
        assert param.schema.get("type"), name
        for limit in ("minimum", "maximum"):
            if limit in param.schema:
                assert f"{param.schema[limit]:,}" in param.description, name
        # Airflow's form knows no other limits of numbers, and would take what the server then refuses.
        assert not {"exclusiveMinimum", "exclusiveMaximum", "multipleOf"} & set(param.schema), name
    assert dag.params["dry_run"] is False


@pytest.mark.parametrize(
    ("dag_id", "name", "value", "problem"),
    [
        ("recovery_point__orders", "keep_last", 0, "0 is less than the minimum of 1"),
        ("recovery_point__orders", "keep_days", 3651, "3651 is greater than the maximum of 3650"),
        ("recovery_restore__orders", "drain_minutes", 0.5, "0.5 is not of type 'integer'"),
        ("recovery_restore__orders", "instance_class", "large", "'large' does not match"),
        ("recovery_restore__orders", "mode", "dated", "'dated' is not one of"),
        (
            "synonym_refresh__products",
            "percent_without_approval",
            100.5,
            "100.5 is greater than the maximum of 100",
        ),
        ("synonym_bootstrap__products", "dry_run", "no", "'no' is not of type 'boolean'"),
        ("sensitive_data_discovery__customers", "max_usd", 0, "0 is less than the minimum of 0.01"),
        ("federated_load__retail", "window_start", "yesterday", "'yesterday' is not a 'date-time'"),
    ],
)
def test_form_refuses_what_no_run_can_use(bag, dag_id, name, value, problem):
    """It should take what stands in a field, and refuse a value outside its limits, list or form."""
    param = bag.dags[dag_id].params.get_param(name)
    assert param.resolve() == param.value
    with pytest.raises(ParamValidationError, match=re.escape(problem)):
        param.resolve(value)


def test_misspelt_parameter_stops_the_run(dag, monkeypatch):
    """It should refuse what the form does not have before anything is called: a misspelt dry run would be real."""
    monkeypatch.setattr(recorders, "step_recorders", [])
    called = []
    monkeypatch.setattr("switchyard.operators.base.aws_client", lambda *named, **_: called.append(named))
    first = [task for task in steps_of(dag) if not task.upstream_task_ids]
    assert first
    for task in first:
        context = new_context(dryrun=True) | {"dag": dag}
        with pytest.raises(
            BadInput, match=r"run parameter dryrun is 'True': .*\. Did you mean dry_run\? Start"
        ):
            task.execute(context)
    assert called == []


def test_step_leads_to_the_console(dag):
    """It should link every step to the console page of what it works on, in its Region, except where people act."""
    without = {"compare_releases", "approve_change", "approve_swap", "approve_retire"}
    for task in steps_of(dag):
        names = [link.name for link in task.operator_extra_links]
        assert "Ledger report" in names, task.task_id
        if task.task_id in without:
            continue
        assert "AWS console" in names, task.task_id
        for name, value in list(vars(task).items()):
            if name not in _OF_EVERY_OPERATOR and _has_template(value):
                setattr(task, name, "2611212034-881e84")
        if hasattr(task, "query_id"):
            task.query_id = "one"
        if isinstance(task, ClassifyExtractOperator):
            task.job_id = "one"
        assert f"?region={task.region_name}" in task.console_url(), task.task_id


def test_step_keeps_its_own_time(dag):
    """It should give every step a deadline, and retries unless a retry would ask a person for what was answered."""
    for task in steps_of(dag):
        assert task.timeout.total_seconds() > 0, task.task_id
        asks_again = isinstance(task, HITLOperator) and not isinstance(task, ApproveOperator)
        assert (task.retries > 0) != asks_again, task.task_id


def test_warehouses_are_left_in_peace(dag):
    """It should end with a teardown, behind all others, that cancels what killed steps have left in a warehouse."""
    steps = {task.task_id for task in steps_of(dag) if isinstance(task, WarehouseOperator)}
    ends = [task for task in steps_of(dag) if isinstance(task, CancelStatementsOperator)]
    assert len(ends) == (1 if steps else 0)
    for end in ends:
        assert end.is_teardown
        assert not end.on_failure_fail_dagrun
        assert steps <= end.get_flat_relative_ids(upstream=True) | {end.task_id}


def test_templates_are_rendered(dag):
    """It should list in template_fields every attribute of a step that holds a template or another's output."""
    unrendered = [
        f"{task.task_id}.{name}"
        for task in steps_of(dag)
        for name, value in vars(task).items()
        if name not in _OF_EVERY_OPERATOR and name not in task.template_fields and _has_template(value)
    ]
    assert unrendered == []


def test_template_fields_are_arguments(dag):
    """It should name in template_fields only what a step has, each once."""
    for task in steps_of(dag):
        assert len(set(task.template_fields)) == len(task.template_fields), task.task_id
        assert all(hasattr(task, name) for name in task.template_fields), task.task_id


def test_templates_are_looked_for():
    """It should see a template in nested values, so that the test above can fail."""
    assert _has_template({"a": ["plain", {"b": "{{ run_id }}"}]})
    assert not _has_template({"a": ["plain", 1, None]})


def _has_template(value):
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    if isinstance(value, dict):
        return any(map(_has_template, value.values()))
    if isinstance(value, (list, tuple, set)):
        return any(map(_has_template, value))
    return isinstance(value, XComArg)


def _triggers():
    """Every trigger class that the project defines."""
    for found in pkgutil.walk_packages(switchyard.__path__, "switchyard."):
        if ".migrations" in found.name or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, BaseTrigger) and one.__module__ == module.__name__:
                yield one


@pytest.mark.parametrize("trigger", list(_triggers()), ids=lambda trigger: trigger.__name__)
def test_trigger_survives_storage(trigger):
    """It should be the same trigger after a journey through Airflow's database."""
    one = trigger(**EXAMPLES[trigger.__name__])
    path, arguments = one.serialize()
    stored = json.loads(json.dumps(arguments))
    again = import_string(path)(**stored)
    assert type(again) is trigger
    assert json.loads(json.dumps(again.serialize())) == [path, stored]
    assert stored == json.loads(json.dumps(EXAMPLES[trigger.__name__]))
