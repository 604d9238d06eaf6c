"""Names of what a run makes."""

import pytest

from switchyard.errors import BadInput
from switchyard.federated import names
from switchyard.redshift.identifiers import Identifier

STAMP = "2602010130-aaaaaa"


def test_each_run_has_tables_of_its_own():
    """It should name a run in its tables, the same each time, apart from those of other runs and purposes."""
    made = {
        names.stage("etl_stage", "orders", STAMP),
        names.key_set("etl_stage", "orders", STAMP),
        names.stage("etl_stage", "orders", "2602010130-bbbbbb"),
    }
    assert len(made) == 3
    assert names.stage("etl_stage", "orders", STAMP) == ("etl_stage", "orders_2602010130_aaaaaa")


def test_the_longest_name_fits():
    """It should leave room for what it adds to a table's name."""
    longest = "t" * names.LONGEST_TABLE
    assert Identifier(*names.key_set("etl_stage", longest, STAMP)).name.startswith(longest)


def test_other_text_is_no_stamp():
    """It should refuse what no run is called."""
    with pytest.raises(BadInput, match="it is no stamp"):
        names.stage("etl_stage", "orders", "x; DROP TABLE y")
