"""From rows to people and their postings: a row is one posting of one person."""

from collections.abc import Iterable, Mapping
from functools import cache

from attrs import evolve
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import MAX_DISPLAY_NAME, STANDARD_DISPLAY_NAME, Person, Posting

from kairan_provisioning import values
from kairan_provisioning.columns import STAFF
from kairan_provisioning.dates import parse_optional_date
from kairan_provisioning.declaration import DeclaredOrganization, Mistakes, where
from kairan_provisioning.declare_organizations import note_unknown_organization
from kairan_provisioning.rows import Row


def declare_people(
    rows: Iterable[Row],
    organizations: set[OrganizationKey],
    sections: set[tuple[OrganizationKey, SectionKey]],
    mistakes: Mistakes,
) -> tuple[dict[str, Person], dict[str, Row]]:
    """The people by staff number, each with the first row that is about them.

    Args:
        organizations: those that the folder declares.
        sections: those that the folder declares.
    """
    people: dict[str, Person] = {}
    first: dict[str, Row] = {}
    for row in rows:
        number = mistakes.read(row, STAFF, "staff_number", values.staff_number)
        name = mistakes.read(row, STAFF, "name", values.person_name)
        kana = mistakes.read(row, STAFF, "kana", values.kana)
        posting = _posting(row, organizations, sections, mistakes)
        if number is None or name is None or kana is None:
            continue
        before = people.get(number)
        if before is None:
            people[number] = Person(number, name, kana, () if posting is None else (posting,))
            first[number] = row
            continue
        there = where(first[number].place("staff_number"))
        if name != before.name:
            mistakes.note(
                row,
                STAFF,
                "name",
                f"職員番号 {number} は {there} で「{before.name}」です。氏名か番号を直してください",
                f"staff number {number} is {before.name} at {there}: the name or the number is wrong",
            )
            continue
        if kana and before.kana and kana != before.kana:
            mistakes.note(
                row,
                STAFF,
                "kana",
                f"職員番号 {number} は {there} で「{before.kana}」です",
                f"staff number {number} reads {before.kana} at {there}",
            )
            continue
        if posting in before.postings:
            mistakes.note(
                row, STAFF, "staff_number", "同じ所属がもう一度書かれています", "the same posting is declared twice"
            )
            continue
        postings = before.postings if posting is None else (*before.postings, posting)
        people[number] = evolve(before, kana=before.kana or kana, postings=postings)
    return people, first


def check_display_names(
    people: Mapping[str, Person],
    rows: Mapping[str, Row],
    organizations: Mapping[OrganizationKey, DeclaredOrganization],
    mistakes: Mistakes,
) -> None:
    """Note whose display name would be longer than a homeserver takes, with any posting as the main one."""
    for number, person in people.items():
        for posting in person.postings:
            declared = organizations.get(posting.organization)
            if declared is None:
                continue
            section = None if posting.section is None else declared.sections.get(posting.section)
            length = display_name_length(person.name, declared.organization, section, posting.title)
            if length > MAX_DISPLAY_NAME:
                mistakes.note(
                    rows[number],
                    STAFF,
                    "name",
                    f"表示名が {length} 文字になります（{MAX_DISPLAY_NAME} 文字まで）",
                    f"the display name would have {length} characters, at most {MAX_DISPLAY_NAME} are allowed",
                )
                break


def display_name_length(name: str, organization: Organization, section: Section | None, title: str) -> int:
    """How long a display name is before it is cut to what a homeserver takes, or more if even that fits."""
    template = organization.display_name or STANDARD_DISPLAY_NAME
    section_name = section.name if section else ""
    at_most = len(template) + _repeats(template) * sum(map(len, (name, organization.name, section_name, title)))
    if at_most <= MAX_DISPLAY_NAME:
        return at_most
    return len(template.format(name=name, organization=organization.name, section=section_name, title=title).strip())


@cache
def _repeats(template: str) -> int:
    return max(map(template.count, ("{name}", "{organization}", "{section}", "{title}")))


def _posting(
    row: Row,
    organizations: set[OrganizationKey],
    sections: set[tuple[OrganizationKey, SectionKey]],
    mistakes: Mistakes,
) -> Posting | None:
    organization = mistakes.read(row, STAFF, "organization", values.organization_key)
    section = mistakes.read(row, STAFF, "section", values.optional_section_key)
    title = mistakes.read(row, STAFF, "title", values.optional_text)
    extension = mistakes.read(row, STAFF, "extension", values.extension)
    role = mistakes.read(row, STAFF, "role", values.role)
    starts = mistakes.read(row, STAFF, "starts", parse_optional_date)
    ends = mistakes.read(row, STAFF, "ends", parse_optional_date)
    if starts and ends and ends < starts:
        mistakes.note(
            row,
            STAFF,
            "ends",
            f"終了日 {ends} が発令日 {starts} より前です",
            f"the posting ends on {ends}, before it starts on {starts}",
        )
        return None
    if organization is None or title is None or extension is None or role is None:
        return None
    if organization not in organizations:
        note_unknown_organization(row, STAFF, organization, mistakes)
        return None
    if section is not None and (organization, section) not in sections:
        mistakes.note(
            row,
            STAFF,
            "section",
            f"{section} は {organization} の sections のファイルにありません",
            f"{organization} has no section {section} in the sections files",
        )
        return None
    return Posting(organization, section, title, extension, role, starts, ends)
