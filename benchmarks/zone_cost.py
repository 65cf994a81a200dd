"""What the policy costs an ordinary message: sends into one large room with our modules and without, in turns.

A second stock server takes part, on a third copy of the same database: what it differs from the first is noise.
"""

import json
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import httpx
from attrs import evolve, frozen
from kairan.organizations import OrganizationKey, Section, SectionKey
from kairan.people import Posting
from kairan.zones import Zone
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine, Storage
from benchmarks.fill import add_sessions, user_id_of
from benchmarks.homeserver import API, Homeserver, running
from benchmarks.nation import stream
from benchmarks.provisioning import BATCH, TOKEN, put_organizations, put_people
from benchmarks.statistics import percentile
from tests.homeserver.harness import kairan_modules

_SENDER_TOKEN: Final = "bench_sender"  # noqa: S105
_SECTION: Final = SectionKey("100")
_WARM_UP: Final = 10
_PAUSE_S: Final = 0.02
"""Between sends, for what a server does after it has answered."""

OURS, STOCK, TWIN = "with modules", "without", "without, once more"


@frozen
class Sends:
    """What one server took for each send, in the order of the rounds.

    `seconds` is what the client saw; `cpu_s` (of the request's own work) and `transactions` (of the database) are what
    the server noted for the request. `process_s` is the CPU of the whole process for one send, later work included.
    """

    seconds: Sequence[float]
    cpu_s: Sequence[float]
    transactions: Sequence[int]
    process_s: float


@frozen
class Outcome:
    """Sends by server."""

    engine: Engine
    members: int
    sends: Mapping[str, Sends]


@frozen
class Ratio:
    """One server's percentile over another's, and the interval that holds it in 95 of 100 cases."""

    value: float
    low: float
    high: float


def measure(storage: Storage, template: Any, folder: Path, reporter: Reporter, *, members: int, rounds: int) -> Outcome:
    """Fill a room, copy the database, and send."""
    databases = {OURS: storage.make(template)}
    room = _fill(databases[OURS], storage.engine, folder / "fill", members, reporter)
    databases |= {name: storage.make(databases[OURS]) for name in (STOCK, TWIN)}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                running(folder / name, database, kairan=True, log_config=_log_config(folder / name), **_modules(name))
            )
            for name, database in databases.items()
        }
        clients = {
            name: stack.enter_context(server.client(_SENDER_TOKEN, Zone.LGWAN)) for name, server in servers.items()
        }
        seconds, process_s = _send(
            f"{storage.engine}: sends into a room of {members:,}", room, servers, clients, rounds, reporter
        )
    noted = {name: _noted(folder / name) for name in servers}
    return Outcome(
        storage.engine,
        members,
        {name: Sends(seconds[name], *noted[name], process_s[name] / rounds) for name in servers},
    )


def _modules(name: str) -> dict[str, Any]:
    if name != OURS:
        return {"modules": []}
    # Where the faces are is of no matter to sending.
    zones = (Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL)
    return {"modules": list(kairan_modules({zone: f"http://{zone.value}.test/" for zone in zones}))}


def _fill(database: Any, engine: Engine, folder: Path, members: int, reporter: Reporter) -> str:
    """An organisation of one section with so many people, provisioned; returns the section's room."""
    [organization], _, people = stream(1, members, seed=5)
    posted = [evolve(each, postings=[Posting(organization.key, _SECTION)]) for each in people]
    connection = database.connect()
    add_sessions(connection, engine, {user_id_of("operator"): TOKEN}, admin=True)
    connection.close()
    with running(folder, database, kairan=True, **_modules(OURS)) as server, server.client(TOKEN) as client:
        put_organizations(client, [organization], {organization.key: [Section(_SECTION, "総務課")]})
        for start in range(0, members, BATCH):
            put_people(client, posted[start : start + BATCH])
        with reporter.step(f"{engine}: a room of {members:,}", 2 * members) as advance:
            for joins in _reconcile(client, organization.key):
                advance(joins)
        room = _room_of(client, members)
    connection = database.connect()
    add_sessions(connection, engine, {user_id_of(posted[0].localpart): _SENDER_TOKEN})
    connection.close()
    return room


