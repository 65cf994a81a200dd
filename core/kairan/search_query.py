"""What somebody looks for in the staff directory, in all the forms in which a word is looked for."""

import re
from typing import Final

from attrs import frozen

from kairan.names import fold, fold_edges, is_kana, kana_key
from kairan.romaji import is_latin, romaji_forms

MAX_QUERY = 256
"""Characters in the different words of a query. No person matches a longer one."""


@frozen
class Word:
    """One word of a query in all the forms in which it is looked for.

    `texts` are for names, readings and sections, `latin` for romanised readings, `number` for extensions, `key`
    for user IDs.
    """

    key: str
    texts: tuple[str, ...]
    latin: tuple[str, ...] = ()
    number: str = ""

    @staticmethod
    def parse(text: str) -> "Word":
        key = fold(text)
        texts = [key, fold_edges(text)]
        if is_kana(key):
            texts.append(kana_key(text))
        elif unfinished := _UNFINISHED.fullmatch(key):
            texts.append(unfinished[1])
        return Word(
            key,
            tuple(dict.fromkeys(texts)),
            latin=romaji_forms(text) if is_latin(text) else (),
            number=key.replace("-", "") if _DIGIT.search(key) else "",
        )


# An input method shows やまd on the way to やまだ, and clients search at each key.
_UNFINISHED: Final = re.compile("([ぁ-ゖー]+)[b-df-hj-np-tv-z]{1,3}")
_DIGIT: Final = re.compile("[0-9]")
_BETWEEN_WORDS: Final = re.compile(r"[\s,、]+")


@frozen
class Query:
    """What somebody looks for: words that must all fit the same posting of a person.

    `names` are its words joined, forwards and backwards: 山田 太郎 and 太郎 山田 are the name 山田太郎.
    """

    words: tuple[Word, ...]
    names: tuple[Word, ...] = ()

    @staticmethod
    def parse(text: str) -> "Query":
        """Read any text at all. Blanks and commas separate words."""
        typed = list(dict.fromkeys(part for part in _BETWEEN_WORDS.split(text) if fold(part)))
        if sum(map(len, typed)) > MAX_QUERY:
            return Query(())
        words = tuple(dict.fromkeys(map(Word.parse, typed)))
        names = (Word.parse("".join(typed)), Word.parse("".join(typed[::-1]))) if len(words) > 1 else ()
        # The longest word is most likely the rarest: the sooner nobody is left, the better.
        return Query(tuple(sorted(words, key=lambda word: -len(word.key))), names)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for, so that nobody is found."""
        return not self.words
