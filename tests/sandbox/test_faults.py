import pytest

from sandbox.faults import Fault, Faults

CALL = ("rds:CopyDBClusterSnapshot", "111111111111", "us-west-1")


def struck(faults, count, call=CALL):
    return [bool(faults.take(*call)) for _ in range(count)]


def test_fault_strikes_after_some_calls_a_number_of_times():
    """It should let the first calls pass, then strike as often as told, then let all pass."""
    faults = Faults()
    faults.add(Fault("rds:CopyDBClusterSnapshot", "throttle", after=1, times=2))
    assert struck(faults, 5) == [False, True, True, False, False]
    assert [(rule["seen"], rule["hits"]) for rule in faults.report()] == [(5, 2)]


def test_fault_without_limit_strikes_until_cleared():
    """It should strike every call until the rules are dropped."""
    faults = Faults()
    faults.add(Fault("rds:*", "throttle", times=None))
    assert struck(faults, 3) == [True, True, True]
    faults.clear()
    assert struck(faults, 2) == [False, False]


def test_probability_is_the_same_on_every_run():
    """It should strike the same calls for the same seed, and others for another."""

    def run(seed):
        faults = Faults()
        faults.add(Fault("rds:*", "throttle", times=None, probability=0.5, seed=seed))
        return struck(faults, 64)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 16 < sum(run(1)) < 48


@pytest.mark.parametrize(
    ("narrowing", "call", "expected"),
    [
        ({}, CALL, True),
        ({"operation": "RDS:copydb*"}, CALL, True),
        ({"operation": "rds:Describe*"}, CALL, False),
        ({"account": "222222222222"}, CALL, False),
        ({"region": "us-west-1"}, CALL, True),
        ({"region": "us-west-2"}, CALL, False),
    ],
)
def test_fault_can_be_narrowed(narrowing, call, expected):
    """It should strike only calls of its operation, account and Region."""
    faults = Faults()
    faults.add(Fault(**{"operation": call[0], "kind": "throttle", **narrowing}))
    assert struck(faults, 1, call) == [expected]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"kind": "explode"}, "unknown kind 'explode'"),
        ({"operation": "CopyDBClusterSnapshot"}, "operation must read service:Operation"),
        ({"kind": "error"}, "kind error needs a code"),
        ({"kind": "slow"}, "kind slow needs seconds above 0"),
        ({"kind": "stale"}, "kind stale needs seconds above 0"),
        ({"kind": "duplicate"}, "works on sns:Deliver and firehose:Deliver only"),
        ({"probability": 0}, "probability must be above 0"),
        ({"times": 0}, "times must be 1 or more"),
        ({"after": -1}, "after 0 or more"),
    ],
)
def test_impossible_rules_are_refused(rule, problem):
    """It should say what is wrong with a rule that could never work."""
    with pytest.raises(ValueError, match=problem):
        Fault(**{"operation": CALL[0], "kind": "throttle", **rule})


def test_fault_strikes_statements_that_match():
    """It should look for a regular expression in the text, and count none that does not match."""
    faults = Faults()
    faults.add(Fault("redshift-data:Execute", "error", code="1023", matching=r"delete\s+from orders"))
    call = ("redshift-data:Execute", "111111111111", "us-west-1")
    struck = [
        bool(faults.take(*call, text))
        for text in ("select 1", None, "DELETE\n from orders", "delete from orders")
    ]
    assert struck == [False, False, True, False]
    assert [(rule["seen"], rule["hits"]) for rule in faults.report()] == [(2, 1)]


def test_rules_for_every_service_spare_what_is_inside():
    """It should strike work inside the sandbox only where the service is named."""
    faults = Faults()
    for operation in ("*:*", "dms:*"):
        faults.add(Fault(operation, "throttle", times=None))
    load = ("dms:Load/customers/sakila.store", "111111111111", "us-west-2")
    assert [fault.operation for fault in faults.take(*load, inside=True)] == ["dms:*"]
    assert [fault.operation for fault in faults.take(*CALL)] == ["*:*"]
