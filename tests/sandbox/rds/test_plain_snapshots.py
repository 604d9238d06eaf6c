import pytest
from botocore.exceptions import ClientError


def test_snapshot_during_storage_optimization(plain_source):
    """It should allow a snapshot of an instance whose storage is being optimized, which is usable."""
    plain_source.plain()
    plain_source.force("storage-optimization")
    assert plain_source.snapshot()["Status"] == "available"


def test_member_of_a_cluster_is_refused(plain_source):
    """It should send users of a cluster's instance to the cluster's own call, in AWS's words."""
    plain_source.cluster()
    plain_source.instance()
    words = r"member of a cluster .* Please use the CreateDBClusterSnapshot API instead"
    with pytest.raises(ClientError, match=words):
        plain_source.snapshot(instance="orders-1")


def test_names_of_snapshots(plain_source):
    """It should take up to 255 characters and refuse more, and malformed names."""
    plain_source.plain()
    assert plain_source.snapshot("p" * 255)["Status"] == "available"
    for name in ("p" * 256, "1-bad--"):
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            plain_source.snapshot(name)


def test_snapshot_shows_what_it_was_taken_of(plain_source):
    """It should show the instance's settings, key and resource id, also after the instance is renamed."""
    instance = plain_source.encrypted(BackupRetentionPeriod=7, StorageType="gp3", Engine="postgres")
    snapshot = plain_source.snapshot()
    for field in ("Engine", "EngineVersion", "KmsKeyId", "DbiResourceId", "StorageType", "LicenseModel"):
        assert snapshot[field] == instance[field]
    assert (snapshot["Encrypted"], snapshot["StorageEncryptionType"]) == (True, "sse-kms")
    assert snapshot["BackupRetentionPeriod"] == 7
    assert snapshot["OriginalSnapshotCreateTime"] == snapshot["SnapshotCreateTime"]
    plain_source.rename_instance("orders", "moved")
    assert plain_source.show_snapshot("point")["DBInstanceIdentifier"] == "orders"
    wanted = {"DbiResourceId": instance["DbiResourceId"], "SnapshotType": "manual"}
    assert plain_source.list_snapshots(**wanted) == ["point"]


def test_new_instance_has_an_automated_backup(plain_source):
    """It should back a new instance up, unless backups are off, and forget the backup with the instance."""
    plain_source.plain(BackupRetentionPeriod=1)
    plain_source.plain("bare", BackupRetentionPeriod=0)
    [automated] = plain_source.list_snapshots(SnapshotType="automated")
    assert automated.startswith("rds:orders-")
    plain_source.delete()
    assert plain_source.list_snapshots() == []


def test_snapshots_are_found_by_filters(plain_source):
    """It should find snapshots by resource id, instance, engine and name, all case-insensitive as AWS is."""
    one, two = plain_source.plain("one"), plain_source.plain("two", Engine="postgres")
    for name in ("one", "two"):
        plain_source.snapshot(f"{name}-point", name)

    def found(name, value):
        return plain_source.list_snapshots(SnapshotType="manual", Filters=[{"Name": name, "Values": [value]}])

    assert found("dbi-resource-id", two["DbiResourceId"]) == ["two-point"]
    assert found("db-instance-id", "ONE") == ["one-point"]
    assert found("db-instance-id", one["DBInstanceArn"]) == ["one-point"]
    assert found("db-snapshot-id", "two-point") == ["two-point"]
    assert found("engine", "postgres") == ["two-point"]


def test_snapshot_is_found_by_its_arn(plain_source):
    """It should take the ARN where it takes the name."""
    plain_source.plain()
    arn = plain_source.snapshot()["DBSnapshotArn"]
    assert plain_source.show_snapshot(arn)["DBSnapshotIdentifier"] == "point"


def test_unknown_snapshot(plain_source):
    """It should name the fault without the word Fault."""
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_source.show_snapshot("nothing")


def test_listing_is_paged(plain_source):
    """It should give pages of 20 to 100, and refuse other sizes."""
    plain_source.plain(BackupRetentionPeriod=0)
    for number in range(23):
        plain_source.snapshot(f"point-{number:02}")
    first = plain_source.rds.describe_db_snapshots(MaxRecords=20)
    rest = plain_source.rds.describe_db_snapshots(MaxRecords=20, Marker=first["Marker"])
    assert (len(first["DBSnapshots"]), len(rest["DBSnapshots"])) == (20, 3)
    assert "Marker" not in rest
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*Must be between 20 and 100"):
        plain_source.list_snapshots(MaxRecords=19)


def test_one_manual_snapshot_too_many(plain_source, limits):
    """It should refuse it in the real words, and not count automated ones or those of clusters."""
    limits.manual_snapshots = 1
    plain_source.plain()
    plain_source.cluster("other")
    plain_source.rds.create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="point", DBClusterIdentifier="other"
    )
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"SnapshotQuotaExceeded.*Cannot create more than 1 manual"):
        plain_source.snapshot("second")


def test_quotas_are_told(plain_source):
    """It should tell how many snapshots and instances there are and may be."""
    plain_source.plain()
    plain_source.snapshot()
    told = plain_source.rds.describe_account_attributes()["AccountQuotas"]
    shown = {item["AccountQuotaName"]: (item["Used"], item["Max"]) for item in told}
    assert (shown["ManualSnapshots"], shown["DBInstances"]) == ((1, 100), (1, 40))


def test_events_of_a_snapshot(plain_source):
    """It should record the making and the deletion of a manual snapshot."""
    plain_source.plain(BackupRetentionPeriod=0)
    plain_source.snapshot()
    plain_source.rds.delete_db_snapshot(DBSnapshotIdentifier="point")
    assert plain_source.events(SourceType="db-snapshot") == [
        "Creating manual snapshot",
        "Manual snapshot created",
        "Deleted user snapshot",
    ]
