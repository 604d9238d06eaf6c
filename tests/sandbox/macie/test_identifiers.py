import itertools
import json

import pytest

from sandbox.macie import managed
from sandbox.macie.scanner import Scanner
from sandbox.seed.sakila import words
from tests.sandbox.macie.conftest import EXTRACT, detections


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("phone", "4155550100", {"PHONE_NUMBER"}),
        ("c17", "4155550100", set()),
        ("c17", "call my cell 415-555-0100", {"PHONE_NUMBER"}),
        ("mobilePhone", "(415) 555-0100", {"PHONE_NUMBER"}),
        ("microphone", "4155550100", set()),
        ("card_number", "4111 1111 1111 1111", {"CREDIT_CARD_NUMBER", "CREDIT_CARD_NUMBER_(NO_KEYWORD)"}),
        ("card_number", "4111 1111 1111 1112", set()),
        ("x", "4111111111111111", {"CREDIT_CARD_NUMBER_(NO_KEYWORD)"}),
        ("profile", '{"card": {"number": "4111111111111111"}}',
         {"CREDIT_CARD_NUMBER", "CREDIT_CARD_NUMBER_(NO_KEYWORD)"}),
        ("bank", "DE89 3704 0044 0532 0130 00", {"GERMANY_BANK_ACCOUNT_NUMBER"}),
        ("bank", "DE89 3704 0044 0532 0130 01", set()),
        ("bank_account", "12345678", {"BANK_ACCOUNT_NUMBER"}),
        ("SSN", "536-90-4399", {"USA_SOCIAL_SECURITY_NUMBER"}),
        ("SSN", "000-90-4399", set()),
        ("passport no", "C03005988", {"USA_PASSPORT_NUMBER"}),
        ("date-of-birth", "1980-02-03", {"DATE_OF_BIRTH"}),
        ("date-of-birth", "1980-32-43", set()),
        ("created", "1980-02-03", set()),
        ("aws_secret_access_key", "a/B3" * 10, {"AWS_CREDENTIALS"}),
        ("secret key", "a" * 40, set()),
        ("who", "Zoë D'Amico", {"NAME"}),
        ("who", "MARY SMITH", {"NAME"}),
        ("who", "Zoë", set()),
        ("place", "12 Old Street, Springfield 12345", {"ADDRESS"}),
        ("place", "12 Old Street", set()),
    ],
)  # fmt: skip
def test_managed_identifiers_find_what_they_name(name, value, expected):
    """It should find data by form, check digits and keyword, in the value or in the name of its field."""
    scan = Scanner(list(managed.detectors().values())).scan("1.jsonl", _line(name, value))
    assert {hit.detector.key for hit in scan.hits} == expected


def _line(name, value):
    return json.dumps({name: value}).encode()


def test_sample_names_are_names_and_titles_are_none():
    """It should know every full name that the sample database can hold, and take no title or street for one."""
    scanner = Scanner([managed.detectors()["NAME"]])
    people = [f"{first} {last}" for first, last in itertools.product(words.FIRST_NAMES, words.LAST_NAMES[:9])]
    titles = [f"{start} {end}".upper() for start in words.TITLE_STARTS for end in words.TITLE_ENDS]
    streets = [f"12 {street} {kind}" for street in words.STREETS for kind in words.STREET_KINDS]
    [hit] = scanner.scan("1.txt", "\n".join(people).encode()).hits
    assert hit.count == len(people)
    assert scanner.scan("1.txt", "\n".join([*titles, *streets, *words.TOWN_ODDITIES]).encode()).hits == []


def test_managed_identifiers_are_listed(desk):
    """It should list all with their categories, page by page."""
    pages, token = [], {}
    while token is not None:
        page = desk.macie.list_managed_data_identifiers(**token)
        pages.append(page["items"])
        token = {"nextToken": page["nextToken"]} if page.get("nextToken") else None
    listed = {one["id"]: one["category"] for page in pages for one in page}
    assert len(pages) > 1
    assert listed == {key: one.category for key, one in managed.detectors().items()}


@pytest.mark.parametrize(
    ("selector", "ids", "expected"),
    [
        ("INCLUDE", ["PHONE_NUMBER"], {"PHONE_NUMBER"}),
        ("EXCLUDE", ["PHONE_NUMBER", "CREDIT_CARD_NUMBER_(NO_KEYWORD)"], {"CREDIT_CARD_NUMBER"}),
        ("RECOMMENDED", [], {"CREDIT_CARD_NUMBER", "PHONE_NUMBER"}),
    ],
)
def test_selector_chooses_managed_identifiers(desk, selector, ids, expected):
    """It should use those that the job includes, does not exclude, or that are recommended."""
    desk.put("1.csv", "card,phone\n4111111111111111,4155550100\n")
    found = desk.look(managedDataIdentifierSelector=selector, managedDataIdentifierIds=ids)
    assert {one[0] for one in detections(found["1.csv"])} == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"managedDataIdentifierSelector": "INCLUDE"}, "must be specified with the selector INCLUDE"),
        ({"managedDataIdentifierIds": ["NAME"]}, "can't be specified with the selector ALL"),
        ({"managedDataIdentifierSelector": "NONE"}, "needs a custom data identifier"),
        (
            {"managedDataIdentifierSelector": "INCLUDE", "managedDataIdentifierIds": ["EMAIL"]},
            "Unknown managed data identifiers: EMAIL",
        ),
    ],
)
def test_contradictory_choice_is_refused(desk, wanted, message):
    """It should refuse ids without their selector, selectors without ids, and a job that looks for nothing."""
    with pytest.raises(desk.macie.exceptions.ValidationException, match=message):
        desk.start(**wanted)


