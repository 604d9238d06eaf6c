"""A folder of configuration files to break."""

from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "include" / "pipelines" / "aurora_recovery" / "orders.yaml"


class Files:
    """Configuration files in a temporary folder, made from the example that the project ships."""

    def __init__(self, home):
        self.home = home / "pipelines"
        (self.home / "aurora_recovery").mkdir(parents=True)

    def write(self, name, text):
        path = self.home / "aurora_recovery" / name
        path.write_text(text, encoding="utf-8")
        return path

    def example(self, name="orders.yaml", set=None, drop=None):
        """Write the example with fields, named by their dotted path, set or dropped."""
        data = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
        for path, value in (set or {}).items():
            place, field = self._place(data, path)
            place[field] = value
        if drop:
            place, field = self._place(data, drop)
            del place[field]
        return self.write(name, yaml.safe_dump(data, allow_unicode=True))

    @staticmethod
    def _place(data, path):
        *sections, field = path.split(".")
        for section in sections:
            data = data.setdefault(section, {})
        return data, field


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)
