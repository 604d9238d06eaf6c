"""Names of a run: rules of RDS, stability, budget."""

import re
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery.names import (
    LONGEST_INSTANCE_ID,
    LONGEST_PROTECTED_ID,
    RecoveryNames,
    valid_identifier,
)
from switchyard.errors import BadInput
from switchyard.run_stamp import run_stamp

RDS_RULE = re.compile(r"(?!.*--)[a-z][a-z0-9-]{0,62}(?<!-)")
IDENTIFIERS = st.from_regex(r"[A-Za-z](-?[A-Za-z0-9]){0,45}", fullmatch=True)
STAMPS = st.builds(
    run_stamp,
    st.text(min_size=1, max_size=30),
    st.text(min_size=1, max_size=30),
    st.datetimes(timezones=st.just(UTC)),
)


def names_of(names):
    return [
        names.snapshot_id,
        names.candidate_id,
        names.retired_id,
        names.final_snapshot_id,
        names.candidate_instance_id("reader-2"),
        names.retired_instance_id("reader-2"),
    ]


@given(identifier=IDENTIFIERS, stamp=STAMPS)
def test_names_obey_rds_or_the_budget_is_named(identifier, stamp):
    """It should give six different legal names for every legal cluster, or say how long the name may be."""
    if len(identifier) > LONGEST_PROTECTED_ID:
        with pytest.raises(BadInput, match=f"has {len(identifier)} characters, {LONGEST_PROTECTED_ID} fit"):
            RecoveryNames.for_run(identifier, stamp)
        return
    found = names_of(RecoveryNames.for_run(identifier, stamp))
    assert len(set(found)) == 6
    assert [name for name in found if not RDS_RULE.fullmatch(name)] == []


@given(identifier=IDENTIFIERS, stamp=STAMPS)
def test_instance_names_obey_rds_or_the_budget_is_named(identifier, stamp):
    """It should give a legal name for every legal instance, or say how long the name may be."""
    names = RecoveryNames.for_run("orders", stamp)
    if len(identifier) > LONGEST_INSTANCE_ID:
        with pytest.raises(BadInput, match=f"has {len(identifier)} characters, {LONGEST_INSTANCE_ID} fit"):
            names.candidate_instance_id(identifier)
        return
    assert RDS_RULE.fullmatch(names.candidate_instance_id(identifier))
    assert names.candidate_instance_id(identifier) == names.candidate_instance_id(identifier.upper())


def test_longest_cluster_id_uses_the_whole_budget():
    """It should let the longest name of a run have exactly the 63 characters of RDS."""
    names = RecoveryNames.for_run("a" * LONGEST_PROTECTED_ID, "2601310930-0a1b2c")
    assert max(map(len, names_of(names))) == 63


@pytest.mark.parametrize(
    "identifier", ["1orders", "orders-", "or--ders", "or_ders", "", "órders", "\u212aelvin", "orders\n"]
)
def test_illegal_identifiers_are_refused(identifier):
    """It should refuse what RDS refuses, naming the field."""
    with pytest.raises(BadInput, match=r"source.cluster_id is .*it is no RDS identifier"):
        valid_identifier("source.cluster_id", identifier)


@pytest.mark.parametrize("stamp", ["", "2601310930", "2601310930-XYZ123", "2601310930-0a1b2c-", "x" * 17])
def test_names_need_a_stamp(stamp):
    """It should refuse a stamp that no run has."""
    with pytest.raises(BadInput, match=r"stamp is .*it is no run stamp"):
        RecoveryNames.for_run("orders", stamp)
