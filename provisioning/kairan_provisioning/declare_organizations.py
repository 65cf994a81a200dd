"""From rows to organisations and their sections."""

from collections.abc import Iterable, Mapping

from kairan.codes import local_governments
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey, find_cycle

from kairan_provisioning import values
from kairan_provisioning.columns import ORGANIZATIONS, SECTIONS, Kind
from kairan_provisioning.declaration import Mistakes, first_of, where
from kairan_provisioning.rows import Row
from kairan_provisioning.texts import plain_kana


def declare_organizations(
    rows: Iterable[Row], mistakes: Mistakes
) -> tuple[dict[OrganizationKey, Organization], set[OrganizationKey]]:
    """The organisations, and the keys of all rows that named one, right or wrong in the rest."""
    declared: dict[OrganizationKey, Organization] = {}
    first: dict[OrganizationKey, Row] = {}
    for row in rows:
        key = mistakes.read(row, ORGANIZATIONS, "organization", values.organization_key)
        name = mistakes.read(row, ORGANIZATIONS, "name", values.optional_text)
        kana = mistakes.read(row, ORGANIZATIONS, "kana", values.kana)
        opens_to = mistakes.read(row, ORGANIZATIONS, "opens_to", values.opens_to)
        template = mistakes.read(row, ORGANIZATIONS, "display_name", values.display_name_template)
        if key is None:
            continue
        if key in first:
            there = where(first[key].place("organization"))
            mistakes.note(
                row,
                ORGANIZATIONS,
                "organization",
                f"{key} は {there} にもあります",
                f"{key} is declared at {there} too",
            )
            continue
        first[key] = row
        listed = local_governments().get(key)
        if name == "" and listed is None:
            mistakes.note(row, ORGANIZATIONS, "name", "空欄です", "it is empty")
        if name is None or kana is None or opens_to is None or template is None:
            continue
        declared[key] = Organization(
            key=key,
            name=name or (listed.name if listed else ""),
            # The reading of the list belongs to the name of the list.
            kana=kana or (plain_kana(listed.kana) or "" if listed and name in ("", listed.name) else ""),
            opens_to=opens_to,
            display_name=template,
        )
    return declared, set(first)


def declare_sections(
    rows: Iterable[Row], known: set[OrganizationKey], mistakes: Mistakes
) -> tuple[dict[OrganizationKey, dict[SectionKey, Section]], set[tuple[OrganizationKey, SectionKey]]]:
    """The sections of each organisation, and the keys of all rows that named one.

    Args:
        known: the organisations that the folder declares.
    """
    declared: dict[OrganizationKey, dict[SectionKey, Section]] = {}
    first: dict[tuple[OrganizationKey, SectionKey], Row] = {}
    for row in rows:
        organization = mistakes.read(row, SECTIONS, "organization", values.organization_key)
        key = mistakes.read(row, SECTIONS, "section", values.section_key)
        name = mistakes.read(row, SECTIONS, "name", values.name)
        kana = mistakes.read(row, SECTIONS, "kana", values.kana)
        parent = mistakes.read(row, SECTIONS, "parent", values.optional_section_key)
        position = mistakes.read(row, SECTIONS, "position", values.position)
        if organization is None:
            continue
        if organization not in known:
            note_unknown_organization(row, SECTIONS, organization, mistakes)
            continue
        if key is None:
            continue
        if (organization, key) in first:
            there = where(first[organization, key].place("section"))
            mistakes.note(
                row, SECTIONS, "section", f"{key} は {there} にもあります", f"{key} is declared at {there} too"
            )
            continue
        first[organization, key] = row
        if name is not None and kana is not None and position is not None:
            declared.setdefault(organization, {})[key] = Section(key, name, kana, parent, position)
    for organization, sections in declared.items():
        _check_parents(organization, sections, first, mistakes)
    return declared, set(first)


def note_unknown_organization(row: Row, kind: Kind, organization: OrganizationKey, mistakes: Mistakes) -> None:
    """Note that a row names an organisation that the folder does not declare."""
    mistakes.note(
        row,
        kind,
        "organization",
        f"{organization} は organizations のファイルにありません",
        f"{organization} is not in the organizations files",
    )


def _check_parents(
    organization: OrganizationKey,
    sections: Mapping[SectionKey, Section],
    rows: Mapping[tuple[OrganizationKey, SectionKey], Row],
    mistakes: Mistakes,
) -> None:
    for section in sections.values():
        if section.parent is not None and (organization, section.parent) not in rows:
            mistakes.note(
                rows[organization, section.key],
                SECTIONS,
                "parent",
                f"{section.parent} は {organization} にありません",
                f"{organization} has no section {section.parent}",
            )
    rest = dict(sections)
    while ring := find_cycle(rest):
        names = " → ".join(ring)
        mistakes.note(
            first_of((rows[organization, key] for key in ring), "parent"),
            SECTIONS,
            "parent",
            f"上位課が輪になっています: {names}",
            f"the sections form a ring: {names}",
        )
        for key in ring[1:]:
            rest.pop(key)
