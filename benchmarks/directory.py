"""People search through the LGWAN face, beside Synapse's own on a copy of the same database.

Queries alternate between the two servers, one by one. Who ought to be found is known from the generated data.
"""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from kairan.organizations import OrganizationKey, visible_organizations
from kairan.zones import Zone
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine, Storage
from benchmarks.homeserver import Homeserver, running
from benchmarks.queries import QUERIES, Wanted, make_query, pick_colleague, who_ought_to_be_found
from benchmarks.world import Searcher, World, create_world, open_prefectures

PAGE = 10
"""The first page, as clients ask for it."""

_SEARCH = "/_matrix/client/v3/user_directory/search"
_WHOAMI = "/_matrix/client/v3/account/whoami"
_FLOOR_REQUESTS = 60


@frozen
class Case:
    """What is measured: so many people and organisations, and who opened to whom."""

    engine: Engine
    people: int
    organizations: int
    opened: str = "some neighbours"


@frozen
class Answer:
    """A first page: seconds, the localparts shown."""

    seconds: float
    shown: Sequence[str]


@frozen
class Asked:
    """One query, asked of both.

    `expected` is how many of the searcher's own matches fit the page, `own` how many of them each showed,
    `strangers` how many were shown of whom the searcher should not know. `cold` is whether it was the first
    query of its organisation since the server started.
    """

    kind: str
    cold: bool
    kairan: Answer
    synapse: Answer
    expected: int
    synapse_expected: int
    kairan_own: int
    synapse_own: int
    kairan_strangers: int
    synapse_strangers: int


@frozen
class Outcome:
    """All that one case gave. Times in seconds, memory in MB."""

    case: Case
    asked: Sequence[Asked]
    organizations_asked_from: int
    kairan_floor: Sequence[float]
    synapse_floor: Sequence[float]
    fill_s: float
    memory_started: float
    memory_asked: float
    memory_all: float | None
    all_indexes_s: float | None


def measure(
    case: Case, storage: Storage, template: Any, folder: Path, reporter: Reporter, *, prefectures: bool, rounds: int
) -> Iterator[Outcome]:
    """Measure a case; with `prefectures` also the same where everybody opened to their prefecture.

    Args:
        template: a database with the schema
        folder: an existing one for the servers' files
        rounds: how many queries each searcher asks
    """
    ours = storage.make(template)
    world = create_world(
        ours, case.engine, organizations=case.organizations, people=case.people, seed=1, reporter=reporter
    )
    stock = storage.make(ours)
    with running(folder / "stock", stock, kairan=False) as synapse:
        with running(
            folder / "ours", ours, kairan=True
        ) as kairan:
            yield _measure(case, world, kairan, synapse, reporter, rounds, load_all=True)
        if prefectures:
            _open_prefectures(ours, case.engine, world)
            with running(
                folder / "ours", ours, kairan=True
            ) as kairan:
                wide = Case(case.engine, case.people, case.organizations, "whole prefectures")
                yield _measure(wide, world, kairan, synapse, reporter, rounds, load_all=False)
    storage.remove(stock)
    storage.remove(ours)


def _measure(
    case: Case,
    world: World,
    kairan: Homeserver,
    synapse: Homeserver,
    reporter: Reporter,
    rounds: int,
    *,
    load_all: bool,
) -> Outcome:
    chance = random.Random(2)
    visible = {
        s.organization: set(visible_organizations([s.organization], world.organizations)) for s in world.searchers
    }
    with ExitStack() as stack:
        clients = [
            (stack.enter_context(kairan.client(s.token, Zone.LGWAN)), stack.enter_context(synapse.client(s.token)))
            for s in world.searchers
        ]
        # The first requests of a process pay for what it imports late; nobody searches with these two.
        first = next(iter(world.one_of_each.values()))
        for server in (kairan, synapse):
            with server.client(first.token) as client:
                _floor(client)
        started = kairan.memory_mb()
        asked: list[Asked] = []
        warm: set[OrganizationKey] = set()
        label = f"{case.engine}: queries over {case.people:,} people, {case.opened} opened"
        with reporter.step(label, rounds * len(clients)) as advance:
            for round_number in range(rounds):
                order = list(range(len(clients)))
                chance.shuffle(order)
                for index in order:
                    searcher = world.searchers[index]
                    colleague = pick_colleague(searcher.colleagues, searcher.person, chance)
                    wanted = make_query((index + 2 * round_number) % len(QUERIES), colleague, world.section_names)
                    pair = _ask_both(clients[index], wanted.text, kairan_first=len(asked) % 2 == 0)
                    cold = searcher.organization not in warm
                    warm.add(searcher.organization)
                    asked.append(_judge(wanted, searcher, world, visible[searcher.organization], cold, *pair))
                    advance(1)
        kairan_floor, synapse_floor = map(_floor, clients[0])
        memory_asked = kairan.memory_mb()
        memory_all, all_indexes_s = _load_all(kairan, world, reporter) if load_all else (None, None)
    return Outcome(
        case,
        asked,
        len(warm),
        kairan_floor,
        synapse_floor,
        world.fill_s,
        started,
        memory_asked,
        memory_all,
        all_indexes_s,
    )


