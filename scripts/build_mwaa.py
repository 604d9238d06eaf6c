"""Builds what an Amazon MWAA environment reads from its bucket: dags/, plugins.zip, requirements.txt, startup.sh.

Usage:
    .venv/bin/python -m scripts.build_mwaa FOLDER [--certificates global-bundle.pem] [--constraints FILE]

The same sources give the same bytes, so that an upload changes the version of what has changed and of nothing else.
docs/how-to/run-on-mwaa.md tells what to do with them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MWAA = REPOSITORY / "deploy" / "mwaa"
INSTALLED = "/usr/local/airflow/dags/constraints.txt"
UNWANTED = ("__pycache__", "*.pyc")
SINCE = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip file can give its members; all get it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build into the folder; 1 where it holds something already."""
    parser = argparse.ArgumentParser(prog="python -m scripts.build_mwaa", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--certificates", type=Path, help="Amazon's global-bundle.pem")
    parser.add_argument(
        "--constraints", type=Path, help="constraints to ship, for a network without the Internet"
    )
    options = parser.parse_args(arguments)
    if options.folder.exists() and any(options.folder.iterdir()):
        sys.stderr.write(f"{options.folder} is not empty. Name a new folder\n")
        return 1
    build(options.folder, certificates=options.certificates, constraints=options.constraints)
    return 0


def build(folder: Path, *, certificates: Path | None = None, constraints: Path | None = None) -> None:
    """Write everything into an empty folder."""
    dags = folder / "dags"
    shutil.copytree(REPOSITORY / "dags", dags, ignore=shutil.ignore_patterns(*UNWANTED))
    shutil.copytree(REPOSITORY / "include", dags / "include", ignore=shutil.ignore_patterns(*UNWANTED))
    # Nothing below it is a DAG file; Airflow need not look.
    (dags / ".airflowignore").write_text("include/\n")
    if certificates:
        (dags / "include" / "certificates").mkdir()
        shutil.copyfile(certificates, dags / "include" / "certificates" / "global-bundle.pem")
    _zip(REPOSITORY / "plugins", folder / "plugins.zip")
    shutil.copyfile(MWAA / "startup.sh", folder / "startup.sh")
    requirements = (MWAA / "requirements.txt").read_text()
    if constraints:
        shutil.copyfile(constraints, dags / "constraints.txt")
        requirements = _constrained_by(INSTALLED, requirements)
    (folder / "requirements.txt").write_text(requirements)


def _constrained_by(place: str, requirements: str) -> str:
    lines = requirements.splitlines()
    return (
        "\n".join(f'--constraint "{place}"' if line.startswith("--constraint") else line for line in lines)
        + "\n"
    )


def _zip(source: Path, target: Path) -> None:
    """Pack what a folder holds, not the folder: MWAA unpacks it into plugins/."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(_files(source)):
            member = zipfile.ZipInfo(path.relative_to(source).as_posix(), SINCE)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(member, path.read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path


if __name__ == "__main__":
    sys.exit(main())
