import re
from datetime import date, datetime

import pytest

from sandbox.seed import sakila

COUNTS = {
    "language": 6,
    "country": 109,
    "city": 600,
    "address": 603,
    "actor": 200,
    "staff": 2,
    "store": 2,
    "category": 16,
    "film": 1000,
    "film_text": 1000,
    "inventory": 4581,
    "film_actor": 5462,
    "film_category": 1000,
    "customer": 599,
    "rental": 16044,
    "payment": 16049,
}


@pytest.fixture(scope="module")
def shop() -> dict[str, sakila.Table]:
    return {table.name: table for table in sakila.tables()}


def column(table: sakila.Table, name: str) -> list:
    return [row[table.columns.index(name)] for row in table.rows]


def test_tables_have_the_row_counts_of_sakila(shop):
    """It should have all 16 tables with as many rows as the real sample database."""
    assert {name: len(table.rows) for name, table in shop.items()} == COUNTS


@pytest.mark.parametrize("seed", [1, 2])
def test_same_seed_gives_the_same_rows(seed):
    """It should generate the same rows again."""
    assert list(sakila.tables(seed=seed)) == list(sakila.tables(seed=seed))


def test_other_seed_gives_other_rows(shop):
    """It should generate other customers and rentals from another seed, as many of them."""
    other = {table.name: table for table in sakila.tables(seed=2)}
    assert {name: len(table.rows) for name, table in other.items()} == COUNTS
    assert column(other["customer"], "email") != column(shop["customer"], "email")
    assert column(other["rental"], "rental_date") != column(shop["rental"], "rental_date")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_customers_and_films_are_distinct(seed):
    """It should give no two customers one address of mail, and no two films one title."""
    made = {table.name: table for table in sakila.tables(seed=seed)}
    emails = [email for email in column(made["customer"], "email") if email]
    assert len(emails) == len(set(emails)) == 588
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+@mail\.example\.org", email) for email in emails)
    assert len(set(column(made["film"], "title"))) == 1000


def test_older_state_is_the_beginning_of_the_newer_one(shop):
    """It should hold the rentals and payments before a day, with what was out then not returned."""
    until = datetime.fromisoformat("2025-12-01")
    older = {table.name: table for table in sakila.tables(until=date(2025, 12, 1))}
    assert 0 < len(older["rental"].rows) < COUNTS["rental"]
    for name, dated in (("rental", "rental_date"), ("payment", "payment_date")):
        table = older[name]
        assert max(column(table, dated)) < until <= column(shop[name], dated)[len(table.rows)]
    assert older["payment"].rows == shop["payment"].rows[: len(older["payment"].rows)]
    for old, new in zip(older["rental"].rows, shop["rental"].rows, strict=False):
        still_out = old[:4] == new[:4] and old[4] is None and (new[4] is None or new[4] >= until)
        assert old == new or still_out
    assert [table for name, table in older.items() if name not in ("rental", "payment")] == [
        table for name, table in shop.items() if name not in ("rental", "payment")
    ]


def test_rows_lie_between_opening_and_closing(shop):
    """It should date rentals and payments from May 2025 to February 2026, in the order of their ids."""
    for name, dated in (("rental", "rental_date"), ("payment", "payment_date")):
        dates = column(shop[name], dated)
        assert sakila.OPENING <= dates[0] < datetime.fromisoformat("2025-05-26")
        assert datetime.fromisoformat("2026-02-13") < dates[-1] < sakila.CLOSING
        assert dates == sorted(dates)


def test_copy_is_not_rented_twice_at_once(shop):
    """It should lend a copy again only after its return."""
    back: dict[int, datetime | None] = {}
    for _, begin, copy, _, end, *_ in shop["rental"].rows:
        earlier = back.get(copy, sakila.OPENING)
        assert earlier is not None
        assert earlier <= begin
        back[copy] = end
    assert 100 < list(back.values()).count(None) < 500


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


DETECTORS = {
    "email": lambda value: re.fullmatch(r"[a-z.]+@\S+\.example\.org", value),
    "phone": lambda value: re.fullmatch(r"\+1 \d{3} 555 \d{4}", value),
    "phone in a text": lambda value: re.search(r"call \+1 \d{3} 555 \d{4} after", value),
    "postal code": lambda value: re.fullmatch(r"\d{5}", value),
    "date of birth": lambda value: date.fromisoformat(value).year < 2006,
    "payment card": lambda value: re.fullmatch(r"4\d{15}", value) and luhn(value),
    "password hash": lambda value: re.fullmatch(r"[0-9a-f]{40}", value),
    "photograph": lambda value: value.startswith(b"\x89PNG") and len(value) > 65535,
}


@pytest.mark.parametrize(
    "planted", [entry for entry in sakila.PLANTED if not entry.table.endswith("_list")], ids=str
)
@pytest.mark.parametrize("seed", [1, 2])
def test_planted_data_are_where_the_truth_says(planted, seed):
    """It should find exactly as many rows with a kind of data as the module says it planted."""
    tables = {table.name: table for table in sakila.tables(seed=seed)}
    values = column(tables[planted.table], planted.column)
    for step in planted.path.split(".") if planted.path else ():
        values = [value[step] for value in values if value and step in value]
    is_kind = DETECTORS.get(planted.kind, lambda value: value is not None)
    assert len([value for value in values if value and is_kind(value)]) == planted.rows


def test_negative_controls_hold_no_personal_data(shop):
    """It should leave films and payments without phone numbers, mail addresses and cards."""
    for name in ("film", "film_text", "payment", "rental", "inventory"):
        text = "\n".join(map(str, shop[name].rows))
        assert not re.search(r"\+1 \d{3} 555|@\w|4\d{15}", text)
