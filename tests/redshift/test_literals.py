"""Names and literals: what is let into a statement's text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from switchyard.errors import BadInput
from switchyard.redshift.identifiers import Identifier, Principal
from switchyard.redshift.literals import (
    ColumnType,
    Day,
    EmbeddedQuery,
    HostName,
    KmsKey,
    Number,
    RegionName,
    RoleArn,
    S3Path,
    SecretArn,
    Text,
    Timestamp,
)

ROLE = "arn:aws:iam::111111111111:role/reader"
SECRET = "arn:aws:secretsmanager:us-west-2:111111111111:secret:shop/reader-AbCdEf"

HOSTILE = (
    "",
    " ",
    "x'; DROP TABLE sales; --",
    "x''; DROP TABLE sales; --",
    "x\\'; DROP TABLE sales; --",
    'x"; DROP TABLE sales; --',
    'x""',
    "x; SELECT 1",
    "x/* */",
    "x--",
    "$$x$$",
    "x\n",
    "x\nDROP TABLE sales",
    "x\r",
    "x\0",
    "x y",
    "\u2018x\u2019",
    "\u201cx\u201d",
    "\u02bcx",
    "x\u2028",
    "x:y'",
    "{{ x }}",
    "%(x)s",
    ":x'",
    "x)",
    "\uff07x",
    "\u0445",
)
"""Texts that would end a quote, open a comment, add a statement, or only look like what they are not."""


@pytest.mark.parametrize("text", [*HOSTILE, "1x", "x-y", "x.y", "pg_\u00e9", "x" * 128, 7, None])
def test_names_are_plain(text):
    """It should take no name with anything but letters, digits and underscores."""
    with pytest.raises(BadInput, match="identifier is "):
        Identifier("sales", text)


def test_names_are_quoted_in_their_places():
    """It should quote each part, and keep a name that is put elsewhere."""
    name = Identifier("sales", "orders")
    assert name.sql() == '"sales"."orders"'
    assert name.within("stage").sql() == '"stage"."orders"'
    assert Identifier("select").sql() == '"select"'
    assert (name.name, name, len({name, Identifier("sales", "orders")})) == (
        "orders",
        Identifier("sales", "orders"),
        1,
    )
    assert Identifier("x" * 127).sql() == '"' + "x" * 127 + '"'


@pytest.mark.parametrize("parts", [(), ("a", "b", "c", "d")])
def test_names_have_one_to_three_parts(parts):
    """It should take database, schema and relation at most."""
    with pytest.raises(BadInput, match="no name, or too many"):
        Identifier(*parts)


def test_mixed_case_is_asked_for():
    """It should take capitals only where the caller knows that the source has them."""
    with pytest.raises(BadInput, match="'Orders': it has capital letters, which Redshift folds"):
        Identifier("Orders")
    assert Identifier("Orders", allow_mixed_case=True).sql() == '"Orders"'
    with pytest.raises(BadInput, match="no plain name"):
        Identifier('Orders"', allow_mixed_case=True)


@pytest.mark.parametrize("text", [*(one for one in HOSTILE if one != "x--"), "x'y", None])
def test_principals_are_plain(text):
    """It should take users, groups and roles without anything that could end their quotes."""
    with pytest.raises(BadInput, match="user, group or role is"):
        Principal(text)


def test_principals_may_be_those_of_roles():
    """It should take the user of an IAM role."""
    assert Principal("IAMR:shop-reader").sql() == '"IAMR:shop-reader"'


@pytest.mark.parametrize("kind", [HostName, RoleArn, SecretArn, KmsKey, S3Path, RegionName, ColumnType])
@pytest.mark.parametrize("text", [*HOSTILE, None, 7])
def test_places_have_one_form(kind, text):
    """It should refuse whatever is not of the one form that the place has."""
    with pytest.raises(BadInput, match="Write it as"):
        kind(text)


@pytest.mark.parametrize("tail", [one for one in HOSTILE if one] + ["'"])
@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (HostName, "orders.example.org"),
        (RoleArn, ROLE),
        (SecretArn, SECRET),
        (KmsKey, "arn:aws:kms:us-west-2:111111111111:key/a-b"),
        (S3Path, "s3://shop-lake/sales/"),
        (RegionName, "us-west-2"),
        (ColumnType, "varchar(20)"),
    ],
)
def test_nothing_hides_behind_a_good_beginning(kind, head, tail):
    """It should look at the whole text; letters that are part of a longer good name are one."""
    with pytest.raises(BadInput, match="Write it as"):
        kind(f"{head}' {tail}")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (HostName, "https://orders.example.org"),
        (HostName, "orders.example.org:3306"),
        (HostName, "-orders.example.org"),
        (HostName, "a" * 64 + ".org"),
        (HostName, ".".join(["a" * 60] * 5)),
        (RoleArn, f"{ROLE}, {ROLE}"),
        (RoleArn, ",".join([ROLE] * 11)),
        (RoleArn, "arn:aws:iam::111:role/x"),
        (RoleArn, "arn:aws:iam::111111111111:user/x"),
        (SecretArn, "arn:aws:secretsmanager:us-west-2:111111111111:secret:"),
        (S3Path, "https://shop-lake/x"),
        (S3Path, "s3://Shop-Lake/x/"),
        (S3Path, "s3://shop-lake"),
        (S3Path, "s3://shop-lake/_hidden/x"),
        (S3Path, "s3://shop-lake/a/../b"),
        (S3Path, "s3://shop-lake/a//b"),
    ],
)
def test_near_misses_are_refused(kind, text):
    """It should refuse what only resembles the form."""
    with pytest.raises(BadInput, match="Write it as"):
        kind(text)


@pytest.mark.parametrize(
    "literal",
    [
        HostName("orders.cluster-abc.us-west-2.rds.amazonaws.com"),
        HostName("127.0.0.1"),
        RoleArn(ROLE),
        RoleArn(f"{ROLE},arn:aws-us-gov:iam::222222222222:role/path/lake+x"),
        SecretArn(SECRET),
        KmsKey("arn:aws:kms:eu-central-1:111111111111:key/mrk-12ab"),
        S3Path("s3://shop-lake/sales/load_id=ab12/part.0_1"),
        S3Path("s3://shop-lake/"),
        RegionName("us-gov-west-1"),
    ],
)
def test_places_are_quoted(literal):
    """It should print a good text as it is, in quotes."""
    assert literal.sql() == f"'{literal.value}'"


def test_curly_quotes_are_named():
    """It should say so where a text was copied from a page that has typographic quotes."""
    with pytest.raises(BadInput, match="it holds curly quotes"):
        HostName("\u2018my-hostname\u2019")


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("VARCHAR(20)", "varchar(20)"),
        ("numeric(18, 2)", "numeric(18,2)"),
        ("double precision", "double precision"),
        ("timestamptz", "timestamptz"),
    ],
)
def test_types_are_printed_unquoted(given, printed):
    """It should print a type in small letters."""
    assert ColumnType(given).sql() == printed


@pytest.mark.parametrize("text", ["varchar(65536)", "char(4097)", "numeric(39,0)", "numeric(4,5)"])
def test_types_have_bounds(text):
    """It should refuse a length or precision that Redshift does not have."""
    with pytest.raises(BadInput, match="column type is"):
        ColumnType(text)


@pytest.mark.parametrize("text", ["a\\", "a\\'b", "a\nb", "a\0b", "a\u2028b", None])
def test_texts_hold_no_escape(text):
    """It should refuse a backslash, with which a text could end its quotes, and not repeat the text."""
    with pytest.raises(BadInput, match=r"text literal is '\.\.\.'"):
        Text(text)


def test_quotes_in_texts_are_doubled():
    """It should leave a text in its quotes."""
    assert Text("o'hara'; DROP TABLE x; --").sql() == "'o''hara''; DROP TABLE x; --'"


def test_moments_are_in_utc_to_the_microsecond():
    """It should print every moment alike, whatever its zone was."""
    east = timezone(timedelta(hours=2))
    assert Timestamp(datetime(2026, 3, 1, 1, 30, tzinfo=east)).sql() == "'2026-02-28 23:30:00.000000'"
    assert Timestamp(datetime(2026, 3, 1, 0, 0, 0, 12, tzinfo=UTC)).text == "2026-03-01 00:00:00.000012"
    assert Timestamp(datetime(1, 1, 1, tzinfo=UTC)).text == "0001-01-01 00:00:00.000000"


@pytest.mark.parametrize("value", [datetime(2026, 3, 1), date(2026, 3, 1), "2026-03-01", None])  # noqa: DTZ001
def test_moments_have_a_zone(value):
    """It should refuse a moment of which nobody knows when it is."""
    with pytest.raises(BadInput, match="timestamp literal"):
        Timestamp(value)


def test_days_and_numbers():
    """It should print dates and exact numbers, and nothing that only looks like them."""
    assert Day(date(2026, 3, 1)).sql() == "'2026-03-01'"
    with pytest.raises(BadInput, match="date literal"):
        Day(datetime(2026, 3, 1, tzinfo=UTC))
    assert [Number(one).sql() for one in (7, -7, Decimal("1E+3"), Decimal("0.10"))] == [
        "7",
        "-7",
        "1000",
        "0.10",
    ]
    for value in (True, 1.5, "1", Decimal("NaN"), Decimal("Infinity"), None):
        with pytest.raises(BadInput, match="number literal"):
            Number(value)


def test_an_embedded_query_stays_in_its_quotes():
    """It should double every quote of the inner statement, empty texts among them."""
    inner = "SELECT coalesce(a, '') || '-' || coalesce(b, '') FROM t\n;\n"
    assert EmbeddedQuery(inner).sql() == "'SELECT coalesce(a, '''') || ''-'' || coalesce(b, '''') FROM t'"
    with pytest.raises(BadInput, match=r"embedded query is '\.\.\.'"):
        EmbeddedQuery("SELECT '\\''")
