"""The search index of one organisation's staff directory.

It keeps the names of all people in one string, in which each word of a query is found by `str.find`.
Keys of `kairan.names` and `kairan.romaji` hold no control characters, so these separate fields and people.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from attrs import frozen

from kairan.names import fold, is_kana, kana_key, kana_order
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import UserID
from kairan.romaji import romaji_spelling, without_long_vowels
from kairan.search_query import Query, Word

# How well a word fits, best first. A query of several words has the sum, or WHOLE where together they are the name.
WHOLE: Final = 0
SURNAME: Final = 1
BEGINS: Final = 2
CONTAINS: Final = 3
PLACE: Final = 4
"""The section, title or extension."""

_FIELD: Final = "\x01"
_END: Final = "\x02"
_LONGEST_SURNAME: Final = 0x1F - ord(_END)


@frozen
class DirectoryEntry:
    """One current posting of one person, with what the search shows and finds of it.

    `section_path` holds the names from the top section down; `main` is whether it is the person's main posting.
    """

    user_id: UserID
    name: str
    kana: str
    display_name: str
    organization: OrganizationKey
    section: SectionKey | None
    section_path: tuple[str, ...]
    title: str
    extension: str
    main: bool


class Match(NamedTuple):
    """An entry that fits a query: `quality` from 0 (best), `position` in the organisation's kana order."""

    quality: int
    position: int
    entry: DirectoryEntry


class _Fields:
    """The searchable fields of many entries in one string, to be found by any part of them.

    Before each field stand a character for the length of the surname with which it begins, and `_FIELD`.
    """

    __slots__ = ("_starts", "_text")

    def __init__(self, records: Iterable[str]) -> None:
        texts = list(records)
        self._starts = array("I", [0])
        total = 0
        for text in texts:
            total += len(text)
            self._starts.append(total)
        self._text = "".join(texts) + _END

    @staticmethod
    def field(text: str, surname_length: int = 0) -> str:
        """A field of a record; empty for an empty text."""
        return f"{chr(ord(_END) + min(surname_length, _LONGEST_SURNAME))}{_FIELD}{text}" if text else ""

    def find(self, part: str, found: dict[int, int]) -> None:
        """Put the positions of the entries that have `part` in a field into `found`, with their quality."""
        text, starts = self._text, self._starts
        at = text.find(part)
        if at < 0:
            return
        while at >= 0:
            record = bisect_right(starts, at)
            found.setdefault(record - 1, CONTAINS)
            at = text.find(part, starts[record])
        for record, quality in self.find_beginning(part):
            if quality < found[record]:
                found[record] = quality

    def find_beginning(self, part: str) -> Iterator[tuple[int, int]]:
        """The positions of the entries of which a field begins with `part`, with their quality."""
        text, starts = self._text, self._starts
        beginning = _FIELD + part
        at = text.find(beginning)
        while at >= 0:
            after = at + len(beginning)
            quality = BEGINS
            if text[after] < " ":
                quality = WHOLE
            elif ord(text[at - 1]) - ord(_END) == len(part):
                quality = SURNAME
            yield bisect_right(starts, at) - 1, quality
            at = text.find(beginning, after)


