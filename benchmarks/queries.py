"""What people look for, and who ought to be found: by a plain scan that shares nothing with the search it judges."""

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from attrs import frozen
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import Person

SectionNames = Mapping[tuple[OrganizationKey, SectionKey], str]
"""The names of a section and those above it, in one text."""


@frozen
class Wanted:
    """A query as typed, and the words of which all must be in one posting's name, reading, section or title.

    The words are in the form of `plain`.
    """

    kind: str
    text: str
    words: tuple[str, ...]


_PLAIN = str.maketrans("髙﨑齋齊斉邉邊濵廣澤眞德", "高崎斎斎斎辺辺浜広沢真徳")
_HALF_WIDTH = {
    unicodedata.normalize("NFKC", half): half
    for half in [
        *map(chr, range(0xFF66, 0xFF9E)),
        *(
            chr(kana) + mark
            for kana in range(0xFF66, 0xFF9E)
            for mark in "ﾞﾟ"
            if len(unicodedata.normalize("NFKC", chr(kana) + mark)) == 1
        ),
    ]
}


# Names recur, and large organisations are read whole for each query.
@lru_cache(100_000)
def plain(text: str) -> str:
    """Without blanks, old forms of kanji as the usual ones, katakana as hiragana."""
    return hiragana("".join(text.split()).translate(_PLAIN))


def hiragana(katakana: str) -> str:
    """A reading as most people type it."""
    return "".join(chr(ord(k) - 0x60) if "ァ" <= k <= "ヶ" else k for k in katakana)


def half_width(katakana: str) -> str:
    """A reading as old systems show it."""
    return "".join(_HALF_WIDTH.get(kana, kana) for kana in katakana)


@frozen
class _Colleague:
    """Somebody whom the searcher looks for."""

    surname: str
    given: str
    surname_kana: str
    given_kana: str
    section: str


_Maker = Callable[[_Colleague], tuple[str, tuple[str, ...]]]


def _fixed(text: str, *words: str) -> _Maker:
    return lambda _: (text, words or (text,))


QUERIES: tuple[tuple[str, _Maker], ...] = (
    ("surname, a colleague's", lambda c: (c.surname, (c.surname,))),
    ("surname 田中", _fixed("田中")),
    ("surname 佐藤", _fixed("佐藤")),
    ("one kanji 川", _fixed("川")),
    ("given name, a colleague's", lambda c: (c.given, (c.given,))),
    ("full name with a blank", lambda c: (f"{c.surname} {c.given}", (c.surname, c.given))),
    ("full name without blank", lambda c: (c.surname + c.given, (c.surname + c.given,))),
    ("full name with a full-width blank", lambda c: (f"{c.surname}\u3000{c.given}", (c.surname, c.given))),
    ("kana, katakana surname", lambda c: (c.surname_kana, (c.surname_kana,))),
    ("kana, half-width surname", lambda c: (half_width(c.surname_kana), (c.surname_kana,))),
    ("kana, hiragana surname", lambda c: (hiragana(c.surname_kana), (c.surname_kana,))),
    ("kana, hiragana full name", lambda c: (hiragana(c.surname_kana + c.given_kana), (c.surname_kana + c.given_kana,))),
    ("romaji tanaka", _fixed("tanaka", "タナカ")),
    ("romaji kobayasi (kunrei)", _fixed("kobayasi", "コバヤシ")),
    ("romaji, full name yamada taro", _fixed("yamada taro", "ヤマダ", "タロウ")),
    ("section, a colleague's", lambda c: (c.section, (c.section,))),
    ("section 危機管理課", _fixed("危機管理課")),
    ("surname and section 鈴木 市民課", _fixed("鈴木 市民課", "鈴木", "市民課")),
    ("variant 高橋 for 髙橋 too", _fixed("高橋")),
    ("variant 渡邉 for 渡辺 too", _fixed("渡邉")),
)
"""The 20 kinds of queries, each with what makes its text from somebody in the searcher's organisation."""


def make_query(kind: int, colleague: Person, sections: SectionNames) -> Wanted:
    """The query of a kind, about this colleague where the kind is about one."""
    name, make = QUERIES[kind]
    surname, given = colleague.name.split()
    surname_kana, given_kana = colleague.kana.split()
    posting = colleague.postings[0]
    section = sections[posting.organization, posting.section].split()[-1] if posting.section else ""
    text, words = make(_Colleague(surname, given, surname_kana, given_kana, section))
    return Wanted(name, text, tuple(map(plain, words)))


def who_ought_to_be_found(wanted: Wanted, people: Sequence[Person], sections: SectionNames) -> set[str]:
    """The localparts of all who match, by reading everybody."""
    return {person.localpart for person in people if _matches(wanted, person, sections)}


def _matches(wanted: Wanted, person: Person, sections: SectionNames) -> bool:
    # A blank cannot be in a word, so nothing matches across two of these.
    names = f"{plain(person.name)} {plain(person.kana)}"
    for posting in person.postings:
        place = plain_words(sections[posting.organization, posting.section] if posting.section else "")
        text = f"{names} {place} {plain(posting.title)}"
        if all(word in text for word in wanted.words):
            return True
    return False


@lru_cache(100_000)
def plain_words(text: str) -> str:
    """`plain` for each word."""
    return " ".join(map(plain, text.split()))


def pick_colleague(people: Sequence[Person], searcher: Person, chance: random.Random) -> Person:
    """Anybody of these but the searcher, unless there is nobody else."""
    others = [person for person in people if person is not searcher]
    return chance.choice(others or [searcher])
