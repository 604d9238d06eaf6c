"""Writes docs/pipelines from the DAG files, or tells whether the pages there are current.

Usage:
    PYTHONPATH=.:plugins python -m scripts.dag_pages write
    PYTHONPATH=.:plugins python -m scripts.dag_pages check

A page is the docstring of its DAG file and what Airflow makes of that file with the shipped configuration.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import DAG

REPOSITORY = Path(__file__).resolve().parents[1]
DAGS = REPOSITORY / "dags"
PAGES = REPOSITORY / "docs" / "pipelines"
INDEX = "README.md"
WRITTEN = "<!-- Written by `python -m scripts.dag_pages write` from dags/{}; change that. -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 says that a page is not current."""
    parser = argparse.ArgumentParser(prog="python -m scripts.dag_pages", description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["write", "check"])
    command = parser.parse_args(arguments).command
    _prepare()
    wanted = pages()
    if command == "write":
        return _write(wanted)
    for name in stale(wanted):
        _say(f"docs/pipelines/{name} is not current. Run: python -m scripts.dag_pages write")
    return 1 if stale(wanted) else 0


def pages() -> dict[str, str]:
    """The wanted text of every page by file name.

    Raises:
        RuntimeError: a DAG file cannot be imported.
    """
    by_file: dict[str, DAG] = {}
    for dag in _dags():
        by_file.setdefault(Path(dag.fileloc).stem, dag)
    written = {f"{stem}.md": _page(stem, dag) for stem, dag in sorted(by_file.items())}
    return {INDEX: _index(by_file), **written}


def stale(wanted: Mapping[str, str]) -> list[str]:
    """Names of the pages that are missing, out of date, or of no DAG file."""
    found = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def _prepare() -> None:
    """Give Airflow, which writes settings at its import, a home of its own; use the shipped configuration."""
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="switchyard-airflow-")
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
    os.environ["SWITCHYARD_PIPELINES"] = str(REPOSITORY / "include" / "pipelines")


def _write(wanted: Mapping[str, str]) -> int:
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale(wanted):
        path = PAGES / name
        if name in wanted:
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
        _say(f"{'wrote' if name in wanted else 'removed'} docs/pipelines/{name}")
    return 0


def _dags() -> list[DAG]:
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - takes its settings at import

    bag = DagBag(DAGS)
    if bag.import_errors:
        raise RuntimeError("\n".join(f"{file}: {error}" for file, error in bag.import_errors.items()))
    return [bag.dags[dag_id] for dag_id in sorted(bag.dags)]


