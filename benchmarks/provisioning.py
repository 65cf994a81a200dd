"""Accounts by `PUT /provision/people` beside the admin API's own calls, on one server, in turns."""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import httpx
from attrs import define, frozen
from kairan.organizations import Organization, OrganizationKey, Section
from kairan.people import Person, Posting
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine, Storage
from benchmarks.fill import add_sessions, user_id_of
from benchmarks.homeserver import API, Homeserver, running
from benchmarks.nation import stream

TOKEN: Final = "bench_operator"  # noqa: S105
BATCH: Final = 1000
_AT_ONCE: Final = 8
_PASSWORD: Final = "kF7-mQ2-xR9-wT4x"  # noqa: S105


@define
class Rate:
    """How many were made in how many seconds, over all turns."""

    made: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """The rate."""
        return self.made / self.seconds if self.seconds else 0.0

    @contextmanager
    def timing(self, made: int) -> Iterator[None]:
        """Whatever happens within makes so many."""
        begun = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begun
        self.made += made


@frozen
class Compared:
    """Ours, the admin API's one by one, and the same eight at a time."""

    engine: Engine
    passwords: bool
    ours: Rate
    admin: Rate
    admin_at_once: Rate


def measure(storage: Storage, template: Any, folder: Path, reporter: Reporter, rounds: int) -> Iterator[Compared]:
    """Make accounts without, then with passwords; in each round all three ways."""
    with operated_server(storage, template, folder) as (_, client):
        people = declare_nation(client, 50, (2 * rounds + 1) * BATCH)
        numbers = count(1)
        # What a process does the first time (imports, plans, file growth) is nobody's rate.
        put_people(client, list(islice(people, BATCH)))
        for passwords, singles, at_once in ((False, 100, 200), (True, 8, 24)):
            result = Compared(storage.engine, passwords, Rate(), Rate(), Rate())
            label = f"{storage.engine}: accounts {'with' if passwords else 'without'} passwords"
            with reporter.step(label, rounds) as advance, ThreadPoolExecutor(_AT_ONCE) as pool:
                for _ in range(rounds):
                    batch = list(islice(people, BATCH))
                    with result.ours.timing(BATCH):
                        put_people(client, batch, passwords=passwords)
                    one = partial(_put_user, client, password=passwords)
                    with result.admin.timing(singles):
                        for number in islice(numbers, singles):
                            one(number)
                    with result.admin_at_once.timing(at_once):
                        list(pool.map(one, islice(numbers, at_once)))
                    advance(1)
            yield result


@contextmanager
def operated_server(storage: Storage, template: Any, folder: Path) -> Iterator[tuple[Homeserver, httpx.Client]]:
    """A server with Kairan on a new database, and the client of an operator. Both are gone at the end."""
    database = storage.make(template)
    connection = database.connect()
    add_sessions(connection, storage.engine, {user_id_of("operator"): TOKEN}, admin=True)
    connection.close()
    with running(folder, database, kairan=True) as server, server.client(TOKEN) as client:
        yield server, client
    storage.remove(database)


def declare_nation(client: httpx.Client, organizations: int, people: int) -> Iterator[Person]:
    """Register the organisations of a nation; the people are yet to be put."""
    made, sections, everybody = stream(organizations, people, seed=3)
    put_organizations(client, made, sections)
    return everybody


def put_organizations(
    client: httpx.Client, organizations: Iterable[Organization], sections: dict[OrganizationKey, list[Section]]
) -> None:
    """`PUT /provision/organizations`."""
    declared = [
        {
            "organization": o.key,
            "name": o.name,
            "sections": [
                {"section": s.key, "name": s.name, "parent": s.parent, "position": s.position} for s in sections[o.key]
            ],
        }
        for o in organizations
    ]
    _accepted(client.put(f"{API}/provision/organizations", json={"organizations": declared}))


def put_people(client: httpx.Client, people: Sequence[Person], *, passwords: bool = False) -> None:
    """`PUT /provision/people`."""
    declared = [
        {
            "localpart": person.localpart,
            "name": person.name,
            "kana": person.kana,
            "postings": [_posting(posting) for posting in person.postings],
            **({"first_password": _PASSWORD} if passwords else {}),
        }
        for person in people
    ]
    answer = _accepted(client.put(f"{API}/provision/people", json={"people": declared}))
    assert answer["created"] == len(people), answer


def _posting(posting: Posting) -> dict[str, object]:
    return {
        "organization": posting.organization,
        "section": posting.section,
        "title": posting.title,
        "extension": posting.extension,
        "role": posting.role.value,
        "starts": posting.starts and posting.starts.isoformat(),
    }


def _put_user(client: httpx.Client, number: int, *, password: bool) -> bool:
    body = {"displayname": "山田 太郎（泉大津市 危機管理課）", **({"password": _PASSWORD} if password else {})}
    answer = client.put(f"/_synapse/admin/v2/users/{user_id_of(f'admin{number}')}", json=body)
    assert answer.status_code == 201, answer.text
    return True


def _accepted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
