"""From the bytes of a file to its text: UTF-8 or CP932, the whole file one or the other.

CP932 takes almost any bytes, so that trying it second would read a UTF-8 line in a CP932 file as
other characters (山田 as 螻ｱ逕ｰ) without a word. Therefore each word of such a file is looked at.
"""

import codecs
import re

from kairan_provisioning.mistakes import Mistake, Place, mistake

# A word that is UTF-8 all through and has a kana or kanji. As CP932 it would be rare kanji and half-width kana.
_UTF8_WORD = re.compile(
    rb"(?<![\x30-\xff])"
    rb"(?:[\x30-\x7f]|[\xc2-\xdf][\x80-\xbf])*[\xe3-\xe9\xef][\x80-\xbf]{2}"
    rb"(?:[\x30-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*"
    rb"(?![\x30-\xff])"
)
# No byte up to 0x2F is ever part of a CP932 or UTF-8 character of several bytes.
_WORD = re.compile(rb"[^\x00-\x2f]+")
_ASCII = re.compile(rb"[\x00-\x7f]*\Z")
# What the codec makes of the five bytes that CP932 leaves undefined (0x80, 0xA0, 0xFD, 0xFE, 0xFF).
_UNDEFINED_IN_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")
_OTHER_FORMATS = (
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (b"PK\x03\x04", "Excel (xlsx)"),
    (b"\xd0\xcf\x11\xe0", "Excel (xls)"),
)


def decode(path: str, data: bytes) -> str | Mistake:
    """The text of a file without its byte order mark, or why it cannot be read.

    The mistake carries the line, as column the byte within it, and as value the bytes in hexadecimal.
    """
    for start, name in _OTHER_FORMATS:
        if data.startswith(start):
            return mistake(
                Place(path),
                name,
                "UTF-8 でも CP932（Shift_JIS）でもありません。CSV（UTF-8）で保存し直してください",
                "neither UTF-8 nor CP932, save it as CSV in UTF-8",
            )
    mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    try:
        return data[mark:].decode("utf-8")
    except UnicodeDecodeError as error:
        if mark:
            return _bad_byte(path, data, mark + error.start, mark + error.end, "UTF-8")
    mixed = _first_of_minority(data)
    if mixed is not None:
        start_of_word, word = mixed
        at = _byte_in_line(data, start_of_word)
        return mistake(
            _place_of_byte(path, data, start_of_word),
            _hexadecimal(word),
            f"文字コードが混ざっています（行の {at} バイト目）。UTF-8 か CP932 に揃えてください",
            f"UTF-8 and CP932 are mixed, from byte {at} of the line",
        )
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError as error:
        return _bad_byte(path, data, error.start, error.end, "UTF-8 / CP932")
    undefined = _UNDEFINED_IN_CP932.search(text)
    if undefined:
        at = len(text[: undefined.start()].encode("cp932"))
        return _bad_byte(path, data, at, at + 1, "UTF-8 / CP932")
    return text


def _first_of_minority(data: bytes) -> tuple[int, bytes] | None:
    """In a file that is not all UTF-8: the first word of the encoding that fewer words have, if it has both."""
    if not _UTF8_WORD.search(data):
        return None
    utf8: list[tuple[int, bytes]] = []
    others: list[tuple[int, bytes]] = []
    for found in _WORD.finditer(data):
        word = found.group()
        if not _ASCII.match(word):
            (utf8 if _UTF8_WORD.fullmatch(word) else others).append((found.start(), word))
    return min((words for words in (others, utf8) if words), key=len)[0]


def _bad_byte(path: str, data: bytes, start: int, end: int, encoding: str) -> Mistake:
    at = _byte_in_line(data, start)
    return mistake(
        _place_of_byte(path, data, start),
        _hexadecimal(data[start:end]),
        f"{encoding} として読めないバイトがあります（行の {at} バイト目）",
        f"not {encoding}: byte {at} of the line cannot be read",
    )


def _place_of_byte(path: str, data: bytes, offset: int) -> Place:
    before = data[:offset]
    lines = before.count(b"\n") + len(re.findall(rb"\r(?!\n)", before))
    return Place(path, lines + 1, _byte_in_line(data, offset))


def _byte_in_line(data: bytes, offset: int) -> int:
    return offset - max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset))


def _hexadecimal(data: bytes) -> str:
    return " ".join(f"0x{byte:02X}" for byte in data[:8])
