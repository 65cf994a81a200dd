"""What the `kairan` command declares, out of JSON, checked by the rules of the core."""

import datetime
from typing import Any, NoReturn

import cattrs
from attrs import Attribute, field, frozen
from attrs.validators import max_len, min_len, optional
from kairan.errors import ErrorCode
from kairan.organizations import (
    MAX_NAME,
    Organization,
    OrganizationKey,
    Reach,
    Section,
    SectionKey,
    find_cycle,
    parse_organization_key,
    parse_section_key,
)
from kairan.people import Person, Posting, Role, check_display_name_template, parse_staff_number
from kairan.policy import parse_policy

from kairan_modules.passwords import LONGEST, SHORTEST
from kairan_modules.rest.errors import refusal
from kairan_modules.store.writes import DeclaredOrganization
from kairan_modules.synapse_compat import JsonDict


def _named(instance: object, attribute: "Attribute[str]", value: str) -> None:
    if not value or len(value) > MAX_NAME:
        raise ValueError(f"1 to {MAX_NAME} characters are needed")


def _short(instance: object, attribute: "Attribute[str]", value: str) -> None:
    if len(value) > MAX_NAME:
        raise ValueError(f"at most {MAX_NAME} characters are possible")


@frozen
class _Section:
    section: str
    name: str = field(validator=_named)
    kana: str = field(default="", validator=_short)
    parent: str | None = None
    position: int = field(default=0)


@frozen
class _Organization:
    organization: str
    name: str = field(validator=_named)
    kana: str = field(default="", validator=_short)
    opens_to: list[str] = field(factory=list)
    display_name: str = field(default="", validator=_short)
    policy: dict[str, Any] = field(factory=dict)
    sections: list[_Section] = field(factory=list)


@frozen
class _Posting:
    organization: str
    section: str | None = None
    title: str = field(default="", validator=_short)
    extension: str = field(default="", validator=_short)
    role: Role = Role.STAFF
    starts: datetime.date | None = None
    ends: datetime.date | None = None


@frozen
class _Person:
    localpart: str
    name: str = field(validator=_named)
    kana: str = field(default="", validator=_short)
    postings: list[_Posting] = field(factory=list)
    first_password: str | None = field(default=None, validator=optional((min_len(SHORTEST), max_len(LONGEST))))


@frozen
class _Organizations:
    organizations: list[_Organization]


@frozen
class _People:
    people: list[_Person]


@frozen
class DeclaredPerson:
    """A person as an administrator declares them; `first_password` counts for a new account only."""

    person: Person
    first_password: str | None


_converter = cattrs.Converter(forbid_extra_keys=True)


def _exactly(kind: type) -> Any:
    def structure(value: object, _: type) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{kind.__name__} is needed")
        return value

    return structure


for _kind in (str, int):
    _converter.register_structure_hook(_kind, _exactly(_kind))
# A subclass of str, which the hook for str would otherwise take.
_converter.register_structure_hook(Role, lambda value, _: Role(value))
_converter.register_structure_hook(datetime.date, lambda value, _: datetime.date.fromisoformat(value))


def organizations_of(body: JsonDict) -> list[DeclaredOrganization]:
    """The organisations of `PUT /provision/organizations`. Raises `BAD_DECLARATION`, naming the first place."""
    declared = [_organization(each) for each in _structure(body, _Organizations).organizations]
    _check_once([each.organization.key for each in declared], "organization")
    return declared


def people_of(body: JsonDict, highest: int) -> list[DeclaredPerson]:
    """The people of `PUT /provision/people`, at most `highest`. Raises `BAD_DECLARATION`, naming the first place."""
    people = _structure(body, _People).people
    if len(people) > highest:
        bad(f"people: at most {highest} at once")
    declared = [_person(each) for each in people]
    _check_once([each.person.localpart for each in declared], "localpart")
    return declared


def bad(detail: str) -> NoReturn:
    """Refuse a declaration with what is wrong and where."""
    raise refusal(400, ErrorCode.BAD_DECLARATION, detail)


def _structure(body: JsonDict, kind: type) -> Any:
    try:
        return _converter.structure(body, kind)
    except Exception as error:
        # cattrs gathers whatever its hooks raise; each becomes one line with its path.
        bad("; ".join(cattrs.transform_error(error, format_exception=_in_words)[:5]))


def _in_words(error: BaseException, kind: type | None) -> str:
    if type(error) in (ValueError, TypeError):
        return str(error)
    return cattrs.v.format_exception(error, kind)


def _organization(given: _Organization) -> DeclaredOrganization:
    try:
        for target in given.opens_to:
            if target not in {reach.value for reach in Reach}:
                parse_organization_key(target)
        if given.display_name:
            check_display_name_template(given.display_name)
        sections = tuple(
            Section(
                key=parse_section_key(each.section),
                name=each.name,
                kana=each.kana,
                parent=None if each.parent is None else SectionKey(each.parent),
                position=each.position,
            )
            for each in given.sections
        )
        organization = Organization(
            key=parse_organization_key(given.organization),
            name=given.name,
            kana=given.kana,
            opens_to=frozenset(given.opens_to),
            display_name=given.display_name,
            policy=parse_policy(given.policy),
        )
    except ValueError as error:
        bad(f"{given.organization}: {error}")
    by_key = {section.key: section for section in sections}
    _check_once([section.key for section in sections], f"{given.organization}: section")
    for section in sections:
        if section.parent is not None and section.parent not in by_key:
            bad(f"{given.organization}: section {section.key}: its parent {section.parent!r} is no section")
    if cycle := find_cycle(by_key):
        bad(f"{given.organization}: sections in a ring: {' → '.join(cycle)}")
    return DeclaredOrganization(organization=organization, sections=sections)


def _person(given: _Person) -> DeclaredPerson:
    try:
        localpart = parse_staff_number(given.localpart)
    except ValueError as error:
        bad(str(error))
    for posting in given.postings:
        if posting.starts and posting.ends and posting.ends < posting.starts:
            bad(f"{localpart}: a posting ends {posting.ends} before it starts {posting.starts}")
    postings = tuple(
        Posting(
            organization=OrganizationKey(posting.organization),
            section=None if posting.section is None else SectionKey(posting.section),
            title=posting.title,
            extension=posting.extension,
            role=posting.role,
            starts=posting.starts,
            ends=posting.ends,
        )
        for posting in given.postings
    )
    person = Person(localpart=localpart, name=given.name, kana=given.kana, postings=postings)
    return DeclaredPerson(person=person, first_password=given.first_password)


def _check_once(keys: list[Any], what: str) -> None:
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            bad(f"{what} {key!r} stands twice")
        seen.add(key)
