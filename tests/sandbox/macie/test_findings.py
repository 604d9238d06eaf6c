import datetime as dt

import boto3
import pytest

from tests.sandbox.macie.conftest import EXTRACT, detections

EMAILS = [f"person{number}@example.org" for number in range(40)]


def problems(shape, value, path="finding"):
    """Name what is in a value and not in its shape, and what has another type."""
    if value is None:
        return []
    if shape.type_name == "structure":
        unknown = [f"{path}.{name}" for name in set(value) - set(shape.members)]
        known = [(member, value.get(name), f"{path}.{name}") for name, member in shape.members.items()]
        return unknown + [problem for one in known for problem in problems(*one)]
    if shape.type_name == "list":
        return [problem for one in value for problem in problems(shape.member, one, f"{path}[]")]
    kinds = {"string": str, "long": int, "integer": int, "boolean": bool, "timestamp": (str, dt.datetime)}
    right = isinstance(value, kinds[shape.type_name]) and (
        not shape.metadata.get("enum") or value in shape.enum
    )
    return [] if right else [f"{path} is {value!r}"]


def test_finding_has_the_form_of_the_api(desk):
    """It should make findings and discovery results of which AWS's model knows every member."""
    desk.export()
    desk.parquet("shop/customer/1.parquet", {"email": EMAILS, "phone": ["+1 415 555 0100"] * 40})
    desk.put("shop/list.csv", "name,phone\nAda Borg,4155550100\n")
    found = desk.look(customDataIdentifierIds=[desk.email()])
    shape = boto3.client("macie2", "us-west-2").meta.service_model.shape_for("Finding")
    assert set(found) == {"shop/customer/1.parquet", "shop/list.csv"}
    assert [problem for one in found.values() for problem in problems(shape, one)] == []
    results = list(desk.results().values())
    assert len(results) == 2
    assert [problem for one in results for problem in problems(shape, one)] == []


def test_parquet_is_located_by_path_and_record(desk):
    """It should say in which field of which record, with brackets for names that are no words, and count all."""
    desk.parquet(
        "1.parquet", {"e mail": ["none", *EMAILS[:2]], "contact": [f"{EMAILS[0]} {EMAILS[1]}", None, "x"]}
    )
    finding = desk.look(customDataIdentifierIds=[desk.email()])["1.parquet"]
    [custom] = finding["classificationDetails"]["result"]["customDataIdentifiers"]["detections"]
    assert custom["count"] == 4
    assert custom["occurrences"]["records"] == [
        {"jsonPath": "$['e mail']", "recordIndex": 1},
        {"jsonPath": "$['e mail']", "recordIndex": 2},
        {"jsonPath": "$.contact", "recordIndex": 0},
    ]
    assert finding["severity"] == {"score": 2, "description": "Medium"}
    assert finding["type"] == "SensitiveData:S3Object/CustomIdentifier"


def test_only_fifteen_places_are_told_of_the_first_columns(desk):
    """It should fill the places column by column, so that a second one may be missing, and say there are more."""
    desk.export()
    desk.parquet("1.parquet", {"first": EMAILS, "second": EMAILS}, row_group_size=10)
    job = desk.start(customDataIdentifierIds=[desk.email()])
    desk.wait(job)
    result = desk.findings(job)["1.parquet"]["classificationDetails"]["result"]
    [custom] = result["customDataIdentifiers"]["detections"]
    places = custom["occurrences"]["records"]
    assert (custom["count"], result["additionalOccurrences"]) == (80, True)
    assert [(place["jsonPath"], place["recordIndex"]) for place in places] == [
        ("$.first", number) for number in range(15)
    ]
    [record] = desk.results()["1.parquet"]["classificationDetails"]["result"]["customDataIdentifiers"][
        "detections"
    ]
    assert len(record["occurrences"]["records"]) == 80


def test_path_is_omitted_where_a_name_is_sensitive(desk):
    """It should not repeat sensitive data that is the name of a column, and cut long names from the left."""
    desk.parquet("1.parquet", {"ann@example.org": EMAILS[:1], "x" * 200 + "y" * 100: EMAILS[:1]})
    [custom] = desk.look(customDataIdentifierIds=[desk.email()])["1.parquet"]["classificationDetails"][
        "result"
    ]["customDataIdentifiers"]["detections"]
    places = custom["occurrences"]["records"]
    assert places == [{"recordIndex": 0}, {"jsonPath": "$." + "x" * 140 + "y" * 100, "recordIndex": 0}]


