"""Readings in Latin letters: one key for what a kana reading sounds like, however it is spelt.

The key is kunrei without long vowels: おおの and おうの are `ono`, しんいち is `siniti`. What people type
(Hepburn, kunrei, passport, as into an input method, half a word) folds to the same key or to a part of it.
"""

import re
import unicodedata
from typing import Final

_ROWS: Final = {
    "": "あいうえお",
    "k": "かきくけこ",
    "g": "がぎぐげご",
    "s": "さしすせそ",
    "z": "ざじずぜぞ",
    "t": "たちつてと",
    "d": "だ__でど",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
    "m": "まみむめも",
    "y": "や_ゆ_よ",
    "r": "らりるれろ",
}
_SMALL_VOWELS: Final = dict(zip("ぁぃぅぇぉ", "aiueo", strict=True))
_SPLIT: Final = {
    "つ": "ぁぃぇぉ",
    "ふ": "ぁぃぇぉ",
    "ゔ": "ぁぃぇぉ",
    "す": "ぃ",
    "ず": "ぃ",
    "て": "ぃ",
    "で": "ぃ",
    "と": "ぅ",
    "ど": "ぅ",
}
_SMALL_YA: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}


def _sounds() -> dict[str, str]:
    sounds = {
        kana: consonant + vowel
        for consonant, row in _ROWS.items()
        for kana, vowel in zip(row, "aiueo", strict=True)
        if kana != "_"
    }
    sounds |= {"ぢ": "zi", "づ": "zu", "わ": "wa", "ゎ": "wa", "ゐ": "i", "ゑ": "e", "を": "o", "ん": "n", "ゔ": "bu"}
    sounds |= {"ゕ": "ka", "ゖ": "ke", "ヷ": "ba", "ヸ": "bi", "ヹ": "be", "ヺ": "bo"}
    plain = dict(sounds)
    for kana, sound in plain.items():
        if sound[-1] == "i" and len(sound) == 2:
            # ぃ only lengthens: リィ is ri.
            sounds |= {kana + small: f"{sound[0]}y{vowel}" for small, vowel in _SMALL_YA.items()}
            sounds[kana + "ぇ"] = f"{sound[0]}ye"
    for kana, smalls in _SPLIT.items():
        # ティ and トゥ have no kunrei of their own: they are typed ti and tu, which are チ and ツ here.
        consonant = "z" if plain[kana][0] == "d" else plain[kana][0]
        sounds |= {kana + small: consonant + _SMALL_VOWELS[small] for small in smalls}
    for kana in "てでふゔ":
        sounds[kana + "ゅ"] = ("z" if kana == "で" else plain[kana][0]) + "yu"
    sounds |= {"うぃ": "wi", "うぇ": "we", "うぉ": "o", "うぁ": "wa", "いぇ": "ye"}
    sounds |= _SMALL_VOWELS | {small: f"y{vowel}" for small, vowel in _SMALL_YA.items()}
    return sounds


_SOUNDS: Final = _sounds()
_MORA: Final = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)) + "|.", re.DOTALL)
_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_NOT_LATIN: Final = re.compile("[^a-z0-9]")


def romaji_key(kana: str) -> str:
    """The key of a reading in hiragana or katakana, half-width too; blanks and whatever is not kana, a
    Latin letter or a digit are left out."""
    return without_long_vowels(romaji_spelling(kana, nasal="n"))


def romaji_spelling(kana: str, *, nasal: str = "nn") -> str:
    """The reading as it is typed into an input method: `satou`, `oono`, `sinniti`.

    It is the key with the long vowels and with `nn` for ん before a vowel or y: parts of a reading that begin with
    う or hold such an ん are found in it and not in the key (うえ of いのうえ).

    Args:
        nasal: for ん before a vowel or y; `n` leaves nothing but the long vowels to tell it from the key.
    """
    text = unicodedata.normalize("NFKC", kana).translate(_TO_HIRAGANA)
    if text.isascii():
        return fold_spelling(text)
    out: list[str] = []
    before = ""
    for mora in _MORA.findall(text):
        sound = _SOUNDS.get(mora) or _NOT_LATIN.sub("", mora.lower())
        if not sound:
            if mora == "っ":
                before = mora
            continue
        if before == "っ" and sound[0] in "kgsztdhbpr":
            sound = sound[0] + sound
        elif before == "ん" and sound[0] in "aiueoy":
            out[-1] = nasal
        out.append(sound)
        before = mora
    return _settle("".join(out))


