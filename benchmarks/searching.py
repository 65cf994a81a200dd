"""Asks Kairan and stock Synapse the same, one after the other, and judges both first pages."""

import random
import time
from collections.abc import Sequence, Set
from contextlib import ExitStack
from typing import Final, Self

import httpx
from attrs import frozen
from kairan.organizations import OrganizationKey, visible_organizations
from kairan.zones import Zone

from benchmarks.homeserver import Homeserver
from benchmarks.queries import QUERIES, make_query, pick_colleague, who_ought_to_be_found
from benchmarks.world import Searcher, World

PAGE: Final = 10
"""The first page, as clients ask for it."""

_SEARCH: Final = "/_matrix/client/v3/user_directory/search"
_WHOAMI: Final = "/_matrix/client/v3/account/whoami"
_WARMING: Final = 60
"""Requests to a new process before any is measured: it pays for what it imports late."""


@frozen
class Page:
    """What a server showed: the seconds that it took, and the localparts."""

    seconds: float
    shown: Sequence[str]


@frozen
class Shown:
    """A first page, judged.

    `fitting` is how many of the searcher's own matches fit the page, `own` how many of them it has, `strangers` how
    many of those on it the searcher should not know of.
    """

    seconds: float
    fitting: int
    own: int
    strangers: int
    people: int


@frozen
class Asked:
    """One query.

    `cold`: the first of its organisation since the server started, which has its index to load. `cpu_s`: what Kairan's
    process spent on it, whoever else had the cores meanwhile.
    """

    kind: str
    cold: bool
    cpu_s: float
    kairan: Shown
    synapse: Shown


class Contest:
    """Two servers with the same people in them. A context manager, for its connections."""

    def __init__(self, world: World, kairan: Homeserver, synapse: Homeserver) -> None:
        self.world = world
        self.kairan = kairan
        self.asked: list[Asked] = []
        self.warm: set[OrganizationKey] = set()
        self.kairan_floor: list[float] = []
        self.synapse_floor: list[float] = []
        """Seconds of authenticated requests that do nothing, made between the queries."""
        self._synapse = synapse
        self._chance = random.Random(2)
        self._stack = ExitStack()
        self._clients: list[tuple[httpx.Client, httpx.Client]] = []
        self._visible = {
            s.organization: set(visible_organizations([s.organization], world.organizations)) for s in world.searchers
        }

    def __enter__(self) -> Self:
        for searcher in self.world.searchers:
            # One client each, so that no query pays for connecting.
            kairan = self._stack.enter_context(self.kairan.client(searcher.token, Zone.LGWAN))
            synapse = self._stack.enter_context(self._synapse.client(searcher.token, Zone.LGWAN))
            self._clients.append((kairan, synapse))
        # Not one of the searchers, whose organisations are to be cold.
        first = next(iter(self.world.one_of_each.values()))
        for server in (self.kairan, self._synapse):
            with server.client(first.token, Zone.LGWAN) as client:
                for _ in range(_WARMING):
                    _do_nothing(client)
        for pair in self._clients:
            for client in pair:
                _do_nothing(client)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, round_number: int, index: int) -> None:
        """Let a searcher (by number; nothing happens beyond the last) ask the next kind of query, of both servers."""
        if index >= len(self._clients):
            return
        kairan, synapse = self._clients[index]
        searcher = self.world.searchers[index]
        colleague = pick_colleague(searcher.colleagues, searcher.person, self._chance)
        # Each searcher asks every other kind, each kind is asked by every other searcher.
        wanted = make_query((index + 2 * round_number) % len(QUERIES), colleague, self.world.section_names)
        kairan_first = len(self.asked) % 2 == 0
        if not kairan_first:
            theirs = search(synapse, wanted.text)
        used = self.kairan.cpu_s()
        mine = search(kairan, wanted.text)
        used = self.kairan.cpu_s() - used
        if kairan_first:
            theirs = search(synapse, wanted.text)
        cold = searcher.organization not in self.warm
        self.warm.add(searcher.organization)
        ought = who_ought_to_be_found(wanted, searcher.colleagues, self.world.section_names)
        self.asked.append(
            Asked(
                wanted.kind,
                cold,
                used,
                self._judge(ought, searcher, mine),
                # Synapse never shows people themselves.
                self._judge(ought - {searcher.person.localpart}, searcher, theirs),
            )
        )
        self.kairan_floor.append(_do_nothing(kairan))
        self.synapse_floor.append(_do_nothing(synapse))

    def _judge(self, ought: Set[str], searcher: Searcher, page: Page) -> Shown:
        visible = self._visible[searcher.organization]
        return Shown(
            page.seconds,
            fitting=min(len(ought), PAGE),
            own=len(ought & set(page.shown)),
            strangers=sum(self.world.organization_of(localpart) not in visible for localpart in page.shown),
            people=len(page.shown),
        )


def search(client: httpx.Client, text: str) -> Page:
    """The first page of the client-server API's people search."""
    begun = time.perf_counter()
    response = client.post(_SEARCH, json={"search_term": text, "limit": PAGE})
    seconds = time.perf_counter() - begun
    response.raise_for_status()
    return Page(seconds, [each["user_id"][1:].partition(":")[0] for each in response.json()["results"]])


def _do_nothing(client: httpx.Client) -> float:
    begun = time.perf_counter()
    client.get(_WHOAMI).raise_for_status()
    return time.perf_counter() - begun