def _index(by_file: Mapping[str, DAG]) -> str:
    rows = []
    for path in sorted(DAGS.glob("*.py")):
        title = _docstring(path).split("\n")[0].lstrip("# ")
        name = f"[`{path.stem}__<name>`]({path.stem}.md)" if path.stem in by_file else "none"
        rows.append((f"[{path.name}](../../dags/{path.name})", name, title))
    lines = [
        WRITTEN.format("*.py"),
        "# Pipelines",
        "One file in `dags/` defines one DAG for each configuration file of its pipeline; `<name>` is the name of "
        "that file.",
        _table(("file", "DAG", "what it does"), rows),
    ]
    return "\n\n".join(lines) + "\n"


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def _page(stem: str, dag: DAG) -> str:
    parts = [
        WRITTEN.format(f"{stem}.py"),
        (dag.doc_md or "").strip(),
        "## Starts",
        "\n".join(_starts(dag)),
        "## Form",
        "The fields of Airflow's trigger form. Defaults come from the configuration; those below are of the shipped "
        f"`{dag.dag_id}`.",
        _table(("field", "name in `conf`", "type", "default", "limits", "meaning"), _params(dag)),
        "## Steps",
        "At most: the whole time that a step may take, waits and retries included, from `waits.timeouts_minutes`.",
        _table(("#", "task", "step", "operator", "at most"), _tasks(dag)),
        "## Uses",
        _table(("what", "which"), _uses(dag)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _starts(dag: DAG) -> Iterator[str]:
    for schedule in _schedules(dag.schedule):
        yield f"- {_schedule(schedule)}"
    yield f"- By hand: from the form in the web UI, or with `airflow dags trigger {dag.dag_id}`."
    missed = "made up for" if dag.catchup else "left out"
    yield f"- Runs at a time: {dag.max_active_runs}. Missed runs are {missed}."


def _schedules(schedule: Any) -> list[Any]:
    """The time part and the asset part of a schedule, each by itself."""
    if schedule is None:
        return []
    parts = [getattr(schedule, name, None) for name in ("timetable", "asset_condition")]
    parts += getattr(schedule, "objects", [])
    nested = [part for part in parts if part is not None and not type(part).__name__.endswith("NullAsset")]
    if nested:
        return [each for part in nested for each in _schedules(part)]
    return list(schedule) if isinstance(schedule, (list, tuple)) else [schedule]


def _schedule(schedule: Any) -> str:
    if hasattr(schedule, "expression"):
        return f"By schedule: `{schedule.expression}` ({schedule.timezone}), from `schedule` in the configuration."
    watchers = ", ".join(
        f"its watcher `{watcher.name}` is a `{_class_name(watcher.trigger)}`" for watcher in schedule.watchers
    )
    return f"By an event of the asset `{schedule.name}`{': ' if watchers else ''}{watchers}."


def _class_name(trigger: Any) -> str:
    return str(getattr(trigger, "classpath", type(trigger).__name__)).rpartition(".")[2]


def _params(dag: DAG) -> Iterator[tuple[str, ...]]:
    for name in dag.params:
        param = dag.params.get_param(name)
        schema = param.schema
        yield (
            schema.get("title", name),
            f"`{name}`",
            _type(schema.get("type")),
            f"`{json.dumps(param.value)}`" if param.value is not None else "empty",
            _limits(schema),
            param.description or "",
        )


def _type(declared: str | Sequence[str] | None) -> str:
    names = [declared] if isinstance(declared, str) else list(declared or ())
    wanted = " or ".join(name for name in names if name != "null")
    return f"{wanted}, may be empty" if "null" in names else wanted


def _limits(schema: Mapping[str, Any]) -> str:
    if "minimum" in schema or "maximum" in schema:
        return f"{schema.get('minimum', 'any')} to {schema.get('maximum', 'any')}"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    return f"`{schema['pattern']}`" if "pattern" in schema else ""


def _tasks(dag: DAG) -> Iterator[tuple[str, ...]]:
    seen: set[str] = set()
    for task in dag.topological_sort():
        group = task.task_group.group_id if task.task_group else None
        name = (task.task_display_name or "").removesuffix(f": {group}")
        if name in seen:
            continue  # the same step of another group
        seen.add(name)
        number, _, title = name.partition(". ")
        operator = task.operator_class if task.is_mapped else type(task)
        timeout = task.partial_kwargs.get("timeout") if task.is_mapped else getattr(task, "timeout", None)
        each = f", once for each {' and '.join(task.expand_input.value)}" if task.is_mapped else ""
        yield (
            number if title else "",
            f"`{task.task_id if group is None else task.task_id.replace(group, '<group>', 1)}`",
            f"{title or number}{each if group is None else ', once for each group'}",
            f"{_operator(operator)}: {_first_line(operator)}",
            _duration(timeout),
        )


def _operator(operator: type) -> str:
    source = Path(inspect.getfile(operator)).resolve()
    if not source.is_relative_to(REPOSITORY / "plugins"):
        return f"`{operator.__name__}`"
    return f"[`{operator.__name__}`](../../{source.relative_to(REPOSITORY).as_posix()})"


def _first_line(operator: type) -> str:
    return (inspect.getdoc(operator) or "").split("\n\n")[0].replace("\n", " ")


def _duration(timeout: timedelta | None) -> str:
    if timeout is None:
        return ""
    minutes, seconds = divmod(int(timeout.total_seconds()), 60)
    hours, rest = divmod(minutes, 60)
    parts = ((hours, "h"), (rest, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _uses(dag: DAG) -> Iterator[tuple[str, str]]:
    tasks = list(dag.tasks)
    pipeline = next(task.pipeline for task in tasks if hasattr(task, "pipeline"))
    folder = pipeline.partition("/")[0]
    home = "../../include/pipelines"
    yield "configuration", f"[include/pipelines/{pipeline}.yaml]({home}/{pipeline}.yaml)"
    yield "its schema", f"[include/pipelines/schema/{folder}.json]({home}/schema/{folder}.json)"
    yield "connections", _named(tasks, "aws_conn_id", "ledger_conn_id")
    yield "pools", _named(tasks, "pool")
    yield "tags", ", ".join(f"`{tag}`" for tag in sorted(dag.tags))


def _named(tasks: Iterable[Any], *attributes: str) -> str:
    found = {getattr(task, name) for task in tasks for name in attributes if hasattr(task, name)}
    return ", ".join(f"`{value}`" for value in sorted(found))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
