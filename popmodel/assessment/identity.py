"""Citizens' identity numbers: whether one can be right, and what stands for it in a list that leaves the office.

The number of GB 11643-1999 has six digits of a place, a day of birth, three digits and a check character by ISO 7064 MOD 11-2;
that of before 1999 has fifteen digits, a year of two of them and no check. Both of a person give the same hash.
"""

from __future__ import annotations

import hmac
import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HALF_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
_CHARACTERS, _FIFTEEN = re.compile(r"[0-9]*[0-9X]?"), re.compile(r"[0-9]{15}")
FAULTS = ("characters", "length", "day", "check")


def check_character(first_17: str) -> str:
    """The eighteenth character of a number from its first seventeen digits.

    >>> check_character("11010519491231002")
    'X'
    """
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def plain_number(written: str) -> str:
    """A number as it is compared: half-width, without blanks and the mark of a text, capital X, of eighteen characters.

    One of fifteen digits is that of a person born in the twentieth century. Other texts are given as they are otherwise.
    """
    plain = re.sub(r"\s", "", written.translate(_HALF_WIDTH)).lstrip("'").upper()
    if not _FIFTEEN.fullmatch(plain):
        return plain
    first = f"{plain[:6]}19{plain[6:]}"
    return first + check_character(first)


def fault_of(number: str, today: date) -> str | None:
    """What is wrong with a `plain_number`, one of FAULTS (its characters, length, day of birth or check); None if nothing is."""
    if not _CHARACTERS.fullmatch(number):
        return "characters"
    if len(number) != 18:
        return "length"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "day"
    if not born.year >= 1850 or born > today:
        return "day"
    return None if number[17] == check_character(number[:17]) else "check"


def hashed(number: str, key: bytes) -> str:
    """What stands for a `plain_number`: HMAC-SHA-256 under a key that stays with the county, 64 hexadecimal digits.

    Without the key nobody can try out numbers. Source: RFC 2104.
    """
    return hmac.new(key, number.encode(), "sha256").hexdigest()
