"""The truth of the world "customers": what its configured discovery has to find, column for column.

It follows from what was planted and from the identifiers in include/pipelines/sensitive_data_discovery/customers.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.seed import sakila
from sandbox.seed.exposures import Exposure

SCHEMA = "sakila"
DETECTORS: Mapping[str, tuple[str, ...]] = {
    "date of birth": ("custom:BIRTH_DATE",),
    "email": ("custom:EMAIL_ADDRESS",),
    "first name": ("custom:PERSON_NAME_PART",),
    "full name": ("NAME",),
    "last name": ("custom:PERSON_NAME_PART",),
    "password hash": ("custom:PASSWORD_HASH",),
    "payment card": ("CREDIT_CARD_NUMBER", "CREDIT_CARD_NUMBER_(NO_KEYWORD)"),
    "phone": ("PHONE_NUMBER",),
    "phone in a text": ("custom:PHONE_IN_TEXT",),
    "postal code": ("custom:POSTAL_CODE",),
    "street": ("custom:STREET_ADDRESS",),
    "user name": ("custom:USER_NAME",),
}
"""Identifiers that find a kind of planted data."""

UNREADABLE = ("coordinates", "photograph")
"""Kinds in binary columns, which Macie cannot read and the configuration leaves out."""

TRUTH = frozenset(
    Exposure(SCHEMA, planted.table, planted.column, detector)
    for planted in sakila.PLANTED
    for detector in DETECTORS.get(planted.kind, ())
)

CONTROLS = ("category", "film", "film_text", "payment", "rental", "sales_by_store")
"""Tables and views of texts, numbers and dates that are searched like the others and hold nothing."""