def fold_romaji(typed: str) -> str:
    """What somebody typed, whole or still at it, in the spelling of the keys: the first of `romaji_forms`.

    The beginning of a name in Hepburn, kunrei or passport spelling folds to a part of the name's key. Exceptions, for
    which `romaji_forms` adds the other reading: a last `m` that stands for ん (`hom` of Homma); a last `d` of づ typed
    as `du`; an `h` between o or u and y, which is read as a long vowel first (Ohyama), and between a first o and a
    vowel, which is read as a letter first (Ohi for おおい). An `h` for a long vowel before another vowel is not
    understood elsewhere (Kohichi), nor the `w` of を spelt `wo` before its o is there.
    """
    return without_long_vowels(fold_spelling(typed))


def romaji_forms(typed: str) -> tuple[str, ...]:
    """All the forms that are worth looking for, the most likely first; none where nothing is Latin.

    A name is meant if one of them is a part of its `romaji_key` or `romaji_spelling`.
    """
    letters = _letters(typed)
    typings = [letters]
    if letters.endswith("m") and not letters.endswith("mm"):
        typings.append(letters[:-1] + "n")
    if letters.endswith("d"):
        typings.append(letters[:-1] + "z")
    readings = [_fold_letters(typing) for typing in typings]
    if _H_BEFORE_Y.search(letters):
        readings += [_fold_letters(typing, long_h=_LONG_H_NOT_BEFORE_Y) for typing in typings]
    if _LONG_H_AT_FIRST.match(letters):
        readings += [_fold_letters("o" + typing[2:]) for typing in typings]
    forms = [without_long_vowels(reading) for reading in readings]
    spelt = readings[0]
    if spelt.startswith("u") or _NN.search(spelt):
        forms.append(spelt)
    return tuple(dict.fromkeys(form for form in forms if form))


def is_latin(text: str) -> bool:
    """Whether a word is spelt in Latin letters, marks and apostrophes allowed."""
    letters = [letter for letter in unicodedata.normalize("NFKD", text) if letter.isalpha()]
    return bool(letters) and all(letter.isascii() for letter in letters)


def fold_spelling(typed: str) -> str:
    """`fold_romaji` with the long vowels left as they are."""
    return _fold_letters(_letters(typed))


def _letters(typed: str) -> str:
    if not typed.isascii():
        typed = unicodedata.normalize("NFKD", typed).casefold()
    return _NOT_LATIN.sub("", typed.lower())


_LONG_H: Final = re.compile("(?<=[ou])h(?![aiueo])")
_LONG_H_NOT_BEFORE_Y: Final = re.compile("(?<=[ou])h(?![aiueoy])")
_H_BEFORE_Y: Final = re.compile("[ou]hy")
_LONG_H_AT_FIRST: Final = re.compile("oh[aieu]")
_NN: Final = re.compile("nn[aiueoy]")

# In this order: each step finds what the ones before it have left.
_STEPS: Final = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("(?<=[a-z])[xl]ts?u(?=([a-z]))", r"\1"),  # xtu, ltu: っ as typed into an input method
        ("(?<=[a-z])x(?=[aiueoy])", ""),  # xya, xi: the other small kana
        ("sh(?=[aueo])", "sy"),
        ("sh", "s"),
        ("ch(?=[aueo])", "ty"),
        ("ch", "t"),
        ("c(?=[ct]|$)", "t"),  # cch, tch, and a ch that is still being typed
        ("ts", "t"),
        ("j(?=[aueo])", "zy"),
        ("d(?=dz)", "z"),
        ("dz", "z"),
        ("d(?=d?[iuy])", "z"),  # di, du and dya for ぢ, づ and ぢゃ, ddu for っづ
        ("m(?=[bpm])", "n"),
        ("w(?=[ou])", ""),
    )
]
_LETTER_FOR_LETTER: Final = str.maketrans("cfjlqv", "khzrkb")
_N_BEFORE_CONSONANT: Final = re.compile("n{2,}(?![aiueoyn])")
_MANY_N: Final = re.compile("n{3,}")
_LONG_VOWEL: Final = re.compile("(?<=o)[ou]+|(?<=a)a+|(?<=i)i+|(?<=u)u+|(?<=e)e+")


def _fold_letters(letters: str, *, long_h: re.Pattern[str] = _LONG_H) -> str:
    for pattern, replacement in _STEPS:
        letters = pattern.sub(replacement, letters)
    letters = letters.translate(_LETTER_FOR_LETTER)
    return _settle(long_h.sub("", letters))


def _settle(letters: str) -> str:
    return _MANY_N.sub("nn", _N_BEFORE_CONSONANT.sub("n", letters))


def without_long_vowels(letters: str) -> str:
    """A spelling as the key has it."""
    return _LONG_VOWEL.sub("", letters)
