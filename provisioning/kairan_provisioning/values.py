"""One value of one column: from what people type to what the domain holds.

Every function returns the value or raises `BadValueError` with what is wrong, in both languages.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

from kairan.codes import check_digit, local_governments
from kairan.organizations import (
    MAX_NAME,
    OrganizationKey,
    Reach,
    SectionKey,
    parse_organization_key,
    parse_section_key,
)
from kairan.people import Role, check_display_name_template, parse_staff_number

from kairan_provisioning.mistakes import BadValueError
from kairan_provisioning.texts import narrow, plain_kana, plain_name, plain_text, unfit

MAX_EXTENSION = 32
"""The longest extension (内線), in characters."""

MAX_POSITION = 1_000_000

RESERVED = "kairan"
"""The bot's name, and with `_` the beginning of all names that the bridge may need."""

ROLES: Mapping[str, Role] = {
    "": Role.STAFF,
    "職員": Role.STAFF,
    "一般": Role.STAFF,
    "一般職員": Role.STAFF,
    "staff": Role.STAFF,
    "管理者": Role.ORGANIZATION_ADMIN,
    "団体管理者": Role.ORGANIZATION_ADMIN,
    "組織管理者": Role.ORGANIZATION_ADMIN,
    "organization_admin": Role.ORGANIZATION_ADMIN,
    "admin": Role.ORGANIZATION_ADMIN,
}

REACHES: Mapping[str, Reach] = {
    "prefecture": Reach.PREFECTURE,
    "府内": Reach.PREFECTURE,
    "県内": Reach.PREFECTURE,
    "都内": Reach.PREFECTURE,
    "道内": Reach.PREFECTURE,
    "都道府県内": Reach.PREFECTURE,
    "nation": Reach.NATION,
    "全国": Reach.NATION,
}

_BETWEEN_KEYS = re.compile(r"[\s,、;；，|]+")
_TEMPLATE_FIELDS = "{name}, {organization}, {section}, {title}"


@lru_cache(maxsize=4096)
def organization_key(text: str) -> OrganizationKey:
    """団体コード, full-width digits and a walled organisation's suffix too."""
    plain = narrow(text)
    code, _, _ = plain.partition("/")
    if not plain:
        raise BadValueError("空欄です", "it is empty")
    if not re.fullmatch(r"[0-9]{6}", code):
        near = _completed(code)
        hint = (f"。{near} ではありませんか", f", did you mean {near}?") if near else ("", "")
        raise BadValueError(f"団体コードは数字 6 桁です{hint[0]}", f"a code has six digits{hint[1]}")
    right = f"{code[:5]}{check_digit(code[:5])}"
    if code != right:
        raise BadValueError(
            f"検査数字が違います。{right} が正しい番号です", f"wrong check digit, {right} would be right"
        )
    if code not in local_governments():
        raise BadValueError("この番号の団体はありません", "no local government has this code")
    try:
        return parse_organization_key(plain)
    except ValueError:
        raise BadValueError(
            "「/」の後は英小文字で始まる 32 文字までの英小文字・数字・_・- です",
            "after the '/' stand up to 32 of a-z, 0-9, '_', '-', beginning with a letter",
        ) from None


def _completed(code: str) -> str | None:
    """The code that five digits may have been: without check digit, or its leading zero eaten by a spreadsheet."""
    if not re.fullmatch(r"[0-9]{5}", code):
        return None
    candidates = (f"0{code}", f"{code}{check_digit(code)}")
    return next((c for c in candidates if c in local_governments() and int(c[5]) == check_digit(c[:5])), None)


@lru_cache(maxsize=4096)
def section_key(text: str) -> SectionKey:
    """課コード."""
    plain = narrow(text)
    if not plain:
        raise BadValueError("空欄です", "it is empty")
    try:
        return parse_section_key(plain)
    except ValueError:
        raise BadValueError(
            "課コードは 32 文字までの英数字と . _ - です", "a section code is up to 32 of 0-9, A-Z, a-z, '.', '_', '-'"
        ) from None


@lru_cache(maxsize=4096)
def optional_section_key(text: str) -> SectionKey | None:
    """課コード, or None where nothing is written."""
    return section_key(text) if text.strip() else None


