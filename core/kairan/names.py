"""Keys under which Japanese names and readings are compared, and the order of readings.

A key is for comparing and finding, never for showing: it merges what people do not tell apart when
they look for someone (髙橋 and 高橋, ﾔﾏﾀﾞ and やまだ, 関ヶ原 and 関が原).
"""

import csv
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_KANJI: Final = "々〇〆\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# ヶ is read が inside a name and stands for 箇 after a number. Between other letters ケ is an ordinary kana (包括ケア).
_GA: Final = re.compile(f"(?<=[0-9{_KANJI}])[ヶヵケガ](?=[{_KANJI}])")
_EDGE: Final = re.compile("^[ヶヵケ]|[ヶヵケ]$")
_REPEAT: Final = re.compile(f"([{_KANJI}])([々〻]+)|([ぁ-ゖァ-ヺ])([ゝヽゞヾ])")
# Old systems write センタ－ with a minus sign.
_KANA_DASH: Final = re.compile("(?<=[ぁ-ゖァ-ヺ])[-‐‑‒–—―−]")
_CONTEXT: Final = re.compile("[ヶヵケガ々〻ゝヽゞヾ\u3099\u309a‐‑‒–—―−-]")

_SMALL: Final = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
_SAME_SOUND: Final = str.maketrans("づぢをゐゑゔ", "ずじおいえぶ")
_BLANKS: Final = "\u00a0\u00ad\u034f\u061c\u115f\u1160\u180e\u2800\u3000\u3164\ufeff\uffa0・‧·•"
_VOICED: Final = "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゔ"
_UNVOICED: Final = "かきくけこさしすせそたちつてとはひふへほはひふへほう"

_VOWEL_OF: Final = {
    kana: vowel
    for vowel, row in {
        "あ": "あかさたなはまやらわがざだばぱ",
        "い": "いきしちにひみりぎじびぴ",
        "う": "うくすつぬふむゆるぐずぶぷ",
        "え": "えけせてねへめれげぜでべぺ",
        "お": "おこそとのほもよろごぞどぼぽ",
    }.items()
    for kana in row
}
_LONG: Final = re.compile(
    "|".join(
        f"(?<=[{''.join(kana for kana, v in _VOWEL_OF.items() if v == vowel)}])[{ends}ー]+"
        for vowel, ends in {"あ": "あ", "い": "い", "う": "う", "え": "え", "お": "おう"}.items()
    )
)


def fold(text: str) -> str:
    """The key of a name, a section, a title or a word that somebody looks for.

    NFKC and casefold; one form for the variants of a kanji (`data/kanji_variants.csv`); variation
    selectors, blanks, middle dots, control characters and the long-vowel mark dropped; hiragana for
    katakana, large kana for small; 々 written out; ヶ, ヵ, ケ and ガ between kanji as が. It accepts any string and
    its result holds no blank and no character below U+0020, so these can separate keys.
    """
    if text.isascii() and text.isalnum():
        return text.lower()
    return _settle(text).translate(_table())


def fold_edges(part: str) -> str:
    """`fold` of a part of a longer name: a ヶ at its beginning or end stands between kanji (関ヶ is 関が)."""
    if not _EDGE.search(unicodedata.normalize("NFKC", part)):
        return fold(part)
    return fold(f"一{part}一")[1:-1]


def kana_key(kana: str) -> str:
    """The key of a reading by its sound: `fold`, with づ as ず, を as お and every long vowel as ー.

    オオノ, おうの and ｵｰﾉ give おーの. A part of a reading may have another key than the same kana in
    the whole (うみ in さのうみ), so a search compares `fold` as well.
    """
    return _LONG.sub("ー", _settle(kana).translate(_table_with_long_vowels()).translate(_SAME_SOUND))


def kana_order(kana: str) -> str:
    """The sort key of a reading: as in a telephone book, word by word, か and が together."""
    return "\x01".join(_word_order(word) for word in kana.split())


def is_kana(text: str) -> bool:
    """Whether a folded text is a reading: hiragana (and ー) only, at least one."""
    return bool(text) and all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in text)


@lru_cache(8192)
def _word_order(word: str) -> str:
    folded = fold(word)
    plain = folded.translate(_UNVOICE)
    return f"{plain}\x02" if plain == folded else f"{plain}\x02{folded}"


def _settle(text: str) -> str:
    """NFKC and casefold, and whatever depends on the letters beside it."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if _CONTEXT.search(text):
        # Selectors and blanks go first: they may stand between a letter and what follows it.
        text = unicodedata.normalize("NFC", text.translate(_dropped()))
        text = _REPEAT.sub(_repeated, text)
        text = _GA.sub("が", text)
        text = _KANA_DASH.sub("ー", text)
    return text


def _repeated(match: re.Match[str]) -> str:
    kanji, marks, kana, mark = match.groups()
    if kanji:
        return str(kanji) * (1 + len(marks))
    voiced = unicodedata.normalize("NFC", kana + "\u3099") if mark in "ゞヾ" else kana
    return kana + (voiced if len(voiced) == 1 else kana)


_UNVOICE: Final = str.maketrans(_VOICED, _UNVOICED)


@cache
def kanji_variants() -> dict[str, str]:
    """Each variant with the form that stands for it, one table for the process."""
    source = files("kairan").joinpath("data/kanji_variants.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {variant: row["canonical"] for row in rows for variant in row["variants"]}


@cache
def _dropped() -> dict[int, None]:
    controls = [*range(0x20), *range(0x7F, 0xA0)]
    blanks = [0x20, *map(ord, _BLANKS), *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070)]
    selectors = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]
    return dict.fromkeys([*controls, 0x1680, *blanks, *selectors])


@cache
def _table_with_long_vowels() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(variant): canonical for variant, canonical in kanji_variants().items()}
    for code in range(ord("ァ"), ord("ヶ") + 1):
        hiragana = chr(code - ord("ァ") + ord("ぁ"))
        table[code] = _SMALL.get(hiragana, hiragana)
    table.update({ord(small): large for small, large in _SMALL.items()})
    table.update({ord(small): large for small, large in zip("ヷヸヹヺ", "ばびべぼ", strict=True)})
    table.update(_dropped())
    return table


@cache
def _table() -> dict[int, str | None]:
    return {**_table_with_long_vowels(), ord("ー"): None}
