"""Mistakes in a folder: what is wrong, where, and with which value."""

import unicodedata
from collections.abc import Iterable

from attrs import field, frozen

SHOWN_VALUE = 60
"""How much of a wrong value a line of the report shows, in characters."""


@frozen(order=True)
class Place:
    """Where something stands: a file and, from 1, a physical line and a character in it."""

    path: str
    line: int = 1
    column: int = 1


@frozen(order=True)
class Mistake:
    """One thing that must be put right before anything is applied.

    `line` is a physical line of the file, also after quoted line breaks, and `column` a character in it, both
    from 1. `value` is what was written, as it was written; `message` is Japanese with English after it.
    """

    path: str
    line: int
    column: int
    value: str = field(order=False)
    message: str

    def __str__(self) -> str:
        """`file:line:column: message (value)`, on one line whatever the value holds."""
        shown = f" ({visible(self.value)})" if self.value else ""
        return f"{self.path}:{self.line}:{self.column}: {visible(self.message, limit=None)}{shown}"


class BadValueError(ValueError):
    """A value that cannot be what its column holds; says why in Japanese and in English."""

    def __init__(self, japanese: str, english: str) -> None:
        super().__init__(japanese, english)
        self.japanese = japanese
        self.english = english


def mistake(place: Place, value: str, japanese: str, english: str) -> Mistake:
    """A mistake at `place`, its message in both languages."""
    return Mistake(place.path, place.line, place.column, value, f"{japanese} / {english}")


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Each mistake once, by file, line and column."""
    return sorted(set(mistakes))


def visible(value: str, limit: int | None = SHOWN_VALUE) -> str:
    r"""The value fit for a terminal: control and invisible characters as `\u0000`, the rest of a long one cut."""
    cut = value if limit is None or len(value) <= limit else value[:limit] + "…"
    # A value of somebody else's file must not be able to move the cursor or turn the text round.
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else c for c in cut
    )