def _ask_both(clients: tuple[httpx.Client, httpx.Client], text: str, *, kairan_first: bool) -> tuple[Answer, Answer]:
    kairan, synapse = clients
    if kairan_first:
        mine = _ask(kairan, text)
        return mine, _ask(synapse, text)
    theirs = _ask(synapse, text)
    return _ask(kairan, text), theirs


def _ask(client: httpx.Client, text: str) -> Answer:
    begun = time.perf_counter()
    response = client.post(_SEARCH, json={"search_term": text, "limit": PAGE})
    seconds = time.perf_counter() - begun
    response.raise_for_status()
    return Answer(seconds, [each["user_id"][1:].partition(":")[0] for each in response.json()["results"]])


def _judge(
    wanted: Wanted,
    searcher: Searcher,
    world: World,
    visible: set[OrganizationKey],
    cold: bool,
    kairan: Answer,
    synapse: Answer,
) -> Asked:
    ought = who_ought_to_be_found(wanted, searcher.colleagues, world.section_names)
    # Synapse never shows people themselves.
    theirs = ought - {searcher.person.localpart}

    def strangers(answer: Answer) -> int:
        return sum(world.organization_of(localpart) not in visible for localpart in answer.shown)

    return Asked(
        kind=wanted.kind,
        cold=cold,
        kairan=kairan,
        synapse=synapse,
        expected=min(len(ought), PAGE),
        synapse_expected=min(len(theirs), PAGE),
        kairan_own=len(ought.intersection(kairan.shown)),
        synapse_own=len(theirs.intersection(synapse.shown)),
        kairan_strangers=strangers(kairan),
        synapse_strangers=strangers(synapse),
    )


def _floor(client: httpx.Client) -> list[float]:
    """What an authenticated request takes that does nothing."""
    times = []
    for _ in range(_FLOOR_REQUESTS):
        begun = time.perf_counter()
        client.get(_WHOAMI).raise_for_status()
        times.append(time.perf_counter() - begun)
    return times


def _load_all(kairan: Homeserver, world: World, reporter: Reporter) -> tuple[float, float]:
    """Make the server load the index of every organisation; its memory then, in MB, and the seconds that it took."""
    begun = time.monotonic()
    with reporter.step("loading every index", len(world.one_of_each)) as advance:
        for searcher in world.one_of_each.values():
            with kairan.client(searcher.token, Zone.LGWAN) as client:
                _ask(client, "nobody has this name")
            advance(1)
    return kairan.memory_mb(), time.monotonic() - begun


def _open_prefectures(database: Any, engine: Engine, world: World) -> None:
    world.organizations = {o.key: o for o in open_prefectures(world.organizations.values())}
    connection = database.connect()
    rows = [(json.dumps(sorted(o.opens_to)), o.key) for o in world.organizations.values()]
    mark = "%s" if engine == "postgres" else "?"
    connection.cursor().executemany(
        f"UPDATE kairan_organizations SET opens_to = {mark}, revision = 2 WHERE organization = {mark}",  # noqa: S608
        rows,
    )
    connection.commit()
    connection.close()


def by_kind(asked: Sequence[Asked]) -> Mapping[str, Sequence[Asked]]:
    """The queries by their kind, in the order of `QUERIES`."""
    return {name: [each for each in asked if each.kind == name] for name, _ in QUERIES}