class OrganizationDirectory:
    """The search index of the current postings of one organisation. It never changes."""

    def __init__(self, organization: OrganizationKey, entries: Iterable[DirectoryEntry]) -> None:
        self.organization = organization
        self.entries = tuple(sorted(entries, key=order))
        """All postings by the kana of their people, of one person the main one first."""
        self._names = _Fields(map(_name_fields, self.entries))
        self._latin = _Fields(map(_latin_fields, self.entries))
        self._numbers = _Fields(_number_fields(entry.extension) for entry in self.entries)
        self._ids = _Fields(_Fields.field(entry.user_id.lower()) for entry in self.entries)
        self._places = self._index_places()

    def __len__(self) -> int:
        return len(self.entries)

    def people(self, section: SectionKey | None = None) -> list[DirectoryEntry]:
        """Everybody, or everybody who is posted to exactly this section: each person once, in kana order."""
        people: dict[UserID, DirectoryEntry] = {}
        for entry in self.entries:
            if section is None or entry.section == section:
                people.setdefault(entry.user_id, entry)
        return list(people.values())

    def matches(self, query: Query, section: SectionKey | None = None) -> list[Match]:
        """The postings (of one section, if given) that fit all words of the query, best first, then in kana order."""
        found: dict[int, int] | None = None
        for word in query.words:
            fits = self._find(word)
            found = fits if found is None else {at: found[at] + fits[at] for at in found.keys() & fits.keys()}
            if not found:
                return []
        if not found:
            return []
        for name in query.names:
            found.update((at, WHOLE) for at in self._with_name(name) if at in found)
        entries, size = self.entries, len(self.entries)
        ranked = sorted(quality * size + at for at, quality in found.items())
        matches = [Match(rank // size, rank % size, entries[rank % size]) for rank in ranked]
        return matches if section is None else [match for match in matches if match.entry.section == section]

    def _find(self, word: Word) -> dict[int, int]:
        found: dict[int, int] = {}
        for text in word.texts:
            self._names.find(text, found)
        for form in word.latin:
            self._latin.find(form, found)
        if word.key.isascii():
            self._find_identifier(word.key, found)
        for number in dict.fromkeys((word.key, word.key.replace("-", ""))):
            if number:
                for at, _ in self._numbers.find_beginning(number):
                    found.setdefault(at, PLACE)
        for place, positions in self._places:
            if any(text in place for text in word.texts):
                for at in positions:
                    found.setdefault(at, PLACE)
        return found

    def _find_identifier(self, key: str, found: dict[int, int]) -> None:
        for at, quality in self._ids.find_beginning(key if key.startswith("@") else f"@{key}:"):
            if quality == WHOLE or not key.startswith("@"):
                found[at] = WHOLE

    def _with_name(self, name: Word) -> Iterator[int]:
        for fields, forms in ((self._names, name.texts), (self._latin, name.latin)):
            for form in forms:
                for at, quality in fields.find_beginning(form):
                    if quality == WHOLE:
                        yield at

    def _index_places(self) -> list[tuple[str, Sequence[int]]]:
        """The different section paths and titles, folded, each with the positions of its entries."""
        positions: dict[tuple[str, ...], array[int]] = {}
        for at, entry in enumerate(self.entries):
            for names in (entry.section_path, (entry.title,)):
                if any(names):
                    if names not in positions:
                        positions[names] = array("I")
                    positions[names].append(at)
        return [(_FIELD.join(map(fold, names)), where) for names, where in positions.items()]


def _reading(entry: DirectoryEntry) -> str:
    """The kana, or a name that is kana itself where none is given."""
    return entry.kana or (entry.name if is_kana(fold(entry.name)) else "")


def order(entry: DirectoryEntry) -> tuple[str, UserID, bool]:
    """The sort key of a directory: kana (the name where there is none), user ID, main posting first."""
    return kana_order(entry.kana or entry.name), entry.user_id, not entry.main


def _name_fields(entry: DirectoryEntry) -> str:
    names = [_fold_word(word) for word in entry.name.split()]
    kana = [_kana_word(word) for word in _reading(entry).split()]
    plain = [word[0] for word in kana]
    sound = [word[1] for word in kana]
    # The names in full come first, the sound only where it is another.
    return _joined(names) + _joined(plain) + (_joined(sound) if sound != plain else "")


def _latin_fields(entry: DirectoryEntry) -> str:
    words = [_latin_word(word) for word in _reading(entry).split()]
    key = without_long_vowels("".join(word[0] for word in words))
    spelling = [word[1] for word in words]
    surname = len(without_long_vowels(words[0][0])) if len(words) > 1 else 0
    return _Fields.field(key, surname) + ("" if "".join(spelling) == key else _joined(spelling))


def _number_fields(extension: str) -> str:
    if not extension:
        return ""
    folded = fold(extension)
    numbers = re.findall("[0-9]+", folded.replace("-", ""))
    return "".join(_Fields.field(number) for number in dict.fromkeys([folded, *numbers]))


def _joined(words: list[str]) -> str:
    return _Fields.field("".join(words), len(words[0]) if len(words) > 1 else 0)


# Surnames and given names recur.
@lru_cache(8192)
def _fold_word(word: str) -> str:
    return fold(word)


@lru_cache(8192)
def _kana_word(word: str) -> tuple[str, str]:
    return fold(word), kana_key(word)


@lru_cache(8192)
def _latin_word(word: str) -> tuple[str, str]:
    return romaji_spelling(word, nasal="n"), romaji_spelling(word)
