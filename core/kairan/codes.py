"""Local government codes (全国地方公共団体コード): six digits, the last of them a check digit.

Source: 総務省 全国地方公共団体コード; the list is `data/local_governments.csv`.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NewType

from attrs import frozen

GovernmentCode = NewType("GovernmentCode", str)
"""Six ASCII digits with a right check digit, for example `272060`."""

_WEIGHTS = (6, 5, 4, 3, 2)


@frozen
class LocalGovernment:
    """One line of the nation's list. `kind` is prefecture, city, ward, special_ward, town or village."""

    code: GovernmentCode
    prefecture: str
    name: str
    kana: str
    kind: str


def check_digit(first_five: str) -> int:
    """The check digit that follows five digits: (11 - (6a+5b+4c+3d+2e) mod 11) mod 10."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_five, strict=True))
    return (11 - total % 11) % 10


def parse_code(text: str) -> GovernmentCode:
    """Read a code that is in the nation's list.

    Raises:
        ValueError: not six digits, a wrong check digit (the right one is named), or not in the list.
    """
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a local government code: six digits are needed")
    expected = check_digit(text[:5])
    if int(text[5]) != expected:
        raise ValueError(f"{text!r} has a wrong check digit: {text[:5]}{expected} would be right")
    if text not in local_governments():
        raise ValueError(f"{text!r} is in no list of local governments")
    return GovernmentCode(text)


@cache
def local_governments() -> Mapping[str, LocalGovernment]:
    """The nation's list by code, in its order."""
    source = files("kairan").joinpath("data/local_governments.csv")
    rows = [
        LocalGovernment(
            code=GovernmentCode(row["code"]),
            prefecture=row["prefecture"],
            name=row["name"],
            kana=row["kana"],
            kind=row["kind"],
        )
        for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    ]
    return {row.code: row for row in rows}
