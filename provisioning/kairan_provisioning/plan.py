"""The difference between what a folder declares and what a server has. Pure: no file, no network."""

import datetime
from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person, Posting, Role, display_name
from kairan.policy import OrganizationPolicy
from kairan.zones import STANDARD

from kairan_provisioning.declaration import Declaration, DeclaredOrganization
from kairan_provisioning.wire import Counts, KnownPerson

RETIREMENTS_ALWAYS_ALLOWED = 10
RETIREMENTS_ALLOWED_SHARE = 0.05
"""More than both, and `apply` wants to be told the number: a file was probably forgotten."""


class Action(StrEnum):
    """What happens to an organisation, section or person."""

    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"


@frozen
class Change:
    """One field that differs."""

    field: str
    old: str
    new: str


@frozen
class SectionStep:
    """What happens to one section; RETIRE is its removal."""

    action: Action
    section: Section
    changes: tuple[Change, ...] = ()


@frozen
class OrganizationStep:
    """What happens to one organisation, and to its sections; no action if only sections differ.

    The `changes` of a new one are those of its policy from the standard.
    """

    declared: DeclaredOrganization
    action: Action | None
    changes: tuple[Change, ...]
    sections: tuple[SectionStep, ...]
    going: tuple[Section, ...]
    """The sections that go; they stay until nobody is posted there any more."""


@frozen
class PersonStep:
    """What happens to one person. `person` is what to send: RETIRE keeps the postings elsewhere."""

    action: Action
    person: Person
    organization: OrganizationKey
    """Under which the step is counted: of the main posting among those the folder declares."""
    changes: tuple[Change, ...] = ()


@frozen
class Current:
    """What the server has."""

    organizations: Mapping[OrganizationKey, DeclaredOrganization] = field(factory=dict)
    people: Mapping[str, KnownPerson] = field(factory=dict)
    pending_rooms: Mapping[OrganizationKey, Counts] = field(factory=dict)


@frozen
class Plan:
    """All that `apply` would do."""

    organizations: tuple[OrganizationStep, ...]
    people: tuple[PersonStep, ...]
    rooms: Mapping[OrganizationKey, Counts]
    present: int
    """How many people the server has in the declared organisations."""

    @property
    def nothing_to_change(self) -> bool:
        """Whether the server is as declared, rooms included."""
        return not (self.organizations or self.people or any(self.rooms.values()))

    def count(self, action: Action) -> int:
        """How many people that happens to."""
        return sum(step.action is action for step in self.people)

    @property
    def needs_confirmation(self) -> bool:
        """Whether so many would retire that a forgotten file is likelier."""
        retiring = self.count(Action.RETIRE)
        return retiring > RETIREMENTS_ALWAYS_ALLOWED and retiring > RETIREMENTS_ALLOWED_SHARE * self.present


def make_plan(declaration: Declaration, current: Current, day: datetime.date) -> Plan:
    """What turns `current` into what is declared.

    Args:
        day: today in Asia/Tokyo; which posting is the main one, and so the display name, depends on it.
    """
    organizations = tuple(
        step
        for key, declared in declaration.organizations.items()
        if (step := _organization_step(declared, current.organizations.get(key))) is not None
    )
    after = {**current.organizations, **declaration.organizations}
    steps = [_person_step(person, declaration, current, after, day) for person in declaration.people.values()]
    gone = [
        _retirement(known.person, declaration)
        for number, known in current.people.items()
        if number not in declaration.people and _declared_postings(known.person, declaration)
    ]
    people = tuple(step for step in (*steps, *gone) if step is not None)
    present = sum(bool(_declared_postings(known.person, declaration)) for known in current.people.values())
    return Plan(organizations, people, _rooms(declaration, current, organizations, people, day), present)


def _organization_step(declared: DeclaredOrganization, known: DeclaredOrganization | None) -> OrganizationStep | None:
    if known is None:
        added = tuple(SectionStep(Action.ADD, section) for section in declared.sections.values())
        standard, wanted = _policy_fields(OrganizationPolicy()), _policy_fields(declared.organization.policy)
        return OrganizationStep(declared, Action.ADD, _changes(standard, wanted), added, ())
    changes = _changes(_organization_fields(known.organization), _organization_fields(declared.organization))
    sections: list[SectionStep] = []
    for key, section in declared.sections.items():
        before = known.sections.get(key)
        if before is None:
            sections.append(SectionStep(Action.ADD, section))
        elif before != section:
            sections.append(
                SectionStep(Action.CHANGE, section, _changes(_section_fields(before), _section_fields(section)))
            )
    going = tuple(section for key, section in known.sections.items() if key not in declared.sections)
    sections.extend(SectionStep(Action.RETIRE, section) for section in going)
    if not changes and not sections:
        return None
    return OrganizationStep(declared, Action.CHANGE if changes else None, changes, tuple(sections), going)


