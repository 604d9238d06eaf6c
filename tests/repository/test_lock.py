"""What the locked packages cost those who start."""

import importlib.util


def test_nothing_is_built_as_jsonschema_is_imported():
    """It should lack the package that makes 38 grammars then: a third of the time in which Airflow starts."""
    assert importlib.util.find_spec("rfc3987_syntax") is None