def _reconcile(client: httpx.Client, organization: OrganizationKey) -> Iterator[int]:
    remaining = 1
    while remaining:
        answer = client.post(f"{API}/provision/rooms", json={"organization": organization, "budget": 500})
        assert answer.status_code == 200, answer.text
        remaining = answer.json()["remaining"]
        yield answer.json()["joins"]


def _room_of(client: httpx.Client, members: int) -> str:
    rooms = client.get("/_synapse/admin/v1/rooms", params={"order_by": "joined_members", "limit": 10}).json()["rooms"]
    [room] = [r["room_id"] for r in rooms if r["joined_members"] > members and r.get("room_type") != "m.space"]
    return str(room)


def _send(
    label: str,
    room: str,
    servers: Mapping[str, Homeserver],
    clients: Mapping[str, httpx.Client],
    rounds: int,
    reporter: Reporter,
) -> tuple[Mapping[str, Sequence[float]], Mapping[str, float]]:
    """Send to each server once a round, in an order that chance decides."""
    chance = random.Random(6)
    times: dict[str, list[float]] = {name: [] for name in servers}
    order = list(servers)
    for number in range(_WARM_UP):
        for name in order:
            _timed(clients[name], room, f"warm{number}")
    begun = {name: server.cpu_s() for name, server in servers.items()}
    with reporter.step(label, rounds) as advance:
        for number in range(rounds):
            chance.shuffle(order)
            for name in order:
                times[name].append(_timed(clients[name], room, str(number)))
                time.sleep(_PAUSE_S)
            advance(1)
    return times, {name: server.cpu_s() - begun[name] for name, server in servers.items()}


_NOTE: Final = re.compile(
    r"ru=\((?P<user>[0-9.]+)sec, (?P<system>[0-9.]+)sec\) db=\([^/]*/[^/]*/(?P<transactions>\d+)\)"
    r".*/send/m\.room\.message/\d+ "
)
"""Synapse's line for a request (its documentation: "Request log format"); of the warming up there is no number."""


def _log_config(folder: Path) -> str:
    """Have Synapse note each request, in `folder/requests.log`."""
    folder.mkdir()
    settings = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "console": {"class": "logging.StreamHandler"},
            "requests": {"class": "logging.FileHandler", "filename": str(folder / "requests.log")},
        },
        "loggers": {"synapse.access": {"level": "INFO", "handlers": ["requests"], "propagate": False}},
        "root": {"level": "WARNING", "handlers": ["console"]},
    }
    path = folder / "requests.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return str(path)


def _noted(folder: Path) -> tuple[Sequence[float], Sequence[int]]:
    """CPU seconds and transactions of each send."""
    found = list(_NOTE.finditer((folder / "requests.log").read_text(encoding="utf-8")))
    return [float(n["user"]) + float(n["system"]) for n in found], [int(n["transactions"]) for n in found]


def _timed(client: httpx.Client, room: str, transaction: str) -> float:
    content = {"msgtype": "m.text", "body": f"明日の防災訓練は9時に庁舎前へ集合してください（第{transaction}報）"}
    begun = time.perf_counter()
    answer = client.put(f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}", json=content)
    taken = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text
    return taken


def ratio(one: Sequence[float], other: Sequence[float], share: float, resamples: int = 2000) -> Ratio:
    """The percentile of one over that of the other, with a bootstrap interval over rounds.

    Args:
        one: paired with `other`: what slows the machine for a while slows both.
        share: 0.5 for the median
    """
    chance = random.Random(7)

    def of(numbers: Sequence[int]) -> float:
        return percentile([one[n] for n in numbers], share) / percentile([other[n] for n in numbers], share)

    everything = range(len(one))
    drawn = sorted(of(chance.choices(everything, k=len(one))) for _ in range(resamples))
    return Ratio(of(everything), percentile(drawn, 0.025), percentile(drawn, 0.975))
