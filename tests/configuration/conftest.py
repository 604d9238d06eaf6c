"""A folder of configuration files to break."""

from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PIPELINES = REPOSITORY / "include" / "pipelines"
EXAMPLE = PIPELINES / "aurora_recovery" / "orders.yaml"
EXAMPLES = {
    "aurora_recovery": EXAMPLE,
    "federated_load": PIPELINES / "federated_load" / "retail.yaml",
    "sensitive_data_discovery": PIPELINES / "sensitive_data_discovery" / "customers.yaml",
    "synonym_refresh": PIPELINES / "synonym_refresh" / "products.yaml",
    "warehouse_health": PIPELINES / "warehouse_health" / "analytics.yaml",
}


class Files:
    """Configuration files of a pipeline in a temporary folder, made from the example that the project ships."""

    def __init__(self, home, pipeline):
        self.home = home / "pipelines"
        self.pipeline = pipeline
        (self.home / pipeline).mkdir(parents=True)

    def write(self, name, text):
        path = self.home / self.pipeline / name
        path.write_text(text, encoding="utf-8")
        return path

    def example(self, name=None, set=None, drop=None):
        """Write the example with fields, named by their dotted path, set or dropped."""
        example = EXAMPLES[self.pipeline]
        name = name or example.name
        data = yaml.safe_load(example.read_text(encoding="utf-8"))
        for path, value in (set or {}).items():
            place, field = self._place(data, path)
            place[field] = value
        if drop:
            place, field = self._place(data, drop)
            del place[field]
        return self.write(name, yaml.safe_dump(data, allow_unicode=True))

    def without(self, field, name=None):
        """Take a field, named by its dotted path, out of a file that was written."""
        name = name or EXAMPLES[self.pipeline].name
        data = yaml.safe_load((self.home / self.pipeline / name).read_text(encoding="utf-8"))
        place, last = self._place(data, field)
        place.pop(last, None)
        return self.write(name, yaml.safe_dump(data, allow_unicode=True))

    @staticmethod
    def _place(data, path):
        *sections, field = path.split(".")
        for section in sections:
            data = data[int(section)] if isinstance(data, list) else data.setdefault(section, {})
        return data, field


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path, "aurora_recovery")


@pytest.fixture
def synonym_files(tmp_path):
    return Files(tmp_path, "synonym_refresh")
