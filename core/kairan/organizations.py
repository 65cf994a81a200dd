"""Organisations (団体) and their sections (部/課/係)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NewType

from attrs import field, frozen

from kairan.codes import parse_code
from kairan.policy import OrganizationPolicy

OrganizationKey = NewType("OrganizationKey", str)
"""A local government code, `272060`, or that of a walled organisation inside one, `272060/council`."""

SectionKey = NewType("SectionKey", str)
"""A section's code, unique within its organisation, as the municipality itself numbers it."""

MAX_NAME = 100
"""The longest name of an organisation, section or person, in characters."""

_SUFFIX = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")
_SECTION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}\Z")


class Reach(StrEnum):
    """Words that may stand in `opens_to` beside organisation keys."""

    PREFECTURE = "prefecture"
    NATION = "nation"


def _texts(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


@frozen
class Section:
    """One section of an organisation; `parent` is another of the same organisation, or None at the top."""

    key: SectionKey
    name: str
    kana: str = ""
    parent: SectionKey | None = None
    position: int = 0


@frozen
class Organization:
    """A municipality, a prefecture's office, or a walled organisation inside one.

    `opens_to` names the organisations whose people may find ours: keys, or a word of `Reach`.
    It takes effect only where the other side opens to us as well. `display_name` is the template
    of its people's names (`kairan.people.display_name`), empty for the standard one. `policy` is what holds for them.
    """

    key: OrganizationKey
    name: str
    kana: str = ""
    opens_to: frozenset[str] = field(default=frozenset(), converter=_texts)
    display_name: str = ""
    policy: OrganizationPolicy = field(factory=OrganizationPolicy)

    @property
    def walled(self) -> bool:
        """Whether it is seen only from inside (a council, a fire brigade)."""
        return "/" in self.key

    @property
    def prefecture(self) -> str:
        """The two digits that a prefecture's codes share."""
        return self.key[:2]


def parse_organization_key(text: str) -> OrganizationKey:
    """Read an organisation key.

    Raises:
        ValueError: the code is wrong (see `kairan.codes.parse_code`) or the suffix is not
            1 to 32 of a-z, 0-9, `_`, `-` beginning with a letter.
    """
    code, slash, suffix = text.partition("/")
    parse_code(code)
    if slash and not _SUFFIX.match(suffix):
        raise ValueError(
            f"{text!r} has a bad suffix: a letter, then up to 31 of a-z, 0-9, '_', '-' are needed after the '/'"
        )
    return OrganizationKey(text)


def parse_section_key(text: str) -> SectionKey:
    """Read a section's code: 1 to 32 of 0-9, A-Z, a-z, `.`, `_`, `-`, not beginning with a mark.

    Raises:
        ValueError: it is none.
    """
    if not _SECTION.match(text):
        raise ValueError(f"{text!r} is not a section code: 1 to 32 of 0-9, A-Z, a-z, '.', '_', '-' are needed")
    return SectionKey(text)


def opens(this: Organization, other: Organization) -> bool:
    """Whether `this` lets the people of `other` find its own."""
    return (
        other.key in this.opens_to
        or Reach.NATION.value in this.opens_to
        or (Reach.PREFECTURE.value in this.opens_to and this.prefecture == other.prefecture)
    )


def sees(viewer: Organization, target: Organization) -> bool:
    """Whether the people of `viewer` find those of `target`: their own always, others where both
    opened to each other; nobody sees into a walled organisation, or out of one."""
    if viewer.key == target.key:
        return True
    if viewer.walled or target.walled:
        return False
    return opens(viewer, target) and opens(target, viewer)


def visible_organizations(
    own: Iterable[OrganizationKey], organizations: Mapping[OrganizationKey, Organization]
) -> list[OrganizationKey]:
    """What a person with current postings in `own` sees: those first, then the others by key.

    Keys that are not in `organizations` are ignored; no current posting, nothing seen.
    """
    own_known = [organizations[key] for key in dict.fromkeys(own) if key in organizations]
    own_keys = [organization.key for organization in own_known]
    others = sorted(
        key
        for key, target in organizations.items()
        if key not in own_keys and any(sees(viewer, target) for viewer in own_known)
    )
    return own_keys + others


def section_path(key: SectionKey, sections: Mapping[SectionKey, Section]) -> list[Section]:
    """From the top section down to `key`. A parent that is missing ends the path, as does a cycle."""
    path: list[Section] = []
    step: SectionKey | None = key
    while step is not None and step in sections and sections[step] not in path:
        path.append(sections[step])
        step = sections[step].parent
    return path[::-1]


def find_cycle(sections: Mapping[SectionKey, Section]) -> list[SectionKey] | None:
    """The keys of one cycle of parents in order, its first key repeated at the end; None where there is none."""
    finished: set[SectionKey] = set()
    for start in sections:
        trail: list[SectionKey] = []
        step: SectionKey | None = start
        while step is not None and step in sections and step not in finished:
            if step in trail:
                return [*trail[trail.index(step) :], step]
            trail.append(step)
            step = sections[step].parent
        finished.update(trail)
    return None


def in_tree_order(sections: Mapping[SectionKey, Section]) -> Iterator[tuple[int, Section]]:
    """The sections with their depth (0 at the top), each parent before its children, siblings by
    position, then key. Sections of a cycle are left out."""
    children: dict[SectionKey | None, list[Section]] = {}
    for section in sections.values():
        parent = section.parent if section.parent in sections else None
        children.setdefault(parent, []).append(section)
    stack = [(0, section) for section in _siblings(children.get(None, []))][::-1]
    while stack:
        depth, section = stack.pop()
        yield depth, section
        stack.extend((depth + 1, child) for child in _siblings(children.get(section.key, []))[::-1])


def _siblings(sections: list[Section]) -> list[Section]:
    return sorted(sections, key=lambda section: (section.position, section.key))
