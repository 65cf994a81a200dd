"""A nation in a database with the people who will search it, and what each of them ought to see."""

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from attrs import define, evolve, field, frozen
from kairan.organizations import Organization, OrganizationKey, Reach, section_path
from kairan.people import Person
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine
from benchmarks.fill import add_sessions, fill, user_id_of
from benchmarks.nation import stream
from benchmarks.queries import SectionNames

_BY_PERSON = 32
"""So many searchers are spread evenly over all people, so that large organisations have more of them…"""
_BY_ORGANIZATION = 8
"""…and so many over all organisations, so that small ones have some."""

_GROUP = 4
_EVERY = 5
"""Neighbours in fours; in every fifth group all four opened to each other."""


@frozen
class Searcher:
    """Somebody who searches, with all colleagues (themself included)."""

    person: Person
    organization: OrganizationKey
    token: str
    colleagues: Sequence[Person]


@define
class World:
    """What was written into a database."""

    organizations: Mapping[OrganizationKey, Organization]
    section_names: SectionNames
    people: int
    fill_s: float = 0.0
    searchers: list[Searcher] = field(factory=list)
    one_of_each: dict[OrganizationKey, Searcher] = field(factory=dict)
    """A searcher in each organisation, to load all indexes with; `colleagues` has themself only."""
    first_numbers: list[int] = field(factory=list)
    keys: list[OrganizationKey] = field(factory=list)

    def organization_of(self, localpart: str) -> OrganizationKey:
        """Where somebody works: staff numbers run through the organisations in their order."""
        return self.keys[bisect.bisect(self.first_numbers, int(localpart)) - 1]


def create_world(
    database: Any, engine: Engine, *, organizations: int, people: int, seed: int, reporter: Reporter
) -> World:
    """Write a nation into an empty database with schema."""
    made, sections, everybody = stream(organizations, people, seed)
    opened = list(open_groups(made))
    names = {
        (key, section.key): " ".join(step.name for step in section_path(section.key, by_key))
        for key, found in sections.items()
        for by_key in [{section.key: section for section in found}]
        for section in found
    }
    world = World({o.key: o for o in opened}, names, people)
    connection = database.connect()
    try:
        with reporter.step(f"{engine}: {people:,} people in {organizations:,} organisations", people) as advance:
            world.fill_s = fill(connection, engine, opened, sections, _watched(everybody, world), advance)
        tokens = {user_id_of(s.person.localpart): s.token for s in [*world.searchers, *world.one_of_each.values()]}
        add_sessions(connection, engine, tokens)
    finally:
        connection.close()
    return world


def open_groups(organizations: Iterable[Organization]) -> Iterator[Organization]:
    """Open every fifth group of four neighbours to each other, and nobody else to anybody."""
    listed = list(organizations)
    for index, organization in enumerate(listed):
        group, opens_to = index // _GROUP, set[OrganizationKey]()
        if group % _EVERY == 0 and not organization.walled:
            opens_to = {o.key for o in listed[group * _GROUP : (group + 1) * _GROUP]} - {organization.key}
        yield evolve(organization, opens_to=opens_to)


def open_prefectures(organizations: Iterable[Organization]) -> Iterator[Organization]:
    """Open each organisation to the others of its prefecture."""
    for organization in organizations:
        yield evolve(organization, opens_to=() if organization.walled else [Reach.PREFECTURE.value])


def _watched(people: Iterable[Person], world: World) -> Iterator[Person]:
    """The same people, of whom the world notes what the measurement needs to know."""
    by_person = [int((n + 0.5) * world.people / _BY_PERSON) for n in range(_BY_PERSON)]
    by_organization = {int((n + 0.5) * len(world.organizations) / _BY_ORGANIZATION) for n in range(_BY_ORGANIZATION)}
    start = 0
    for number, (key, group) in enumerate(groupby(people, lambda person: person.postings[0].organization)):
        colleagues = list(group)
        world.first_numbers.append(start + 1)
        world.keys.append(key)
        world.one_of_each[key] = _searcher(colleagues[0], key, colleagues[:1])
        here = [at - start for at in by_person if start <= at < start + len(colleagues)]
        if number in by_organization:
            here.append(len(colleagues) // 2)
        world.searchers.extend(_searcher(colleagues[at], key, colleagues) for at in dict.fromkeys(here))
        yield from colleagues
        start += len(colleagues)


def _searcher(person: Person, key: OrganizationKey, colleagues: Sequence[Person]) -> Searcher:
    return Searcher(person, key, f"bench_{person.localpart}", colleagues)
