import pytest
from botocore.exceptions import ClientError


def replica(side, name="reader", source="orders", **settings):
    side.rds.create_db_instance_read_replica(
        DBInstanceIdentifier=name, SourceDBInstanceIdentifier=source, **settings
    )
    return side.show_instance(name)


def test_replica_has_its_sources_settings(plain_source):
    """It should be like its source, without backups, in a status of its own."""
    source = plain_source.encrypted(Engine="postgres")
    shown = replica(plain_source)
    for field in ("Engine", "EngineVersion", "KmsKeyId", "MasterUsername", "AllocatedStorage"):
        assert shown[field] == source[field]
    assert (shown["BackupRetentionPeriod"], shown["ReadReplicaSourceDBInstanceIdentifier"]) == (0, "orders")
    assert shown["DbiResourceId"] != source["DbiResourceId"]


def test_replica_needs_backups(plain_source):
    """It should refuse a replica of an instance without backups, in AWS's words."""
    plain_source.plain(BackupRetentionPeriod=0)
    with pytest.raises(ClientError, match=r"InvalidDBInstanceState.*Automated backups are not enabled"):
        replica(plain_source)


def test_replica_has_no_final_snapshot(plain_source):
    """It should refuse a final snapshot of a replica, and delete it without asking for one."""
    plain_source.plain()
    replica(plain_source)
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*deleting a replica instance"):
        plain_source.delete("reader", FinalDBSnapshotIdentifier="last")
    plain_source.delete("reader", SkipFinalSnapshot=False)
    assert plain_source.show_instance("orders")["ReadReplicaDBInstanceIdentifiers"] == []


def test_replica_is_promoted(plain_source):
    """It should stand alone after its promotion, with backups, and cannot be promoted twice."""
    plain_source.plain()
    replica(plain_source)
    plain_source.rds.promote_read_replica(DBInstanceIdentifier="reader", BackupRetentionPeriod=3)
    alone = plain_source.show_instance("reader")
    assert alone["BackupRetentionPeriod"] == 3
    assert "ReadReplicaSourceDBInstanceIdentifier" not in alone
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*not a replica"):
        plain_source.rds.promote_read_replica(DBInstanceIdentifier="reader")


def test_replicas_of_a_deleted_instance_stand_alone(plain_source):
    """It should keep the replica of an instance that is deleted."""
    plain_source.plain()
    replica(plain_source)
    plain_source.delete()
    assert "ReadReplicaSourceDBInstanceIdentifier" not in plain_source.show_instance("reader")
