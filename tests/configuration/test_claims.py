"""Two configuration files that would change the same thing: neither is preferred, and nobody loses a snapshot by it."""

from switchyard.configuration.loader import load
from tests.configuration.conftest import EXAMPLES, Files

RESTORES = "Give each pipeline its own live name, or leave recovery_restore out of one's halves."


def lines(loaded):
    return [str(error) for error in loaded.errors]


def instances(loaded):
    return {one.name: one for one in loaded.instances}


def test_a_copy_is_told_from_its_original_by_nobody(files):
    """It should name both files in one line for each, whichever sorts first, and begin no restore of either."""
    files.example("orders.yaml")
    files.example("eu.yaml")
    loaded = load(files.home)
    both = "so that no run of recovery_restore of any of them begins"
    assert lines(loaded) == [
        "aurora_recovery/eu.yaml: target.cluster_id = 'orders': this cluster is restored over by "
        f"aurora_recovery/orders.yaml, too, {both}. {RESTORES}",
        "aurora_recovery/orders.yaml: target.cluster_id = 'orders': this cluster is restored over by "
        f"aurora_recovery/eu.yaml, too, {both}. {RESTORES}",
    ]
    found = instances(loaded)
    assert {name: one.refusal("recovery_restore") for name, one in found.items()} == {
        "eu": lines(loaded)[0],
        "orders": lines(loaded)[1],
    }
    assert all(one.is_contested for one in found.values())


def test_a_copy_stops_no_snapshot(files):
    """It should go on making recovery points of the original, and watching them."""
    files.example("orders.yaml")
    files.example("eu.yaml")
    for one in load(files.home).instances:
        assert one.refusal("recovery_point") == one.refusal("recovery_watch") == ""


def test_whoever_restores_nothing_claims_nothing(files):
    """It should let one of two restore over the cluster, where the other only makes recovery points."""
    files.example("orders.yaml")
    files.example("eu.yaml", set={"halves": ["recovery_point"]})
    loaded = load(files.home)
    assert lines(loaded) == []
    assert not any(one.is_contested for one in loaded.instances)


def test_a_broken_copy_claims_nothing(files):
    """It should not stop a pipeline for the sake of a file of which no DAG is made."""
    files.example("orders.yaml")
    files.example("eu.yaml", set={"sanity.checks": ["no_such_file.sql"]})
    loaded = load(files.home)
    assert [one.name for one in loaded.instances] == ["orders"]
    assert loaded.instances[0].refusal("recovery_restore") == ""


def test_three_files_name_each_other(files):
    """It should name all of the others."""
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        files.example(name)
    assert "by aurora_recovery/a.yaml and aurora_recovery/c.yaml, too" in lines(load(files.home))[1]


def test_every_pipeline_that_claims_refuses_both(tmp_path):
    """It should refuse every DAG of two synonym sets, discoveries or loads that would change the same thing."""
    dags = {
        "federated_load": ("federated_load",),
        "sensitive_data_discovery": ("sensitive_data_discovery",),
        "synonym_refresh": ("synonym_refresh", "synonym_bootstrap"),
    }
    for pipeline, names in dags.items():
        files = Files(tmp_path / pipeline, pipeline)
        files.example()
        files.example("copied.yaml")
        found = load(files.home).instances
        assert len(found) == 2
        for one, other in (found, found[::-1]):
            for name in names:
                assert f"by {pipeline}/{other.name}.yaml, too, so that no run of any" in one.refusal(name)
    assert set(EXAMPLES) - set(dags) == {"aurora_recovery", "warehouse_health"}