@pytest.mark.parametrize(
    ("wanted", "text", "count"),
    [
        ({"regex": r"\d{4}"}, "1234 and 5678", 2),
        ({"regex": r"\d{4}", "keywords": ["code"]}, "code 1234", 1),
        ({"regex": r"\d{4}", "keywords": ["code"]}, "1234 code", 0),
        ({"regex": r"\d{4}", "keywords": ["CODE"], "maximumMatchDistance": 9}, "code 1234 5678", 1),
        ({"regex": r"\d{4}", "keywords": ["code"]}, "barcode 1234", 0),
        ({"regex": r"\d{4}\w*", "ignoreWords": ["1234"]}, "1234x 5678", 1),
    ],
)
def test_custom_identifier_can_be_tried_on_a_text(desk, wanted, text, count):
    """It should count matches whose keyword precedes them within the distance and that hold no ignored word."""
    assert desk.macie.test_custom_data_identifier(sampleText=text, **wanted)["matchCount"] == count


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"regex": "("}, "The regex isn't valid"),
        ({"regex": r"(a)\1"}, "The regex isn't valid"),
        ({"regex": "a*"}, "can't match an empty string"),
        ({"regex": "a" * 513}, "1-512 characters"),
        ({"regex": "a", "keywords": ["no"]}, "keywords must be"),
        ({"regex": "a", "maximumMatchDistance": 301}, "between 1 and 300"),
        (
            {"severityLevels": [{"occurrencesThreshold": 9, "severity": "LOW"},
                                {"occurrencesThreshold": 1, "severity": "HIGH"}]},
            "must ascend from LOW to HIGH",
        ),
    ],
)  # fmt: skip
def test_custom_identifier_must_be_valid(desk, wanted, message):
    """It should refuse patterns that RE2 does not know and values outside the limits."""
    with pytest.raises(desk.macie.exceptions.ValidationException, match=message):
        desk.email(**wanted)


def test_custom_identifier_needs_its_keyword_and_its_number(desk):
    """It should ask for the keyword in a column's name or in the value, and for as many as its thresholds say."""
    levels = [{"occurrencesThreshold": 2, "severity": "LOW"}, {"occurrencesThreshold": 3, "severity": "HIGH"}]
    key = desk.email(name="badge", regex=r"\d{4}", keywords=["badge"], severityLevels=levels)
    for number, rows in enumerate((1, 2, 3), start=1):
        desk.put(f"{number}.csv", "badge_no,other\n" + "1234,5678\n" * rows)
    found = desk.look(managedDataIdentifierSelector="NONE", customDataIdentifierIds=[key])
    assert {name: one["severity"]["description"] for name, one in found.items()} == {
        "2.csv": "Low",
        "3.csv": "High",
    }


def test_custom_identifiers_are_kept(desk):
    """It should make one per token, list, fetch and tag it, and keep it by its id when it is deleted."""
    key = desk.email()
    assert desk.email() == key
    with pytest.raises(desk.macie.exceptions.ConflictException, match="is named e-mail already"):
        desk.email(clientToken="another")
    assert desk.macie.get_custom_data_identifier(id=key)["maximumMatchDistance"] == 50
    desk.macie.delete_custom_data_identifier(id=key)
    answer = desk.macie.batch_get_custom_data_identifiers(ids=[key, "nothing"])
    assert [(one["id"], one["deleted"]) for one in answer["customDataIdentifiers"]] == [(key, True)]
    assert answer["notFoundIdentifierIds"] == ["nothing"]
    assert desk.macie.list_custom_data_identifiers()["items"] == []
    with pytest.raises(desk.macie.exceptions.ValidationException, match="was deleted"):
        desk.start(customDataIdentifierIds=[key])


def test_allow_lists_let_text_pass(desk):
    """It should not report what a list's pattern or words match whole; one that cannot be read lets nothing pass."""
    desk.s3.put_object(Bucket=EXTRACT, Key="lists/words.txt", Body=b"Ann@Example.org\n")
    place = {"bucketName": EXTRACT, "objectKey": "lists/words.txt"}
    words = desk.macie.create_allow_list(name="people", criteria={"s3WordsList": place}, clientToken="1")[
        "id"
    ]
    ours = desk.macie.create_allow_list(name="ours", criteria={"regex": r".+@our\.org"}, clientToken="2")[
        "id"
    ]
    lost = {"bucketName": EXTRACT, "objectKey": "lists/nothing.txt"}
    gone = desk.macie.create_allow_list(name="gone", criteria={"s3WordsList": lost}, clientToken="3")["id"]
    status = {key: desk.macie.get_allow_list(id=key)["status"]["code"] for key in (words, ours, gone)}
    assert status == {words: "OK", ours: "OK", gone: "S3_OBJECT_NOT_FOUND"}
    desk.parquet("run/1.parquet", {"mail": ["ann@example.org", "bob@our.org", "eve@example.org"]})
    found = desk.look(prefix="run/", customDataIdentifierIds=[desk.email()], allowListIds=[words, ours, gone])
    assert detections(found["run/1.parquet"]) == {("e-mail", 1, ("$.mail",))}
    desk.macie.update_allow_list(id=ours, name="theirs", criteria={"regex": "x+"})
    desk.macie.delete_allow_list(id=gone)
    assert {one["name"] for one in desk.macie.list_allow_lists()["allowLists"]} == {"people", "theirs"}
