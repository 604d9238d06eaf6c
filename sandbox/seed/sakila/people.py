"""Where people live and who they are: country, city, address, store, staff, customer."""

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.seed.sakila import words
from sandbox.seed.sakila.table import OPENING, Point, Row, Table, dice

ADDRESSES = 603
CITIES = 600
CUSTOMERS = 599
STORES = 2
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)


def people(seed: int) -> Iterator[Table]:
    """Generate the tables in an order that satisfies their references, but for store's to staff."""
    yield Table(
        "country",
        ("country_id", "country", "last_update"),
        [(number, name, OPENING) for number, name in enumerate(words.COUNTRIES, 1)],
    )
    yield Table("city", ("city_id", "city", "country_id", "last_update"), _cities(dice(seed, "city")))
    yield Table("address", _ADDRESS_COLUMNS, _addresses(dice(seed, "address")))
    yield Table(
        "store",
        ("store_id", "manager_staff_id", "address_id", "last_update"),
        [(number, number, number, OPENING) for number in range(1, STORES + 1)],
    )
    yield Table("staff", _STAFF_COLUMNS, _staff(dice(seed, "staff")))
    yield Table("customer", _CUSTOMER_COLUMNS, _customers(dice(seed, "customer")))


def _cities(rng: Random) -> list[Row]:
    names = [start + end for start in words.TOWN_STARTS for end in words.TOWN_ENDS]
    chosen = words.TOWN_ODDITIES + rng.sample(names, CITIES - len(words.TOWN_ODDITIES))
    countries = len(words.COUNTRIES)
    return [(number, name, number % countries + 1, OPENING) for number, name in enumerate(chosen, 1)]


_ADDRESS_COLUMNS = (
    "address_id",
    "address",
    "address2",
    "district",
    "city_id",
    "postal_code",
    "phone",
    "location",
    "last_update",
)


def _addresses(rng: Random) -> list[Row]:
    return [
        (
            number,
            f"{rng.randint(1, 1999)} {rng.choice(words.STREETS)} {rng.choice(words.STREET_KINDS)}",
            f"Apartment {rng.randint(1, 80)}" if number % 4 == 0 else None,
            rng.choice(words.DISTRICTS),
            number % CITIES + 1,
            f"{rng.randint(1000, 99950):05}",
            phone(rng) if number % 100 else "",
            Point(round(rng.uniform(-180, 180), 6), round(rng.uniform(-60, 72), 6)),
            OPENING,
        )
        for number in range(1, ADDRESSES + 1)
    ]


_STAFF_COLUMNS = (
    "staff_id",
    "first_name",
    "last_name",
    "address_id",
    "picture",
    "email",
    "store_id",
    "active",
    "username",
    "password",
    "last_update",
)


def _staff(rng: Random) -> list[Row]:
    def clerk(number: int, first: str, last: str, picture: bytes | None) -> Row:
        email = f"{ascii_only(first)}.{ascii_only(last)}@shop.example.org"
        secret = hashlib.sha1(rng.randbytes(8), usedforsecurity=False).hexdigest()
        return (number, first, last, number, picture, email, number, True, ascii_only(first), secret, OPENING)

    # More than the 64 KiB of a BLOB, so that what copies MEDIUMBLOB as BLOB is found out.
    photograph = b"\x89PNG\r\n\x1a\n" + rng.randbytes(70_000)
    return [clerk(1, "Zoë", "D'Amico", photograph), clerk(2, "Søren", "Okafor", None)]


_CUSTOMER_COLUMNS = (
    "customer_id",
    "store_id",
    "first_name",
    "last_name",
    "email",
    "address_id",
    "active",
    "newsletter",
    "profile",
    "create_date",
    "last_update",
)


def _customers(rng: Random) -> list[Row]:
    pairs = [(first, last) for first in words.FIRST_NAMES for last in words.LAST_NAMES]
    return [
        (
            number,
            rng.randint(1, STORES),
            first,
            last,
            f"{ascii_only(first)}.{ascii_only(last)}@mail.example.org" if number % 50 else None,
            number + ADDRESSES - CUSTOMERS,
            number % 40 != 0,
            number % 3 == 0,
            _profile(rng, number) if number % 7 else None,
            OPENING - timedelta(days=rng.randint(1, 900)),
            OPENING,
        )
        for number, (first, last) in enumerate(rng.sample(pairs, CUSTOMERS), 1)
    ]


def _profile(rng: Random, number: int) -> dict[str, Any]:
    profile: dict[str, Any] = {"favourite": rng.choice(words.CATEGORIES), "visits": rng.randint(1, 90)}
    if number % 3 == 0:
        profile["born"] = (date(1945, 1, 1) + timedelta(days=rng.randrange(60 * 365))).isoformat()
    if number % 10 == 0:
        profile["card"] = {"network": "visa", "number": _card_number(rng)}
    if number % 25 == 0:
        profile["note"] = f'Prefers "late" returns 🕰; call {phone(rng)} after 6 o\'clock'
    return profile


def phone(rng: Random) -> str:
    """Make up a phone number with a country code, in the 555 range that no subscriber has."""
    return f"+1 {rng.randint(201, 989)} 555 {rng.randint(100, 9999):04}"


def ascii_only(name: str) -> str:
    """Spell a name with the letters that e-mail addresses and user names have."""
    plain = unicodedata.normalize("NFKD", name.translate(_NOT_DECOMPOSED))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalpha())


def _card_number(rng: Random) -> str:
    digits = [4, *(rng.randrange(10) for _ in range(14))]
    doubled = [sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)
