"""Files of Redshift's statements: what is let into them."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from switchyard.errors import BadInput
from switchyard.redshift.identifiers import Identifier, Principal
from switchyard.redshift.literals import Number, Text
from switchyard.sql import render_redshift


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a file and renders it."""
    monkeypatch.setenv("SWITCHYARD_INCLUDE", str(tmp_path))
    (tmp_path / "sql" / "redshift").mkdir(parents=True)

    def render(text, **values):
        (tmp_path / "sql" / "redshift" / "one.sql").write_text(text)
        return render_redshift("one.sql", **values)

    return render


def test_names_and_literals_are_rendered(written):
    """It should quote names and literals, also in lists and in members of lists."""
    columns = [
        {"name": Identifier("a"), "value": Text("o'hara")},
        {"name": Identifier("b"), "value": Number(7)},
    ]
    found = written(
        "-- why\nINSERT INTO {{ target }} ({{ names | join(', ') }})\n"
        "SELECT {% for one in columns %}{{ one.value }} AS {{ one.name }}{{ ', ' if not loop.last }}{% endfor %};\n",
        target=Identifier("sales", "orders"),
        names=[Identifier("a"), Identifier("b")],
        columns=columns,
    )
    assert found == ('-- why\nINSERT INTO "sales"."orders" ("a", "b")\nSELECT \'o\'\'hara\' AS "a", 7 AS "b"')
    assert found.file == "redshift/one.sql"


def test_flags_choose_and_are_not_printed(written):
    """It should take booleans and None for conditions alone."""
    text = "GRANT USAGE ON SCHEMA {{ schema }} TO {% if to %}{{ to }}{% else %}PUBLIC{% endif %}"
    schema = Identifier("shop")
    assert written(text, schema=schema, to=Principal("IAMR:x")).endswith('TO "IAMR:x"')
    assert written(text, schema=schema, to=None).endswith("TO PUBLIC")
    for flag in (True, None):
        with pytest.raises(TypeError, match="a placeholder prints"):
            written("SELECT {{ flag }}", flag=flag)


@pytest.mark.parametrize("value", ["orders", 7, 1.5, b"x", ["a"], {"a": "b"}, [{"a": ["b"]}], object()])
def test_loose_values_are_refused(written, value):
    """It should render nothing that did not pass a name's or a literal's checks, and not repeat it."""
    with pytest.raises(BadInput, match=r"value is '\w+': a statement takes no loose values"):
        written("SELECT {{ value }}", value=value)


def test_what_is_missing_is_an_error(written):
    """It should fail for a placeholder without value, or a file that is not there."""
    with pytest.raises(UndefinedError, match="'target' is undefined"):
        written("SELECT {{ target }}")
    with pytest.raises(BadInput, match=r"redshift/two\.sql"):
        render_redshift("two.sql")
