"""Table mappings and task settings, against the sandbox's DMS, which reads them as AWS says."""

import json

import pytest

from sandbox.dms import mappings as dms
from sandbox.dms import task_settings as dms_settings
from switchyard.discovery.mappings import Place, same_mappings, select, table_mappings, unmatched
from switchyard.discovery.task_settings import differences, task_settings

PLACES = [
    Place("shop", "customer"), Place("shop", "customer_list", True), Place("shop", "customerXlist"),
    Place("shop", "odd name"), Place("shop", "a[b]c"), Place("other", "customer"), Place("shop", "50%"),
]  # fmt: skip


def choice(table="%", schema="shop", kind="table", columns=(), filters=()):
    return {"schema": schema, "table": table, "kind": kind, "exclude_columns": columns, "filters": filters}


@pytest.mark.parametrize(
    ("choices", "excluded"),
    [
        ([choice()], []),
        ([choice(kind="all")], []),
        ([choice("customer_list", kind="all")], []),
        ([choice("odd name"), choice("a[b]c")], []),
        ([choice(kind="all", schema="%")], [{"schema": "shop", "table": "customer%"}]),
    ],
)
def test_dms_takes_what_is_expected(choices, excluded):
    """It should expect the very tables that DMS takes of these mappings."""
    parsed = dms.parse(json.dumps(table_mappings(choices, excluded)))
    taken = parsed.select([dms.Place(*place) for place in PLACES])
    expected = [one.place for one in select(choices, excluded, PLACES)]
    assert sorted((one.place.schema, one.place.name) for one in taken) == [place[:2] for place in expected]
    assert expected


def test_rows_are_sampled_at_the_source():
    """It should say filters and columns left out as DMS takes them, and give every rule a number of its own."""
    between = {"column": "id", "operator": "between", "start": "1", "end": "9"}
    made = table_mappings([choice("staff", columns=["picture"], filters=[between])], [])
    selection, removal = made["rules"]
    [condition] = selection["filters"][0]["filter-conditions"]
    assert condition == {"filter-operator": "between", "start-value": "1", "end-value": "9"}
    assert (removal["rule-action"], removal["object-locator"]["column-name"]) == ("remove-column", "picture")
    assert len({rule["rule-id"] for rule in made["rules"]}) == 2
    assert same_mappings(made, json.dumps(made))
    assert not same_mappings(made, json.dumps({"rules": made["rules"][:1]}))


def test_choice_without_table_is_noticed():
    """It should name what fits nothing, as a view fits no choice of tables."""
    choices = [choice("customer"), choice("customer_list"), choice("gone")]
    assert unmatched(choices, PLACES) == ["shop.customer_list", "shop.gone"]


def test_settings_fail_closed():
    """It should ask DMS for what makes a load fail instead of leaving something out, and see where it is not so."""
    wanted = task_settings(lob_max_kb=64, subtasks=4)
    described = dms_settings.complete(json.dumps(wanted))
    assert differences(wanted, described) == []
    parsed = dms_settings.parse(described)
    assert {parsed.data_error_policy, parsed.truncation_policy, parsed.table_error_policy} == {"STOP_TASK"}
    assert (parsed.fail_on_no_tables, parsed.recoveries, parsed.prepare_target) == (True, 3, False)
    assert "ErrorBehavior.TableErrorPolicy is 'SUSPEND_TABLE', not 'STOP_TASK'" in differences(
        wanted, dms_settings.complete(None)
    )


def test_columns_left_out_are_known():
    """It should know of each table the columns that DMS leaves out, whichever choice names them."""
    choices = [
        choice("customer", columns=["picture"]),
        choice(columns=["notes"]),
        choice("odd name", columns=["x"]),
    ]
    left_out = {one.place.table: set(one.left_out) for one in select(choices, [], PLACES)}
    assert left_out["customer"] == {"picture", "notes"}
    assert left_out["50%"] == {"notes"}