@pytest.mark.parametrize(
    ("key", "body", "kind", "place"),
    [
        ("1.csv", "id,phone\n7,4155550100\n", "cells", {"row": 2, "column": 2, "columnName": "phone"}),
        ("1.tsv", "phone\n\n+1 415 555 0100\n", "cells", {"row": 2, "column": 1, "columnName": "phone"}),
        (
            "1.json",
            '{"a": [{"phone": "4155550100"}]}',
            "records",
            {"jsonPath": "$.a[0].phone", "recordIndex": 0},
        ),
        ("1.jsonl", '{}\n{"phone": 4155550100}\n', "records", {"jsonPath": "$.phone", "recordIndex": 1}),
        ("1.txt", "one\nphone: 415-555-0100\n", "lineRanges", {"start": 2, "end": 2, "startColumn": 1}),
    ],
)
def test_each_format_has_its_places(desk, key, body, kind, place):
    """It should place what it finds in cells, records or lines, as the kind of file asks."""
    desk.put(key, body)
    [group] = desk.look()[key]["classificationDetails"]["result"]["sensitiveData"]
    [detection] = group["detections"]
    assert (detection["type"], detection["count"]) == ("PHONE_NUMBER", 1)
    assert detection["occurrences"][kind] == [place]


def test_numbers_dates_and_nested_columns_are_looked_at(desk):
    """It should read numbers and dates whose name holds a keyword, and text in structures and lists."""
    desk.parquet(
        "1.parquet",
        {
            "dob": [dt.date(1980, 2, 3), None],
            "shipped": [dt.date(2020, 2, 3), None],
            "phone": [4155550100, None],
            "box": [{"phone": "4155550100"}, None],
            "texts": [["a", "cell 4155550100"], []],
        },
    )
    [found] = desk.look().values()
    assert detections(found) == {
        ("DATE_OF_BIRTH", 1, ("$.dob",)),
        ("PHONE_NUMBER", 3, ("$.phone", "$.box.phone", "$.texts")),
    }


def test_findings_are_listed_counted_and_fetched(desk):
    """It should page ids, count by group, and fetch at most fifty at once."""
    for number in range(52):
        desk.put(f"{number}.csv", "phone\n4155550100\n")
    desk.put("card.csv", "card number,phone\n4111111111111111,4155550100\n")
    job = desk.start()
    desk.wait(job)
    macie = desk.macie
    ids = [key for page in macie.get_paginator("list_findings").paginate() for key in page["findingIds"]]
    assert len(set(ids)) == len(ids) == 53
    assert len(macie.get_findings(findingIds=ids[:50])["findings"]) == 50
    for wrong in ([], ids[:51]):
        with pytest.raises(macie.exceptions.ValidationException, match="findingIds must have 1-50 items"):
            macie.get_findings(findingIds=wrong)
    counts = macie.get_finding_statistics(groupBy="type")["countsByGroup"]
    assert counts == [
        {"groupKey": "SensitiveData:S3Object/Personal", "count": 52},
        {"groupKey": "SensitiveData:S3Object/Multiple", "count": 1},
    ]
    assert (
        macie.get_finding_statistics(
            groupBy="classificationDetails.jobId",
            findingCriteria={"criterion": {"classificationDetails.jobId": {"eq": ["another"]}}},
        )["countsByGroup"]
        == []
    )
    severe = {
        "criterion": {"severity.score": {"gte": 2}, "resourcesAffected.s3Bucket.name": {"eq": [EXTRACT]}}
    }
    assert len(macie.list_findings(findingCriteria=severe)["findingIds"]) == 1


def test_findings_show_late(desk):
    """It should list a finding only some time after it was made, while the job is complete already."""
    desk.sandbox.set_clock(manual=True)
    desk.sandbox.durations({"finding.invisible": 60})
    desk.put("1.csv", "phone\n4155550100\n")
    job = desk.start()
    desk.wait(job)
    assert desk.findings(job) == {}
    desk.sandbox.advance(60)
    assert set(desk.findings(job)) == {"1.csv"}


def test_filter_archives_what_meets_it(desk):
    """It should list a suppressed finding as archived; filters that only save criteria change nothing."""
    criteria = {"criterion": {"resourcesAffected.s3Object.key": {"eq": ["known.csv"]}}}
    made = desk.macie.create_findings_filter(name="known", action="ARCHIVE", findingCriteria=criteria)
    desk.macie.create_findings_filter(name="saved", action="NOOP", findingCriteria={"criterion": {}})
    for key in ("known.csv", "new.csv"):
        desk.put(key, "phone\n4155550100\n")
    found = desk.look()
    assert {key: one["archived"] for key, one in found.items()} == {"known.csv": True, "new.csv": False}
    current = desk.macie.list_findings(findingCriteria={"criterion": {"archived": {"eq": ["false"]}}})
    assert current["findingIds"] == [found["new.csv"]["id"]]
    desk.macie.update_findings_filter(id=made["id"], action="NOOP")
    assert desk.macie.get_findings_filter(id=made["id"])["action"] == "NOOP"
    desk.macie.delete_findings_filter(id=made["id"])
    assert [one["name"] for one in desk.macie.list_findings_filters()["findingsFilterListItems"]] == ["saved"]
