"""The search index of one organisation's staff directory.

It keeps the names of all people in one string, in which each word of a query is found by `str.find`.
Keys of `kairan.names` and `kairan.romaji` hold no control characters, so these separate fields and people.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import methodcaller
from typing import Final, NamedTuple

from attrs import frozen

from kairan.names import fold, is_kana, kana_key, kana_order
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import UserID
from kairan.romaji import romaji_key, romaji_spelling, without_long_vowels
from kairan.search_query import Query, Word

# How well a word fits, best first. A query of several words has the sum, or WHOLE where together they are the name.
WHOLE: Final = 0
SURNAME: Final = 1
BEGINS: Final = 2
CONTAINS: Final = 3
PLACE: Final = 4
"""The section, title or extension."""

_ENTRY: Final = "\x01"
_FIELD: Final = "\x02"
_SURNAME_LENGTHS: Final = "\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
"""By length, 0 for a name of one word; the last is for all that are as long or longer."""

_FEW: Final = 16
"""Entries of which the names are sooner put together again than found among all."""

_entries_in = methodcaller("count", _ENTRY)


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

    A field is a character for the length of the surname with which it begins, `_FIELD` and its text; after the
    fields of an entry stands `_ENTRY`. So an entry's number is how many of these come before it, which C counts.
    """

    __slots__ = ("_text",)

    def __init__(self, records: Iterable[str]) -> None:
        self._text = _ENTRY.join(records) + _ENTRY

    def find(self, part: str, found: dict[int, int]) -> None:
        """Put the positions of the entries that have `part` in a field into `found`, with their quality."""
        pieces = self._text.split(part)
        if len(pieces) == 1:
            return
        length = _length_mark(len(part))
        for at, before, after in zip(accumulate(map(_entries_in, pieces)), pieces, pieces[1:], strict=False):
            quality = CONTAINS
            if before[-1:] == _FIELD:
                # Nothing at all comes after a part that is repeated (もも).
                quality = WHOLE if after and after[0] < " " else SURNAME if before[-2] == length else BEGINS
            if quality < found.get(at, PLACE):
                found[at] = quality

    def find_whole(self, text: str) -> Iterator[int]:
        """The positions of the entries that have a field with just this text."""
        pieces = self._text.split(_FIELD + text)
        for at, after in zip(accumulate(map(_entries_in, pieces)), pieces[1:], strict=False):
            if after[0] < " ":
                yield at

    def find_beginning(self, part: str) -> Iterator[int]:
        """The positions of the entries of which a field begins with `part`."""
        pieces = self._text.split(_FIELD + part)
        pieces.pop()
        return accumulate(map(_entries_in, pieces))


class _People:
    """The names of entries and their readings, the latter in Latin letters too."""

    __slots__ = ("_has_latin_names", "_latin", "_names")

    def __init__(self, entries: Iterable[DirectoryEntry]) -> None:
        fields = [_person_fields(entry) for entry in entries]
        self._has_latin_names = any(_LATIN.search(names) for names, _ in fields)
        self._names = _Fields(names for names, _ in fields)
        self._latin = _Fields(latin for _, latin in fields)

    def find(self, word: Word, found: dict[int, int]) -> None:
        """Put the positions of the entries that have `word` in a name into `found`, with their quality."""
        for fields, text in self._where(word):
            fields.find(text, found)

    def find_whole(self, word: Word) -> set[int]:
        """The positions of the entries of which `word` is the whole name."""
        return {at for fields, text in self._where(word) for at in fields.find_whole(text)}

    def _where(self, word: Word) -> Iterator[tuple[_Fields, str]]:
        if self._has_latin_names or not word.latin:
            yield from ((self._names, text) for text in word.texts)
        yield from ((self._latin, form) for form in word.latin)


