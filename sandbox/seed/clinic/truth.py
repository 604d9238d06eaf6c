"""What a search of the clinic has to find, and where it must find nothing.

The identifiers are Macie's, all of them, and those of tests/pipelines/sensitive_data_discovery/clinic_*.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.seed.clinic.loading import EngineName
from sandbox.seed.clinic.samples import SAMPLES, TABLE
from sandbox.seed.exposures import Exposure

EMAIL, RECORD, BORN = "custom:EMAIL_ADDRESS", "custom:RECORD_NUMBER", "custom:GEBURTSDATUM"
CARD = ("CREDIT_CARD_NUMBER", "CREDIT_CARD_NUMBER_(NO_KEYWORD)")
WARD = "Ward 7.b & <old>"

Found = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Detectors by column by table."""

BOTH: Found = {
    "Ärzte": {"Name der Ärztin": ("NAME",), "Geburtsdatum": (BORN,), "電話番号 phone": ("PHONE_NUMBER",)},
    "R&D <friends>": {"where they live": ("ADDRESS",), "who's who": ("NAME",)},
    # Macie leaves the path out where the name of a column is sensitive itself.
    "a name that tells": {"": (EMAIL,)},
    "50% [off]_x": {"100%": (EMAIL,)},
    "skipXme": {"email": (EMAIL,)},
    TABLE: {one.column: (detector, *one.also) for detector, one in SAMPLES.items()},
}
NOTES: Mapping[str, tuple[str, ...]] = {
    'it\'s "quoted"': (EMAIL,),
    "note.dotted": (EMAIL,),
    "e-mail [work]": (EMAIL,),
    "back\\slash": (RECORD,),
}
TYPES: Mapping[str, tuple[str, ...]] = {
    "card_number": CARD,
    "phone": ("PHONE_NUMBER",),
    "date of birth": ("DATE_OF_BIRTH",),
    "dob": ("DATE_OF_BIRTH",),
    "ssn": ("USA_SOCIAL_SECURITY_NUMBER",),
    "profile": (EMAIL,),
    "memo": (EMAIL,),
    "mail_kind": (EMAIL,),
    "mails": (EMAIL,),
}
ONE: Mapping[EngineName, Found] = {
    "mysql": {
        "order": {"select": (EMAIL,), "desc": (RECORD,)},
        "patient`s notes": NOTES,
        "Visit": {"contact email": (EMAIL,)},
        "a_table_whose_name_is_as_long_as_mysql_lets_a_name_be_64_letters": {
            "a_column_whose_name_is_as_long_as_mysql_lets_one_be_and_not_more": (EMAIL,)
        },
        "types": TYPES,
        "in/out": {"e/mail": (EMAIL,)},
    },
    "postgres": {
        "user": {"select": (EMAIL,), "desc": (RECORD,)},
        'patient`s "notes"': {**NOTES, " two\nlines ": (EMAIL,)},
        "Visit": {"Email": (EMAIL,)},
        "visit": {"email": (EMAIL,)},
        "kept": {"email": (EMAIL,)},
        "a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_63by": {
            "a_column_whose_name_is_as_long_as_postgresql_lets_one_be_63byte": (EMAIL,)
        },
        "types": {**TYPES, "mail": (EMAIL,)},
        "/in/out": {"e/mail": (EMAIL,)},
    },
}
SCHEMA: Mapping[EngineName, str] = {"mysql": "clinic", "postgres": "public"}


def _exposures(engine: EngineName) -> Iterator[Exposure]:
    for table, columns in {**BOTH, **ONE[engine]}.items():
        for column, detectors in columns.items():
            for detector in detectors:
                yield Exposure(SCHEMA[engine], table, column, detector)
    yield Exposure(WARD, "tests", "result", RECORD)


TRUTH: Mapping[EngineName, frozenset[Exposure]] = {
    "mysql": frozenset(_exposures("mysql")),
    "postgres": frozenset(_exposures("postgres")),
}

SILENT = ("nobody yet", "nulls only", "view of nobody")
"""Tables and views that are loaded and hold nothing: without rows, or with NULL in every column."""
