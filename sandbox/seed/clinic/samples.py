"""One made-up value for each identifier that Macie manages, in a column named by the keyword where one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Sample(NamedTuple):
    """A value in a column of its own, and by which identifiers it is found besides the one that it is for."""

    column: str
    value: str
    also: tuple[str, ...] = ()


# What scanners of source code would take for a secret is put together here.
_KEY = "PRIVATE KEY"

SAMPLES: Mapping[str, Sample] = {
    "AWS_CREDENTIALS": Sample("aws_secret_access_key", "a/B3" * 10),
    "OPENSSH_PRIVATE_KEY": Sample("key 1", f"-----BEGIN OPENSSH {_KEY}-----"),
    "PKCS": Sample("key 2", f"-----BEGIN RSA {_KEY}-----"),
    "PGP_PRIVATE_KEY": Sample("key 3", f"-----BEGIN PGP {_KEY} BLOCK-----"),
    "JSON_WEB_TOKEN": Sample("token", ".".join(("eyJ" + "a" * 12, "eyJ" + "b" * 12, "c" * 12))),
    "HTTP_BASIC_AUTH_HEADER": Sample("header 1", "Authorization: Basic bm90aGluZzo="),
    "GCP_API_KEY": Sample("key 4", "AIza" + "x" * 35),
    "STRIPE_CREDENTIALS": Sample("key 5", "sk_test_" + "0" * 24),
    "BANK_ACCOUNT_NUMBER": Sample("bank account", "12345678"),
    "FRANCE_BANK_ACCOUNT_NUMBER": Sample("iban fr", "FR14 2004 1010 0505 0001 3M02 606"),
    "GERMANY_BANK_ACCOUNT_NUMBER": Sample("iban de", "DE89 3704 0044 0532 0130 00"),
    "ITALY_BANK_ACCOUNT_NUMBER": Sample("iban it", "IT60 X054 2811 1010 0000 0123 456"),
    "SPAIN_BANK_ACCOUNT_NUMBER": Sample("iban es", "ES91 2100 0418 4502 0005 1332"),
    "UK_BANK_ACCOUNT_NUMBER": Sample("iban gb", "GB29 NWBK 6016 1331 9268 19"),
    "CREDIT_CARD_NUMBER": Sample("credit card", "2223 0031 2200 3222"),
    "CREDIT_CARD_NUMBER_(NO_KEYWORD)": Sample("remark", "4111 1111 1111 1111"),
    "CREDIT_CARD_EXPIRATION": Sample("expiration", "12/2031"),
    "CREDIT_CARD_SECURITY_CODE": Sample("cvv", "123"),
    "ADDRESS": Sample("where", "12 Chapel Street, Springfield 62704"),
    "DATE_OF_BIRTH": Sample("dob", "1971-03-04"),
    "LATITUDE_LONGITUDE": Sample("coordinates", "52.520008, 13.404954"),
    "NAME": Sample("who", "Zoë Ångström"),
    "PHONE_NUMBER": Sample("phone", "+1 212 555 0142"),
    "VEHICLE_IDENTIFICATION_NUMBER": Sample("vin", "1HGCM82633A004352"),
    "HTTP_COOKIE": Sample("header 2", "Cookie: session=none"),
    "USA_SOCIAL_SECURITY_NUMBER": Sample("ssn", "219-09-9999"),
    "USA_PASSPORT_NUMBER": Sample("passport", "C03005988"),
    "UK_PASSPORT_NUMBER": Sample("uk passport", "925665416", also=("USA_PASSPORT_NUMBER",)),
    "GERMANY_PASSPORT_NUMBER": Sample("reisepass", "C01X00T47"),
    "USA_DRIVERS_LICENSE": Sample("driver license", "D1234567"),
    "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": Sample("itin", "912-70-1234"),
    "UK_NATIONAL_INSURANCE_NUMBER": Sample("nino", "AB 12 34 56 C"),
    "UK_NHS_NUMBER": Sample("nhs number", "943 476 5919"),
    "CANADA_SOCIAL_INSURANCE_NUMBER": Sample("social insurance number", "046 454 286"),
    "SPAIN_DNI_NUMBER": Sample("dni", "12345678Z"),
}
TABLE = "one of each"
