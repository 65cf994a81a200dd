"""What a password that a person chooses must not be, in words that they understand."""

import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from kairan.language import Language
from kairan.names import fold
from kairan.people import Person
from kairan.policy import PasswordRules
from kairan.romaji import fold_romaji, romaji_key

KINDS: Final = 4
"""Kinds of characters: a-z, A-Z, 0-9, others."""

_SHORTEST_NUMBER: Final = 3
_SHORTEST_NAME: Final = 2
_SHORTEST_ROMAJI: Final = 3
"""Shorter ones would be found in passwords that have nothing to do with the person."""


class Fault(StrEnum):
    """What is wrong with a password."""

    SHORT = "short"
    KINDS = "kinds"
    STAFF_NUMBER = "staff_number"
    NAME = "name"
    FIRST_PASSWORD = "first_password"  # noqa: S105 (the name of a fault)


FAULTS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.SHORT: ("{shortest} 文字以上にしてください", "use at least {shortest} characters"),
    Fault.KINDS: (
        "英小文字、英大文字、数字、そのほかのうち {kinds} 種類以上を使ってください",
        "use at least {kinds} of small letters, capital letters, digits and others",
    ),
    Fault.STAFF_NUMBER: ("職員番号を入れないでください", "leave out the staff number"),
    Fault.NAME: (
        "氏名（かな、ローマ字を含む）を入れないでください",
        "leave out your name, in kana and Latin letters too",
    ),
    Fault.FIRST_PASSWORD: (
        "最初のパスワードとは別のものにしてください",
        "choose another one than the first password",
    ),
}
"""Japanese and English; `{shortest}` and `{kinds}` are the numbers of the rules."""


def faults(password: str, rules: PasswordRules, person: Person | None = None) -> list[Fault]:
    """Everything that is wrong with a password, in the order in which to say it; nothing for a good one.

    Args:
        person: whose it would be; None for somebody who is not registered.
    """
    # As the homeserver does before it hashes: full-width letters are the half-width ones.
    password = unicodedata.normalize("NFKC", password)
    found = []
    if len(password) < rules.shortest:
        found.append(Fault.SHORT)
    if _kinds(password) < rules.kinds:
        found.append(Fault.KINDS)
    if person is not None:
        if len(person.localpart) >= _SHORTEST_NUMBER and person.localpart.lower() in password.lower():
            found.append(Fault.STAFF_NUMBER)
        if _holds_name(password, person):
            found.append(Fault.NAME)
    return found


def sentences(found: Sequence[Fault], rules: PasswordRules, language: Language) -> list[str]:
    """What is wrong, a sentence each, without a full stop."""
    index = list(Language).index(language)
    return [FAULTS[fault][index].format(shortest=rules.shortest, kinds=rules.kinds) for fault in found]


def _kinds(password: str) -> int:
    lower = any("a" <= letter <= "z" for letter in password)
    upper = any("A" <= letter <= "Z" for letter in password)
    digit = any("0" <= letter <= "9" for letter in password)
    other = any(not (letter.isascii() and letter.isalnum()) for letter in password)
    return sum((lower, upper, digit, other))


def _holds_name(password: str, person: Person) -> bool:
    folded, spelt = fold(password), fold_romaji(password)
    for part in (*person.name.split(), *person.kana.split()):
        if len(part) >= _SHORTEST_NAME and fold(part) in folded:
            return True
    return any(reading in spelt or reading in folded for reading in _readings(person))


def _readings(person: Person) -> Iterator[str]:
    """The names in Latin letters, and names that are Latin already."""
    for part in (*person.kana.split(), *(part for part in person.name.split() if part.isascii())):
        if len(key := romaji_key(part)) >= _SHORTEST_ROMAJI:
            yield key
