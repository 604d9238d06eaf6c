"""`make bench`: run every benchmark of this folder in a process of its own and print one page."""

from __future__ import annotations

import ast
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    """Run all benchmarks; the number of those that missed their bars or failed."""
    print(f"# Benchmarks\n\n{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    return sum(run(path) for path in sorted(FOLDER.glob("[!_]*.py")))


def run(path: Path) -> bool:
    """Run one benchmark under its own heading; True when it missed a bar or failed."""
    heading = (ast.get_docstring(ast.parse(path.read_text())) or path.stem).splitlines()[0]
    print(f"\n## {heading}\n", flush=True)
    began = time.monotonic()
    failed = subprocess.run([sys.executable, path], check=False).returncode != 0
    print(f"\n({path.name}: {'MISSED' if failed else 'met'}, {time.monotonic() - began:.0f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
