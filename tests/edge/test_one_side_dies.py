"""One side dies, the other lives: sides are cut while people write and read on both."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest
from attrs import evolve, frozen
from kairan.zones import Zone

from tests.edge.cables import NEAR, Cable, hanging, stopping, unplugging
from tests.edge.homeserver_process import HomeserverProcess, homeserver_process
from tests.edge.nginx import Edge, filled, prepared, running_nginx
from tests.edge.processes import free_ports, wait_for
from tests.edge.talking import Reader, Talker, Waiter, Writer

pytestmark = pytest.mark.needs("nginx")

SIDES = (Zone.LGWAN, Zone.INTERNET)
WAITING = 12
"""How many more people on the side that dies have a long poll open when it does."""
MESSAGES = 25
"""How many messages are sent on the living side in each part: before, while the other is dead, and after."""


@frozen
class Room:
    """A room with two people in it, on a homeserver."""

    homeserver: HomeserverProcess
    taro: str
    hanako: str
    room: str = ""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The homeserver goes on through all tests of this file; no room yet."""
    base_urls = {zone: f"https://{zone.value}.test/" for zone in SIDES}
    with homeserver_process(tmp_path_factory.mktemp("homeserver"), base_urls) as homeserver:
        operator = homeserver.register("operator", admin=True)
        homeserver.declare_town(operator)
        taro, hanako = (homeserver.let_sign_in(operator, person) for person in ("1001", "1002"))
        yield Room(homeserver, taro, hanako)


@pytest.fixture
def room(town: Room) -> Room:
    """A new room of the two."""
    url = f"{town.homeserver.url(Zone.INTERNAL)}/_matrix/client/v3"
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        body = {"preset": "trusted_private_chat", "invite": [town.homeserver.user_id("1002")]}
        made = client.post("/createRoom", json=body, headers={"Authorization": f"Bearer {town.taro}"})
        assert made.status_code == 200, made.text
        room_id = str(made.json()["room_id"])
        joined = client.post(f"/join/{room_id}", json={}, headers={"Authorization": f"Bearer {town.hanako}"})
        assert joined.status_code == 200, joined.text
    return evolve(town, room=room_id)


@pytest.mark.parametrize("way", [stopping, hanging, unplugging], ids=["stopped", "hanging", "unplugged"])
@pytest.mark.parametrize("dead", SIDES, ids=["lgwan", "internet"])
def test_when_one_side_dies_the_other_does_not_notice_and_nothing_is_lost(
    room: Room, dead: Zone, way: Callable[[Edge, Zone], AbstractContextManager[Cable]], tmp_path: Path
) -> None:
    living = next(zone for zone in SIDES if zone is not dead)
    edge = prepared(tmp_path, {dead: NEAR} if way is unplugging else {})
    filled(edge, room.homeserver, dict(zip(edge.pages, free_ports(2), strict=True)))
    with ExitStack() as stack:
        cable = stack.enter_context(way(edge, dead))
        stack.enter_context(running_nginx(edge, "requests", "upstreams", living.value))
        near, far = edge.sides[living], edge.sides[dead]
        writer = Writer(edge, near, room.taro, room.room, name=f"{tmp_path.name}-near", pause=0.05)
        reader = Reader(edge, near, room.hanako, room.room)
        lost = Reader(edge, far, room.hanako, room.room, cable.namespace)
        unheard = Writer(edge, far, room.taro, room.room, cable.namespace, name=f"{tmp_path.name}-far", pause=0.5)
        others = [Waiter(edge, far, room.taro, room.room, cable.namespace) for _ in range(WAITING)]
        stack.callback(_end, [writer, reader, lost, unheard, *others])
        for polling in (reader, lost, *others):
            polling.start()
        _wait(lambda: all(each.polled.is_set() for each in (reader, lost, *others)), "all to wait for messages")
        for writing in (writer, unheard):
            writing.start()
        # The first few find cold caches.
        cold = _sent(writer, 5)
        _wait(lambda: set(cold) <= reader.read.keys() & lost.read.keys(), "the first to be read on both sides")
        before = _sent(writer, MESSAGES)
        _wait(lambda: set(before) <= reader.read.keys() & lost.read.keys(), "all to be read on both sides")

        cable.cut()
        failed, known = writer.failures + reader.failures, len(unheard.done)
        # What was on its way when the cable was cut.
        _sent(writer, 1)
        during = _sent(writer, MESSAGES)
        _wait(lambda: set(during) <= reader.read.keys(), "all to be read on the living side")
        assert not set(during) & lost.read.keys()
        assert len(unheard.done) <= known + 1
        assert writer.failures + reader.failures == failed == 0

        cable.mend()
        mended = time.monotonic()
        _wait(lambda: set(during) <= lost.read.keys(), "what was sent meanwhile to be read on return")
        back = max(lost.read[body] for body in during) - mended
        heard = len(unheard.done) + 2
        _wait(lambda: len(unheard.done) >= heard, "the side that was dead to be heard again")
        after = _sent(writer, MESSAGES)
        unheard.stop()
        unheard.join()
        everything = [*before, *during, *after, *unheard.done]
        _wait(lambda: set(everything) <= reader.read.keys() & lost.read.keys(), "everything to be read on both sides")
        assert writer.failures + reader.failures == 0
        assert reader.twice == lost.twice == []
        shared = lost.read.keys() & reader.read.keys()
        assert [body for body in lost.read if body in shared] == [body for body in reader.read if body in shared]

    delays = {
        name: [reader.read[body] - writer.begun[body] for body in part]
        for name, part in (("before", before), ("during", during), ("after", after))
    }
    told = ", ".join(f"{name} {_middle(part):.0f}/{_high(part):.0f} ms" for name, part in delays.items())
    print(f"{dead.value} {way.__name__}: from sending to reading, p50/p95: {told}; back after {back:.1f} s")
    # The machine is shared; what waits for a dead side waits for seconds.
    assert _high(delays["during"]) < max(1000, 3 * _high(delays["before"]))


def _sent(writer: Writer, count: int) -> list[str]:
    """The next messages that the writer begins and sends."""
    first = len(writer.done) + 1
    _wait(lambda: len(writer.done) >= first + count, f"{count} messages to be sent, of which {writer.failures} failed")
    return list(writer.done)[first : first + count]


def _wait(condition: Callable[[], bool], what: str) -> None:
    wait_for(condition, lambda: what)


def _end(talkers: Sequence[Talker]) -> None:
    for talker in talkers:
        talker.stop()
    for talker in talkers:
        talker.join()


def _middle(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000


def _high(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000