def staff_number(text: str) -> str:
    """職員番号, in lower case: it becomes part of a Matrix ID."""
    plain = narrow(text).lower()
    if not plain:
        raise BadValueError("空欄です", "it is empty")
    if plain == RESERVED or plain.startswith(f"{RESERVED}_"):
        raise BadValueError(f"{RESERVED} で始まる名前はボットのものです", "this name is the bot's")
    try:
        return parse_staff_number(plain)
    except ValueError:
        raise BadValueError(
            "職員番号は 64 文字までの英数字と . _ = - で、英数字で始まります",
            "a staff number is up to 64 of 0-9, a-z, '.', '_', '=', '-', beginning with a digit or letter",
        ) from None


def person_name(text: str) -> str:
    """氏名, with one ASCII space between surname and given name."""
    return _needed(_fitting(plain_name(_clean(text)), MAX_NAME))


@lru_cache(maxsize=4096)
def name(text: str) -> str:
    """団体名 or 課名."""
    return _needed(optional_text(text))


@lru_cache(maxsize=4096)
def optional_text(text: str) -> str:
    """A name or title that may be empty."""
    return _fitting(plain_text(_clean(text)), MAX_NAME)


@lru_cache(maxsize=4096)
def extension(text: str) -> str:
    """内線."""
    return _fitting(narrow(_clean(text)), MAX_EXTENSION)


def kana(text: str) -> str:
    """フリガナ, in katakana."""
    reading = plain_kana(_clean(text))
    if reading is None:
        raise BadValueError("フリガナにカナ以外の文字があります", "a reading is written in kana only")
    return _fitting(reading, MAX_NAME)


def role(text: str) -> Role:
    """権限; empty is an ordinary member of staff."""
    try:
        return ROLES[narrow(text).lower()]
    except KeyError:
        raise BadValueError(
            "権限は「管理者」か「職員」（空欄も職員）です", "a role is organization_admin or staff"
        ) from None


def position(text: str) -> int:
    """並び順; empty is 0."""
    plain = narrow(text)
    if not re.fullmatch(r"[0-9]{0,7}", plain) or int(plain or 0) > MAX_POSITION:
        raise BadValueError(
            f"並び順は 0 から {MAX_POSITION} までの整数です", f"a whole number from 0 to {MAX_POSITION} is needed"
        )
    return int(plain or 0)


@lru_cache(maxsize=4096)
def opens_to(text: str) -> frozenset[str]:
    """公開先: keys and the words of `Reach`, with blanks, commas or semicolons between."""
    found: set[str] = set()
    for part in _BETWEEN_KEYS.split(narrow(text)):
        if not part:
            continue
        if part.lower() in REACHES:
            found.add(REACHES[part.lower()].value)
        elif part[0].isdigit():
            found.add(organization_key(part))
        else:
            raise BadValueError(
                f"公開先は団体コード、「府内」などの都道府県内、「全国」です: {part}",
                f"organisations are opened to by code, 'prefecture' or 'nation', not by {part}",
            )
    return frozenset(found)


@lru_cache(maxsize=4096)
def display_name_template(text: str) -> str:
    """表示名, such as `{name}（{organization} {section}）`; empty is the standard one."""
    template = plain_text(_clean(text))
    if not template:
        return ""
    _fitting(template, MAX_NAME)
    try:
        check_display_name_template(template)
        plain = all(not spec and conversion is None for _, _, spec, conversion in Formatter().parse(template))
    except ValueError:
        plain = False
    if not plain:
        raise BadValueError(
            f"表示名の形が正しくありません。使えるのは {_TEMPLATE_FIELDS} で、{{name}} は必要です",
            f"not a template: use {_TEMPLATE_FIELDS}, of which {{name}} is needed",
        )
    return template


def _clean(text: str) -> str:
    bad = unfit(text)
    if bad:
        character, japanese, english = bad
        raise BadValueError(
            f"{japanese}（U+{ord(character):04X}）は使えません", f"{english} (U+{ord(character):04X}) cannot be used"
        )
    return text


def _needed(text: str) -> str:
    if not text:
        raise BadValueError("空欄です", "it is empty")
    return text


def _fitting(text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadValueError(
            f"長すぎます（{len(text)} 文字。{limit} 文字まで）", f"{len(text)} characters, at most {limit} are allowed"
        )
    return text