def _person_step(
    person: Person,
    declaration: Declaration,
    current: Current,
    after: Mapping[OrganizationKey, DeclaredOrganization],
    day: datetime.date,
) -> PersonStep | None:
    counted = person.postings[0].organization
    known = current.people.get(person.localpart)
    if known is None:
        return PersonStep(Action.ADD, person, counted)
    kept = [p for p in known.person.postings if p.organization not in declaration.organizations]
    # Whichever organisation was the main one before stays it, so that two folders do not undo each other.
    kept_first = bool(kept) and known.person.postings[0] == kept[0]
    wanted = evolve(person, postings=(*kept, *person.postings) if kept_first else (*person.postings, *kept))
    changes = _changes(_person_fields(known.person), _person_fields(wanted))
    # The display name follows the names of sections and organisations, and the calendar.
    shown = _display_name(wanted, after, day)
    if known.display_name != shown:
        changes += (Change("display_name", known.display_name, shown),)
    if known.locked and wanted.current_postings(day):
        changes += (Change("locked", "true", "false"),)
    return PersonStep(Action.CHANGE, wanted, counted, changes) if changes else None


def _retirement(person: Person, declaration: Declaration) -> PersonStep:
    leaving = _declared_postings(person, declaration)
    kept = tuple(p for p in person.postings if p.organization not in declaration.organizations)
    wanted = evolve(person, postings=kept)
    return PersonStep(
        Action.RETIRE, wanted, leaving[0].organization, _changes(_person_fields(person), _person_fields(wanted))
    )


def _declared_postings(person: Person, declaration: Declaration) -> list[Posting]:
    return [posting for posting in person.postings if posting.organization in declaration.organizations]


def _display_name(
    person: Person, organizations: Mapping[OrganizationKey, DeclaredOrganization], day: datetime.date
) -> str:
    main = next(iter(person.current_postings(day)), None)
    declared = organizations.get(main.organization) if main else None
    if main is None or declared is None:
        return display_name(person.name, None, None)
    section = declared.sections.get(main.section) if main.section else None
    return display_name(person.name, declared.organization, section, main.title)


def _rooms(
    declaration: Declaration,
    current: Current,
    organizations: Iterable[OrganizationStep],
    people: Iterable[PersonStep],
    day: datetime.date,
) -> dict[OrganizationKey, Counts]:
    """What the server has left to do, and what the steps add to that."""
    rooms = {key: current.pending_rooms.get(key, Counts()) for key in declaration.organizations}
    for step in organizations:
        new = sum(section.action is Action.ADD for section in step.sections) + (step.action is Action.ADD)
        rooms[step.declared.organization.key] += Counts(rooms=new)
    for person in people:
        known = current.people.get(person.person.localpart)
        before = _memberships(known.person, day) if known else set()
        now = _memberships(person.person, day)
        for organization, _ in now - before:
            if organization in rooms:
                rooms[organization] += Counts(joins=1)
        for organization, _ in before - now:
            if organization in rooms:
                rooms[organization] += Counts(leaves=1)
    return rooms


def _memberships(person: Person, day: datetime.date) -> set[tuple[OrganizationKey, SectionKey | None]]:
    """The Spaces (no section) and section rooms that a person is in on `day`."""
    current = person.current_postings(day)
    return {(p.organization, p.section) for p in current} | {(p.organization, None) for p in current}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(Change(name, old[name], new[name]) for name in new if old[name] != new[name])


def _organization_fields(organization: Organization) -> dict[str, str]:
    return {
        "name": organization.name,
        "kana": organization.kana,
        "opens_to": " ".join(sorted(organization.opens_to)),
        "display_name": organization.display_name,
        **_policy_fields(organization.policy),
    }


def _policy_fields(policy: OrganizationPolicy) -> dict[str, str]:
    """Every setting, under the path that it has in a file; a rule that is not declared is empty."""
    return {
        "policy.sign_in": policy.sign_in.value,
        **{
            f"policy.rules.{action.value}.{zone.value}": getattr(policy.rules.get(action, {}).get(zone), "value", "")
            for action, zones in STANDARD.items()
            for zone, rule in zones.items()
            if not rule.fixed
        },
        "policy.password.shortest": str(policy.password.shortest),
        "policy.password.kinds": str(policy.password.kinds),
        "policy.sessions.days": str(policy.sessions.days),
        "policy.sessions.idle_hours": str(policy.sessions.idle_hours),
    }


def _section_fields(section: Section) -> dict[str, str]:
    return {
        "name": section.name,
        "kana": section.kana,
        "parent": section.parent or "",
        "position": str(section.position),
    }


def _person_fields(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "kana": person.kana,
        "postings": "、".join(posting_text(posting) for posting in person.postings),
    }


def posting_text(posting: Posting) -> str:
    """A posting on one line: `272060 1010 課長 内線1234 2026-04-01..`."""
    parts = [posting.organization, posting.section or "", posting.title]
    if posting.extension:
        parts.append(f"内線{posting.extension}")
    if posting.role is not Role.STAFF:
        parts.append(posting.role.value)
    if posting.starts or posting.ends:
        parts.append(f"{posting.starts or ''}..{posting.ends or ''}")
    return " ".join(part for part in parts if part)
