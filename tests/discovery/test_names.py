"""Names, keys and tokens of a run."""

import pytest

from switchyard.discovery.names import Store, client_token, job_name, job_prefix, run_date, table_folder
from switchyard.errors import BadInput

STAMP = "2602010130-aaaaaa"


def test_tokens_are_of_one_request():
    """It should give the same token for the same request of a run, another for each other, as Athena takes them."""
    token = client_token("p/a", STAMP, "insert 1")
    assert token == client_token("p/a", STAMP, "insert 1")
    others = {client_token("p/b", STAMP, "insert 1"), client_token("p/a", STAMP, "insert 2")}
    assert token not in others
    assert 32 <= len(token) <= 128


def test_partition_follows_from_the_stamp():
    """It should name day and run in the register's partition, and keep each run's evidence apart."""
    store = Store(STAMP)
    assert store.register == "register/run_date=2026-02-01/run_id=2602010130-aaaaaa/"
    assert store.raw_part("result", 2).startswith(store.raw("result"))
    assert store.raw_part("result", 2) == (
        "findings/macie/origin=result/run_id=2602010130-aaaaaa/part-00002.jsonl"
    )


def test_each_load_of_a_run_has_a_job_of_its_own():
    """It should name a job after run and load, so that what was searched before is not taken for it."""
    name = job_name("sensitive_data_discovery/customers", STAMP, "2026-02-01T01:31:00+00:00")
    assert name.startswith(job_prefix("sensitive_data_discovery/customers", STAMP))
    assert STAMP in name
    assert name != job_name("sensitive_data_discovery/customers", STAMP, "2026-02-01T01:45:00+00:00")


def test_other_text_is_no_stamp():
    """It should refuse what no run is called."""
    with pytest.raises(BadInput, match="it is no stamp"):
        run_date("yesterday")


def test_table_folder_is_that_of_dms():
    """It should join folder, schema and table as DMS does, awkward names too."""
    assert table_folder("extract/", "shop", "odd name") == "extract/shop/odd name/"
    assert table_folder("extract/", "shop", "/in/out") == "extract/shop//in/out/"
