"""What the digits of a number must add up to, where a pattern alone would take too much for sensitive."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def luhn(text: str) -> bool:
    """Check a payment card's number by its last digit, and refuse one digit repeated.

    Source: https://www.iso.org/standard/70484.html (ISO/IEC 7812-1, annex B)
    """
    digits = [int(letter) for letter in text if letter.isdigit()]
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def iban(text: str) -> bool:
    """Check an international bank account number by its two digits.

    Source: https://www.iso.org/standard/81090.html (ISO 13616-1, annex A)
    """
    plain = "".join(text.split()).upper()
    if len(plain) < 15:
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def social_security(text: str) -> bool:
    """Refuse numbers that the United States never gave out.

    Source: https://www.ssa.gov/employer/randomization.html
    """
    digits = "".join(letter for letter in text if letter.isdigit())
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def secret(text: str) -> bool:
    """Refuse what looks like a word, a number or a hash: a secret key mixes cases and digits."""
    return (
        any(letter.isupper() for letter in text)
        and any(letter.islower() for letter in text)
        and any(letter.isdigit() for letter in text)
    )


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "iban": iban,
    "luhn": luhn,
    "secret": secret,
    "social_security": social_security,
}
