"""Mutation testing of the pure logic: mutmut changes it in many small ways, and its tests must notice each.

A change that no test notices survives. It is killed by a better test, or explained in `survivors.yaml`: such a change
makes no difference that anybody could see.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
EXPLAINED = Path(__file__).with_name("survivors.yaml")
KILLED = {1, 3, 24, -24, 36, 152, 255, -9, -11}
"""How pytest, or the system on its behalf, ends where a test failed, never ended or took the process down."""
COPIED = (
    "benchmarks",
    "dags",
    "demo",
    "deploy",
    "docs",
    "include",
    "resilience",
    "sandbox",
    "scripts",
    "tests",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "assets", "node_modules")
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = [
    "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "resilience.quick",
    "-k", "not many_rows and not standard_library and not chance",
]
timeout_multiplier = 8.0
track_dependencies = false
use_git_change_detection = false
"""
"""The tests left out take many rows, all characters or many lines of chance: too long to run for each change."""
SHOW = """
import json, sys
from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant
print(json.dumps([get_diff_for_mutant(name, path=find_mutant(name).path) for name in sys.argv[1:]]))
"""
"""What `mutmut show` does, for many changes in one process."""


@dataclass(frozen=True)
class Part:
    """A part of the pure logic, and the tests that must notice its changes.

    Attributes:
        name: chooses it.
        modules: below `plugins/switchyard`.
        tests: files below `tests`.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = (
    Part(
        "swap",
        ("aurora_recovery/swap", "aurora_recovery/swap_plan", "aurora_recovery/settling"),
        (
            "aurora_recovery/test_swap",
            "aurora_recovery/test_swap_order",
            "aurora_recovery/test_swap_properties",
            "aurora_recovery/test_settling",
            "aurora_recovery/test_settling_calls",
        ),
    ),
    Part(
        "synonyms",
        ("synonyms/rules", "synonyms/grammar", "synonyms/compiler"),
        (
            "synonyms/test_rules",
            "synonyms/test_grammar",
            "synonyms/test_compiler",
            "synonyms/test_compiler_rows",
            "synonyms/test_goldens",
        ),
    ),
    Part("windows", ("federated/windows",), ("federated/test_windows",)),
    Part(
        "retention",
        ("aurora_recovery/retention",),
        ("aurora_recovery/test_retention", "aurora_recovery/test_retention_schedules"),
    ),
    Part("error-table", ("aws/error_table",), ("aws/test_error_table",)),
)


@dataclass(frozen=True)
class Change:
    """A change that no test noticed.

    Attributes:
        module: as in `Part.modules`.
        function: where it is; a method follows its class and a full stop.
        was, becomes: the lines before and after, without what is the same around them.
    """

    module: str
    function: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Score:
    """What came of a part's changes."""

    mutants: int
    killed: int
    survivors: tuple[Change, ...]

    @property
    def percent(self) -> float:
        """How many of a hundred changes were noticed."""
        return round(100 * self.killed / self.mutants, 1)

    @property
    def unexplained(self) -> tuple[Change, ...]:
        """The survivors of which nobody has said why they make no difference."""
        reasons = explained()
        return tuple(one for one in self.survivors if one not in reasons)


def explained() -> dict[Change, str]:
    """What `survivors.yaml` explains, and how."""
    reasons = {}
    for entry in yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")):
        change = Change(entry["module"], entry["function"], _lines(entry["was"]), _lines(entry["becomes"]))
        reasons[change] = entry["why"]
    return reasons


def mutate(part: Part, folder: Path, processes: int = 2) -> Score:
    """Change a part in every way that mutmut knows, and run its tests after each change.

    Args:
        part: what to change.
        folder: where to; it is made anew.
        processes: how many changes are tried at a time.

    Raises:
        RuntimeError: mutmut did not come to its end, with what it said last.
    """
    _lay_out(part, folder)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    results = {name: status for module in part.modules for name, status in _results(folder, module)}
    if not results or None in results.values():
        raise RuntimeError(f"mutmut ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    survivors = [name for name, status in sorted(results.items()) if status not in KILLED]
    return Score(
        mutants=len(results),
        killed=sum(status in KILLED for status in results.values()),
        survivors=tuple(_changes(folder, survivors)),
    )


def _lay_out(part: Part, folder: Path) -> None:
    """Lay the repository out as mutmut wants it: what is changed lies below `src`, and is found there alone."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(REPOSITORY / "plugins" / "switchyard", folder / "src" / "switchyard", ignore=LEFT_OUT)
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=LEFT_OUT)
    settings = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    settings = re.sub(r"(?m)^pythonpath = .*$", "", settings)
    settings += SETTINGS.format(
        modules=json.dumps([f"src/switchyard/{module}.py" for module in part.modules]),
        copied=json.dumps(COPIED),
        tests=json.dumps([f"tests/{test}.py" for test in part.tests]),
    )
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")


def _results(folder: Path, module: str) -> Iterator[tuple[str, int | None]]:
    """Each change of a module by mutmut's name for it, with how its tests ended; None where they did not."""
    path = folder / "mutants" / "src" / "switchyard" / f"{module}.py.meta"
    if path.exists():
        yield from json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def _changes(folder: Path, names: Sequence[str]) -> Iterator[Change]:
    command = [sys.executable, "-c", SHOW, *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    for name, difference in zip(names, json.loads(done.stdout.splitlines()[-1]), strict=True):
        lines = [line for line in difference.splitlines() if line[:3] not in ("+++", "---")]
        was, becomes = ("\n".join(line[1:] for line in lines if line[:1] == sign) for sign in "-+")
        module, _, mangled = name.removeprefix("switchyard.").rpartition(".")
        yield Change(module.replace(".", "/"), _function(mangled), _lines(was), _lines(becomes))


def _function(mangled: str) -> str:
    """The function or method that mutmut names `x_function__mutmut_3` or `xǁClassǁmethod__mutmut_3`."""
    return mangled.rpartition("__mutmut_")[0].removeprefix("x").removeprefix("_").strip("ǁ").replace("ǁ", ".")


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def shown(survivors: Sequence[Change]) -> str:
    """Survivors as entries of `survivors.yaml` that want their reason."""
    return "\n".join(
        yaml.safe_dump([vars(one) | {"why": ""}], sort_keys=False, allow_unicode=True, width=1000)
        for one in survivors
    )
