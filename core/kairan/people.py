"""People, their postings (所属) and how their names show."""

import datetime
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from string import Formatter
from typing import NewType
from zoneinfo import ZoneInfo

from attrs import field, frozen

from kairan.organizations import Organization, OrganizationKey, Section, SectionKey

UserID = NewType("UserID", str)
"""A Matrix user ID, `@12345:server`."""

TOKYO = ZoneInfo("Asia/Tokyo")

STANDARD_DISPLAY_NAME = "{name}（{organization} {section}）"
"""Where a person has no section, the blank before it goes too."""

MAX_DISPLAY_NAME = 256
"""Synapse refuses longer display names (`MAX_DISPLAYNAME_LEN`)."""

_EMPTY = re.compile("[ \u3000]+(?=[ \u3000）)】\\]」])|(?<=[（(【\\[「])[ \u3000]+|（）|\\(\\)|【】|\\[\\]|「」")
_STAFF_NUMBER = re.compile(r"[0-9a-z][0-9a-z._=-]{0,63}\Z")


class Role(StrEnum):
    """What a posting lets a person do in its organisation."""

    STAFF = "staff"
    ORGANIZATION_ADMIN = "organization_admin"


@frozen
class Posting:
    """One posting of one person. Several at once (併任) are ordinary.

    `starts` and `ends` are the first and the last day in Asia/Tokyo; None is without bound.
    `section` None is the organisation itself (a mayor, say). `title` is 役職, `extension` 内線.
    """

    organization: OrganizationKey
    section: SectionKey | None = None
    title: str = ""
    extension: str = ""
    role: Role = Role.STAFF
    starts: datetime.date | None = None
    ends: datetime.date | None = None

    def current(self, day: datetime.date) -> bool:
        """Whether it holds on `day`."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


def _in_order(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    return tuple(postings)


@frozen
class Person:
    """A member of staff. The first current posting is the main one.

    `localpart` is the opaque and stable part of the user ID, such as a staff number.
    `name` is surname and given name with one ASCII space between, `kana` likewise in katakana.
    """

    localpart: str
    name: str
    kana: str = ""
    postings: tuple[Posting, ...] = field(default=(), converter=_in_order)

    def current_postings(self, day: datetime.date) -> list[Posting]:
        """The postings that hold on `day`, the main one first."""
        return [posting for posting in self.postings if posting.current(day)]


def today() -> datetime.date:
    """The day in Asia/Tokyo, by which postings begin and end."""
    return datetime.datetime.now(TOKYO).date()


def parse_staff_number(text: str) -> str:
    """Read what becomes a localpart: 1 to 64 of 0-9, a-z, `.`, `_`, `=`, `-`, not beginning with a mark.

    Raises:
        ValueError: it is none.
    """
    if not _STAFF_NUMBER.match(text):
        raise ValueError(f"{text!r} is not a staff number: 1 to 64 of 0-9, a-z, '.', '_', '=', '-' are needed")
    return text


def check_display_name_template(template: str) -> None:
    """Raise `ValueError` for a template with other fields than name, organization, section, title."""
    allowed = ("name", "organization", "section", "title")
    try:
        fields = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"{template!r} is not a display name template: {error}") from None
    for _, name, form, conversion in fields:
        if form or conversion:
            # A width of {name:>9999999} would be paid for by the server.
            raise ValueError(f"{template!r} has a format in {{{name}}}: the bare name of the field is needed")
        if name not in allowed:
            raise ValueError(f"{template!r} has an unknown field {{{name}}}, try one of: {', '.join(allowed)}")
    if all(name != "name" for _, name, _, _ in fields):
        raise ValueError(f"{template!r} lacks {{name}}")


def display_name(name: str, organization: Organization | None, section: Section | None, title: str = "") -> str:
    """What clients show for a person with this main posting: `山田 太郎（泉大津市 危機管理課）`.

    Without an organisation (no current posting) it is the bare name.
    """
    if organization is None:
        return name[:MAX_DISPLAY_NAME]
    filled = (organization.display_name or STANDARD_DISPLAY_NAME).format(
        name=name,
        organization=organization.name,
        section=section.name if section else "",
        title=title,
    )
    return _tidy(filled)[:MAX_DISPLAY_NAME]


def _tidy(filled: str) -> str:
    """A filled template without the blanks and the brackets that a field left empty leaves behind."""
    before = None
    while before != filled:
        before = filled
        filled = _EMPTY.sub("", filled)
    return filled.strip(" \u3000")


def own_organizations(postings: Iterable[Posting], day: datetime.date) -> list[OrganizationKey]:
    """The organisations of the current postings, the main one first, each once."""
    return list(dict.fromkeys(p.organization for p in postings if p.current(day)))


def administers(postings: Sequence[Posting], organization: OrganizationKey, day: datetime.date) -> bool:
    """Whether a current posting makes its holder an administrator of `organization`."""
    return any(
        p.organization == organization and p.role is Role.ORGANIZATION_ADMIN and p.current(day) for p in postings
    )
