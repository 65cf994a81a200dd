"""Names and other texts as people type them, made alike: widths, blanks, kana."""

import re
import unicodedata

_KANA_RUN = re.compile(r"[\u3041-\u30ff\uff61-\uff9f\u3099\u309a]+")
_WIDE_RUN = re.compile(r"[\uff01-\uff5e]+")
_WIDE_ALPHANUMERIC = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_UNUSUAL_KANA = re.compile(r"[\uff61-\uff9f\u3099\u309a]")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)} | {0x309D: 0x30FD, 0x309E: 0x30FE}
_DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—―−－", "ー"))
_KANA = re.compile(r"[ァ-ヺー・ヽヾ0-9A-Za-z ()（）.]*\Z")
_PLAIN = re.compile(r"[ -~ぁ-ゖァ-ヺー一-鿿㐀-䶿（）・、。々〆〇　]*\Z")

BAD = {
    "Cc": ("制御文字", "a control character"),
    "Zl": ("制御文字", "a control character"),
    "Zp": ("制御文字", "a control character"),
    "Cf": ("見えない文字", "an invisible character"),
    "Cs": ("壊れた文字", "half a character"),
    "Co": ("外字", "a private character (gaiji)"),
}


def unfit(text: str) -> tuple[str, str, str] | None:
    """The first character that no name may have, with what it is in Japanese and English.

    Private characters (外字) are refused because every other terminal would show an empty box. Tabs and line
    breaks count as blanks: cells of Excel have them.
    """
    if _PLAIN.match(text):
        return None
    for character in text:
        if character in "\t\r\n":
            continue
        if character in "\ufffd\ufffe\uffff":
            return character, "文字化けした文字", "a replacement character"
        bad = BAD.get(unicodedata.category(character))
        if bad:
            return character, *bad
    return None


def plain_text(text: str) -> str:
    """Half-width kana made full, runs of blanks made one ASCII space, none at the ends.

    All else stays as written: U+FA10 and U+585A, two forms of 塚, are two characters to the person whose
    name it is, though Unicode's normal forms make them one.
    """
    if _UNUSUAL_KANA.search(text):
        text = _KANA_RUN.sub(lambda run: unicodedata.normalize("NFKC", run.group()), text)
    # Without arguments this splits at every blank of Unicode, the ideographic one (U+3000) too.
    return " ".join(text.split())


def plain_name(text: str) -> str:
    """A person's name: as `plain_text`, and full-width letters and digits made ASCII."""
    return _WIDE_ALPHANUMERIC.sub(lambda run: unicodedata.normalize("NFKC", run.group()), plain_text(text))


def plain_kana(text: str) -> str | None:
    """A reading in katakana; None if something in it is no kana (kanji, say)."""
    plain = _WIDE_RUN.sub(lambda run: unicodedata.normalize("NFKC", run.group()), plain_text(text))
    kana = plain.translate(_HIRAGANA_TO_KATAKANA).translate(_DASHES)
    return kana if _KANA.match(kana) else None


def narrow(text: str) -> str:
    """A code or number: compatibility forms resolved (full-width digits), no blanks at the ends."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()
