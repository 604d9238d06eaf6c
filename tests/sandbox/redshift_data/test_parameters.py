from sandbox.redshift_data.parameters import bound, names
from tests.support.dms import refused


def given(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def test_parameters_stand_outside_of_texts():
    """It should find names in the statement itself: not in texts, quoted names, comments or casts."""
    sql = """select ':a', ":b", x::date, $$:c$$, :d -- :e
        from t /* :f */ where y = :g_1"""
    assert names([sql, "select :h"]) == {"d", "g_1", "h"}


def test_value_becomes_a_literal():
    """It should quote a value, whatever it holds."""
    assert bound("select :a, ':a', :b", {"a": "it's"}) == "select 'it''s', ':a', :b"


def test_values_are_cast_as_they_are_needed(orders):
    """It should compare with numbers and texts alike, in all statements of a batch."""
    assert orders.rows("select customer from orders where id = :id", Parameters=given(id="2")) == [("Bob",)]
    asked = given(id="2", name="Ann")
    batch = orders.run(
        ["delete from orders where id = :id", "select id from orders where customer = :name"],
        Parameters=asked,
    )
    assert orders.result(f"{batch['Id']}:2") == [(1,)]


def test_value_cannot_leave_its_place(orders):
    """It should be nothing but a value, whatever it holds."""
    asked = given(name="' or 1 = 1; drop table orders; --")
    assert orders.rows("select count(*) from orders where customer = :name", Parameters=asked) == [(0,)]
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_parameter_without_use(api):
    """It should refuse a parameter that no statement refers to, also where it stands in a text."""
    message = refused("ValidationException", api.start, "select ':b', :a", Parameters=given(a="1", b="2"))
    assert message == "Parameters b are not used in the SQL statement."
    refused("ValidationException", api.start, ["select 1", "select 2"], Parameters=given(a="1"))


def test_names_that_were_not_given(api):
    """It should leave them to the database, which knows no such thing."""
    assert api.failed("select :b")["Error"].startswith("ERROR: ")


def test_parameters_of_the_same_name(api):
    """It should refuse them."""
    asked = [*given(a="1"), *given(a="2")]
    assert "different names" in refused("ValidationException", api.start, "select :a", Parameters=asked)
