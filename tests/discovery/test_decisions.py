"""New exposures, exceptions, costs, jobs and custom identifiers."""

from datetime import date

import pytest

from switchyard.discovery.costs import GIGABYTE, require_below_cap
from switchyard.discovery.exposures import Exposure, ReviewedException, expired, judge
from switchyard.discovery.identifiers import creation, is_same, trial
from switchyard.discovery.macie_job import Search, job_problem, job_request
from switchyard.errors import NotAllowed

TODAY = date(2026, 2, 1)
EMAIL = Exposure("sakila", "customer", "email", "custom:EMAIL")
PHONE = Exposure("sakila", "address", "phone", "PHONE_NUMBER")


def exception(exposure=EMAIL, expires=TODAY, **changes):
    return ReviewedException(
        **exposure._asdict() | {"owner": "dpo", "reason": "r", "expires": expires} | changes
    )


def look(*now, known=(), alerted=None, exceptions=()):
    return judge(
        now, known=known, alerted=known if alerted is None else alerted, exceptions=exceptions, today=TODAY
    )


def test_only_news_alerts():
    """It should alert on what the register did not have, and tell what is gone."""
    judged = look(EMAIL, EMAIL, known=[PHONE])
    assert (judged.alerting, judged.known, judged.gone) == ((EMAIL,), (), (PHONE,))
    assert look(EMAIL, known=[EMAIL]).alerting == ()


def test_nothing_is_gone_that_may_be_hidden():
    """It should not take for gone what this run could not see, or of which places were told for some columns alone."""
    assert judge((), known=[EMAIL], alerted=[], exceptions=[], today=TODAY, is_whole=False).gone == ()
    hidden = [("sakila", "customer", "custom:EMAIL")]
    known = [EMAIL, PHONE]
    assert judge((), known=known, alerted=[], exceptions=[], today=TODAY, hidden=hidden).gone == (PHONE,)


def test_lost_alert_is_made_good():
    """It should alert on what is in the register and nobody was told of."""
    assert look(EMAIL, known=[EMAIL], alerted=[]).alerting == (EMAIL,)


@pytest.mark.parametrize("wide", [{}, {"column": "*"}, {"detector": "*"}])
def test_exception_silences_until_it_expires(wide):
    """It should silence on its last day still, and alert from the next on."""
    [silenced] = look(EMAIL, PHONE, exceptions=[exception(**wide)]).silenced
    assert silenced[0] == EMAIL
    late = exception(expires=date(2026, 1, 31), **wide)
    assert look(EMAIL, exceptions=[late]).alerting == (EMAIL,)
    assert expired([late, exception()], TODAY) == [late]
    assert look(EMAIL, exceptions=[exception(PHONE)]).alerting == (EMAIL,)


def test_cost_has_a_cap():
    """It should refuse a search that would cost more, with the sum and the way out."""
    assert require_below_cap("x", GIGABYTE, usd_per_gb=1.0, max_usd=1.0) == 1.0
    with pytest.raises(
        NotAllowed, match=r"2\.00 GB at 1 USD cost about 2\.00 USD, and cost\.max_usd allows 1"
    ):
        require_below_cap("x", 2 * GIGABYTE, usd_per_gb=1.0, max_usd=1.0)


def test_job_is_of_the_run():
    """It should make the same request each time, for the run's objects alone, whole and with a token."""
    arguments = {
        "pipeline": "sensitive_data_discovery/customers", "stamp": "2602010130-aaaaaa", "account_id": "1" * 12,
        "bucket": "b", "folder": "extract/", "loaded_from": "2026-02-01T00:00:00.750000+00:00",
        "search": Search("ALL", (), ("c-1",), ()),
    }  # fmt: skip
    request = job_request(**arguments)
    assert request == job_request(**arguments)
    assert request["samplingPercentage"] == 100
    assert request["customDataIdentifierIds"] == ["c-1"]
    assert "managedDataIdentifierIds" not in request
    terms = [one["simpleScopeTerm"] for one in request["s3JobDefinition"]["scoping"]["includes"]["and"]]
    assert [(one["key"], one["values"]) for one in terms] == [
        ("OBJECT_KEY", ["extract/"]),
        ("OBJECT_EXTENSION", ["parquet"]),
        ("OBJECT_LAST_MODIFIED_DATE", ["2026-02-01T00:00:00Z"]),
    ]
    again = job_request(**arguments | {"loaded_from": "2026-02-01T01:00:00+00:00"})
    assert again["clientToken"] != request["clientToken"]


@pytest.mark.parametrize(
    "loaded_from",
    ["2026-02-01T12:00:05.700000+00:00", "2026-02-01T13:00:05.7+01:00", "2026-02-01T12:00:05"],
)
def test_scope_begins_at_the_second_in_utc(loaded_from):
    """It should write the moment as Macie reads it, not later than the first object."""
    search = Search("ALL", (), (), ())
    place = {"account_id": "1" * 12, "bucket": "b", "folder": "extract/"}
    request = job_request(pipeline="p", stamp="s", loaded_from=loaded_from, search=search, **place)
    *_, last = request["s3JobDefinition"]["scoping"]["includes"]["and"]
    assert last["simpleScopeTerm"]["values"] == ["2026-02-01T12:00:05Z"]


def test_complete_with_errors_is_no_success():
    """It should not believe in a job that could not read all of it."""
    assert job_problem({"jobStatus": "COMPLETE", "lastRunErrorStatus": {"code": "NONE"}}) == ""
    assert "ERROR" in job_problem({"jobStatus": "COMPLETE", "lastRunErrorStatus": {"code": "ERROR"}})
    assert "CANCELLED" in job_problem({"jobStatus": "CANCELLED"})


def test_identifier_is_known_by_its_definition():
    """It should use what Macie has only where name and definition are the same."""
    wanted = {
        "name": "EMAIL", "regex": "x+", "keywords": ["b", "a"], "ignore_words": [], "distance": 50,
        "severity_levels": [], "finds": ["xx"], "not_finds": [],
    }  # fmt: skip
    found = {
        "name": "EMAIL",
        "regex": "x+",
        "keywords": ["a", "b"],
        "maximumMatchDistance": 50,
        "deleted": False,
    }
    assert is_same(wanted, found)
    assert not is_same(wanted, found | {"deleted": True})
    assert not is_same(wanted, found | {"regex": "x"})
    assert not is_same(wanted | {"keywords": []}, found)
    levels = [{"occurrences": 1, "severity": "HIGH"}]
    assert not is_same(wanted | {"severity_levels": levels}, found)
    assert creation(wanted)["clientToken"] != creation(wanted | {"regex": "y"})["clientToken"]
    assert trial(wanted, "xx")["sampleText"] == "xx"
