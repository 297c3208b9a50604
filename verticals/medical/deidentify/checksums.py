"""Check digits and validity rules of numbers that name a person or an account."""

import re
from datetime import date

_RESIDENT = re.compile(r"\d{17}[\dXx]")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SSN = re.compile(r"(\d{3})[- ]?(\d{2})[- ]?(\d{4})")
# The first two digits of a Chinese resident identity number: the province (GB/T 2260).
_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
    *range(61, 66), 71, 81, 82, 83,
}  # fmt: skip


def digits_of(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isdigit())


def check_digit_luhn(body: str) -> str:
    """The digit that makes `body` plus it pass Luhn's test (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, one in enumerate(reversed(body)):
        value = int(one) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def luhn_valid(number: str) -> bool:
    """Whether a card number of 12 to 19 digits passes Luhn's test; blanks and hyphens do not count."""
    digits = digits_of(number)
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and check_digit_luhn(digits[:-1]) == digits[-1]


def check_digit_mod11_2(body: str) -> str:
    """The 18th place of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(one) * weight for one, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def resident_valid(number: str) -> bool:
    """Whether 18 places are a Chinese resident identity number: province, date of birth and check digit."""
    if not _RESIDENT.fullmatch(number) or int(number[:2]) not in _PROVINCES:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return check_digit_mod11_2(number[:17]) == number[17].upper()


def ssn_valid(number: str) -> bool:
    """Whether a US social security number can have been issued: no area 000, 666 or 900 up, no zero part."""
    match = _SSN.fullmatch(number)
    if match is None:
        return False
    area, group, serial = match.groups()
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def check_digit_iban(country: str, body: str) -> str:
    """The two check digits of an IBAN (ISO 13616, ISO 7064 MOD 97-10)."""
    return f"{98 - _number_of(body + country + '00') % 97:02}"


def iban_valid(number: str) -> bool:
    """Whether the check digits of an IBAN hold; blanks do not count."""
    plain = re.sub(r"\s", "", number).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", plain):
        return False
    return _number_of(plain[4:] + plain[:4]) % 97 == 1


def _number_of(text: str) -> int:
    return int("".join(str(int(one, 36)) for one in text))


def check_digit_nhs(body: str) -> str | None:
    """The tenth digit of an NHS number (NHS data dictionary, modulus 11); None where there can be none."""
    digit = 11 - sum(int(one) * weight for one, weight in zip(body, range(10, 1, -1), strict=True)) % 11
    return None if digit == 10 else str(digit % 11)


def nhs_valid(number: str) -> bool:
    digits = digits_of(number)
    return len(digits) == 10 and check_digit_nhs(digits[:9]) == digits[9]