class OrganizationDirectory:
    """The search index of the current postings of one organisation. It never changes."""

    def __init__(self, organization: OrganizationKey, entries: Iterable[DirectoryEntry]) -> None:
        self.organization = organization
        self.entries = tuple(sorted(entries, key=order))
        """All postings by the kana of their people, of one person the main one first."""
        self._people = _People(self.entries)
        self._numbers = _Fields(_number_fields(entry.extension) for entry in self.entries)
        self._by_id = array("I", sorted(range(len(self.entries)), key=self._user_id))
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
        if query.names:
            found.update((at, WHOLE) for at in self._named(query.names, list(found)))
        entries, size = self.entries, len(self.entries)
        ranked = sorted(quality * size + at for at, quality in found.items())
        matches = [Match(rank // size, rank % size, entries[rank % size]) for rank in ranked]
        return matches if section is None else [match for match in matches if match.entry.section == section]

    def _find(self, word: Word) -> dict[int, int]:
        found: dict[int, int] = {}
        self._people.find(word, found)
        if word.key.isascii():
            self._find_identifier(word.key, found)
        if word.number:
            for at in self._numbers.find_beginning(word.number):
                found.setdefault(at, PLACE)
        for place, positions in self._places:
            if any(text in place for text in word.texts):
                for at in positions:
                    found.setdefault(at, PLACE)
        return found

    def _user_id(self, position: int) -> UserID:
        return self.entries[position].user_id

    def _find_identifier(self, key: str, found: dict[int, int]) -> None:
        """A whole localpart or a whole user ID; new ones have no capital letters, as keys have none."""
        beginning = key if key.startswith("@") else f"@{key}:"
        for at in range(bisect_left(self._by_id, beginning, key=self._user_id), len(self._by_id)):
            position = self._by_id[at]
            user_id = self._user_id(position)
            if user_id != key and (key == beginning or not user_id.startswith(beginning)):
                break
            found[position] = WHOLE

    def _named(self, names: Iterable[Word], among: Sequence[int]) -> set[int]:
        """Which of these entries have one of these whole names."""
        if len(among) <= _FEW:
            people = _People(self.entries[at] for at in among)
            return {among[at] for name in names for at in people.find_whole(name)}
        return set(among) & {at for name in names for at in self._people.find_whole(name)}

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
    return entry.kana or (entry.name if is_kana(_name_word(entry.name)) else "")


def order(entry: DirectoryEntry) -> tuple[str, UserID, bool]:
    """The sort key of a directory: kana (the name where there is none), user ID, main posting first."""
    return kana_order(entry.kana or entry.name), entry.user_id, not entry.main


def _person_fields(entry: DirectoryEntry) -> tuple[str, str]:
    """The fields of the name and its reading, and those of the reading in Latin letters."""
    names = _field([_name_word(word) for word in entry.name.split()])
    words = [_kana_word(word) for word in _reading(entry).split()]
    if not words:
        return names, ""
    keys, sounds, romaji, spellings = zip(*words, strict=True)
    names += _field(keys)
    if sounds != keys:
        names += _field(sounds)
    latin = _field(romaji)
    if spellings != romaji:
        latin += _field(spellings)
    if len(romaji) > 1:
        joined = "".join(romaji)
        # さの うみ is sanoumi, and sanomi to those who hear a long vowel.
        if (whole := without_long_vowels(joined)) != joined:
            latin += _field([romaji[0], whole[len(romaji[0]) :]])
    return names, latin


def _number_fields(extension: str) -> str:
    if extension.isdigit() and extension.isascii():
        return _field([extension])
    folded = fold(extension).replace("-", "")
    return _field([folded]) + "".join(_field([number]) for number in _NUMBER.findall(folded) if number != folded)


_LATIN: Final = re.compile("[a-z]")
_NUMBER: Final = re.compile("[0-9]+")


def _length_mark(length: int) -> str:
    return _SURNAME_LENGTHS[length] if length < len(_SURNAME_LENGTHS) else _SURNAME_LENGTHS[-1]


def _field(words: Sequence[str]) -> str:
    """A field of these words without blanks; empty where they are."""
    text = "".join(words)
    return _length_mark(len(words[0]) if len(words) > 1 else 0) + _FIELD + text if text else ""


class _KanaWord(NamedTuple):
    """The forms under which one word of a reading is found."""

    key: str
    sound: str
    romaji: str
    spelling: str


# Surnames and given names recur.
_name_word = lru_cache(8192)(fold)


@lru_cache(8192)
def _kana_word(word: str) -> _KanaWord:
    return _KanaWord(fold(word), kana_key(word), romaji_key(word), romaji_spelling(word))
