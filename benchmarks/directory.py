"""People search through the LGWAN face, beside Synapse's own on a copy of the same database.

All sizes of one engine are there at once and asked in turns, query by query, so that whatever else the machine does
hits all of them alike.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from kairan.zones import Zone
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine, Storage
from benchmarks.homeserver import Homeserver, running
from benchmarks.searching import Asked, Contest, search
from benchmarks.world import World, create_world, open_prefectures

NEIGHBOURS: Final = "some neighbours"
PREFECTURES: Final = "whole prefectures"

_SEARCHERS: Final = 64
"""More than there are in any world."""


@frozen
class Size:
    """How large a nation is. `prefectures`: it is measured also with every organisation open to its prefecture."""

    people: int
    organizations: int
    prefectures: bool = False
    load_all: bool = False
    """Whether to load all indexes at the end, for the memory that they take."""


@frozen
class Outcome:
    """All that one nation gave. Times in seconds, memory in MB."""

    engine: Engine
    size: Size
    opened: str
    asked: Sequence[Asked]
    asked_from: int
    """How many organisations the searchers are of."""
    kairan_floor: Sequence[float]
    synapse_floor: Sequence[float]
    fill_s: float
    memory_started: float
    memory_asked: float
    memory_all: float | None = None
    all_indexes_s: float | None = None


@frozen
class _Prepared:
    size: Size
    world: World
    database: Any
    folder: Path
    synapse: Homeserver


def measure(
    storage: Storage, template: Any, folder: Path, sizes: Sequence[Size], rounds: int, reporter: Reporter
) -> Iterator[Outcome]:
    """Measure nations of these sizes against each other.

    Args:
        template: a database with the schema
        folder: an existing one for the servers' files
        rounds: how many queries each searcher asks; half as many where whole prefectures are open
    """
    with ExitStack() as stack:
        prepared = [
            stack.enter_context(_prepared(storage, template, folder / str(number), size, reporter))
            for number, size in enumerate(sizes)
        ]
        yield from _asked(storage.engine, prepared, NEIGHBOURS, rounds, reporter)
        wide = [each for each in prepared if each.size.prefectures]
        for each in wide:
            _open_prefectures(each.database, storage.engine, each.world)
        if wide:
            yield from _asked(storage.engine, wide, PREFECTURES, (rounds + 1) // 2, reporter)


@contextmanager
def _prepared(storage: Storage, template: Any, folder: Path, size: Size, reporter: Reporter) -> Iterator[_Prepared]:
    ours = storage.make(template)
    world = create_world(
        ours, storage.engine, organizations=size.organizations, people=size.people, seed=1, reporter=reporter
    )
    stock = storage.make(ours)
    with running(folder / "stock", stock, kairan=False) as synapse:
        yield _Prepared(size, world, ours, folder / "kairan", synapse)
    storage.remove(stock)
    storage.remove(ours)


def _asked(
    engine: Engine, prepared: Sequence[_Prepared], opened: str, rounds: int, reporter: Reporter
) -> Iterator[Outcome]:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(each.folder, each.database, kairan=True)) for each in prepared]
        contests = [
            stack.enter_context(Contest(each.world, kairan, each.synapse))
            for each, kairan in zip(prepared, servers, strict=True)
        ]
        started = [server.memory_mb() for server in servers]
        chance = random.Random(1)
        label = f"{engine}: {len(contests)} nations searched, {opened} opened"
        with reporter.step(label, rounds * _SEARCHERS) as advance:
            for round_number in range(rounds):
                for index in chance.sample(range(_SEARCHERS), _SEARCHERS):
                    for contest in contests:
                        contest.ask(round_number, index)
                    advance(1)
        for each, contest, memory in zip(prepared, contests, started, strict=True):
            asked = contest.kairan.memory_mb()
            load_all = each.size.load_all and opened == NEIGHBOURS
            memory_all, all_indexes_s = _load_all(contest, reporter) if load_all else (None, None)
            yield Outcome(
                engine,
                each.size,
                opened,
                contest.asked,
                len(contest.warm),
                contest.kairan_floor,
                contest.synapse_floor,
                each.world.fill_s,
                memory,
                asked,
                memory_all,
                all_indexes_s,
            )


def _load_all(contest: Contest, reporter: Reporter) -> tuple[float, float]:
    """Make the server load every organisation's index; its memory then, in MB, and the seconds that it took."""
    begun = time.monotonic()
    searchers = contest.world.one_of_each.values()
    with reporter.step("loading every index", len(searchers)) as advance:
        for searcher in searchers:
            with contest.kairan.client(searcher.token, Zone.LGWAN) as client:
                search(client, "nobody has this name")
            advance(1)
    return contest.kairan.memory_mb(), time.monotonic() - begun


def _open_prefectures(database: Any, engine: Engine, world: World) -> None:
    """Change it in the database and in what is known of it. No server with Kairan may run on it."""
    world.organizations = {o.key: o for o in open_prefectures(world.organizations.values())}
    rows = [(json.dumps(sorted(o.opens_to)), o.key) for o in world.organizations.values()]
    mark = "%s" if engine == "postgres" else "?"
    connection = database.connect()
    connection.cursor().executemany(
        f"UPDATE kairan_organizations SET opens_to = {mark}, revision = 2 WHERE organization = {mark}",  # noqa: S608
        rows,
    )
    connection.commit()
    connection.close()
