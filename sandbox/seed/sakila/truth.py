"""What personal data the rows hold and where: planted, so that a search for them can be measured.

Real Sakila has no such list. The numbers are the same for every seed. Columns that are not listed hold none;
film, film_text and payment hold text and numbers that only look like it.
"""

from typing import NamedTuple


class Planted(NamedTuple):
    """One kind of personal data in one column.

    Attributes:
        table: the table's or view's name.
        column: the column's name.
        kind: what it is.
        rows: how many rows hold it.
        path: where in a JSON column it is, dots between the keys.
    """

    table: str
    column: str
    kind: str
    rows: int
    path: str | None = None


PLANTED = (
    Planted("actor", "first_name", "first name", 200),
    Planted("actor", "last_name", "last name", 200),
    Planted("address", "address", "street", 603),
    Planted("address", "postal_code", "postal code", 603),
    Planted("address", "phone", "phone", 597),
    Planted("address", "location", "coordinates", 603),
    Planted("staff", "first_name", "first name", 2),
    Planted("staff", "last_name", "last name", 2),
    Planted("staff", "picture", "photograph", 1),
    Planted("staff", "email", "email", 2),
    Planted("staff", "username", "user name", 2),
    Planted("staff", "password", "password hash", 2),
    Planted("customer", "first_name", "first name", 599),
    Planted("customer", "last_name", "last name", 599),
    Planted("customer", "email", "email", 588),
    Planted("customer", "profile", "date of birth", 171, "born"),
    Planted("customer", "profile", "payment card", 51, "card.number"),
    Planted("customer", "profile", "phone in a text", 20, "note"),
    Planted("customer_list", "name", "full name", 599),
    Planted("customer_list", "address", "street", 599),
    Planted("customer_list", "zip_code", "postal code", 599),
    Planted("customer_list", "phone", "phone", 593),
    Planted("staff_list", "name", "full name", 2),
    Planted("staff_list", "address", "street", 2),
    Planted("staff_list", "zip_code", "postal code", 2),
    Planted("staff_list", "phone", "phone", 2),
)
