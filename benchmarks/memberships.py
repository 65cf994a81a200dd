"""Memberships by `POST /provision/rooms` beside the admin API's joins one by one, on one server, in turns."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx
from attrs import evolve, frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person, Posting
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Engine, Storage
from benchmarks.fill import user_id_of
from benchmarks.homeserver import API, BOT_TOKEN, Homeserver
from benchmarks.nation import stream
from benchmarks.provisioning import Rate, operated_server, put_organizations, put_people

_SECTION: Final = SectionKey("100")
_JOINED: Final = 100
"""People who join in each turn of ours: two joins each, the Space and the section's room."""
_SINGLES: Final = 30
_LARGE: Final = 1000
_BUDGET: Final = 1000


@frozen
class Compared:
    """Joins ours and the admin API's, into rooms that had so many members."""

    engine: Engine
    members: int
    ours: Rate
    admin: Rate


def measure(storage: Storage, template: Any, folder: Path, reporter: Reporter, rounds: int) -> Iterator[Compared]:
    """Join people into new rooms, then into rooms with a thousand members; in each round both ways."""
    organizations, _, everybody = stream(rounds + 2, (rounds + 2) * (_JOINED + _LARGE), seed=4)
    sections = {o.key: [Section(_SECTION, "総務課")] for o in organizations}
    people = [evolve(person, postings=()) for person in everybody]
    large, outside, *small = organizations
    with operated_server(storage, template, folder) as (server, client):
        put_organizations(client, organizations, sections)
        waiting = _Waiting(client, people)
        # The admin API joins people of another organisation, so that ours finds nothing of it to undo.
        others = waiting.put(outside, 2 * _SINGLES * rounds)
        yield _into_new_rooms(storage.engine, client, small, waiting, others, reporter)
        yield _into_large_rooms(storage.engine, server, client, large, waiting, others, rounds, reporter)


class _Waiting:
    """People who have no account yet."""

    def __init__(self, client: httpx.Client, people: Sequence[Person]) -> None:
        self._client = client
        self._people = iter(people)

    def put(self, organization: Organization, count: int) -> Iterator[str]:
        """Post so many to the organisation's section; their user IDs."""
        posted = [evolve(next(self._people), postings=[Posting(organization.key, _SECTION)]) for _ in range(count)]
        put_people(self._client, posted)
        return iter([user_id_of(person.localpart) for person in posted])


def _into_new_rooms(
    engine: Engine,
    client: httpx.Client,
    organizations: Sequence[Organization],
    waiting: _Waiting,
    others: Iterator[str],
    reporter: Reporter,
) -> Compared:
    """Both make their rooms within the measured time."""
    result = Compared(engine, 0, Rate(), Rate())
    with reporter.step(f"{engine}: joins into new rooms", len(organizations)) as advance:
        for organization in organizations:
            waiting.put(organization, _JOINED)
            with result.ours.timing(2 * _JOINED):
                _reconcile(client, organization.key)
            with result.admin.timing(_SINGLES):
                _join_all(client, _new_room(client), islice(others, _SINGLES))
            advance(1)
    return result


def _into_large_rooms(
    engine: Engine,
    server: Homeserver,
    client: httpx.Client,
    organization: Organization,
    waiting: _Waiting,
    others: Iterator[str],
    rounds: int,
    reporter: Reporter,
) -> Compared:
    """Both join people into the same room."""
    result = Compared(engine, _LARGE, Rate(), Rate())
    with reporter.step(f"{engine}: joins into rooms of {_LARGE:,}", rounds + 1) as advance:
        waiting.put(organization, _LARGE)
        _reconcile(client, organization.key)
        room = _large_room(server, client)
        advance(1)
        for _ in range(rounds):
            waiting.put(organization, _JOINED)
            with result.ours.timing(2 * _JOINED):
                _reconcile(client, organization.key)
            with result.admin.timing(_SINGLES):
                _join_all(client, room, islice(others, _SINGLES))
            advance(1)
    return result


def _reconcile(client: httpx.Client, organization: OrganizationKey) -> None:
    remaining = 1
    while remaining:
        answer = client.post(f"{API}/provision/rooms", json={"organization": organization, "budget": _BUDGET})
        assert answer.status_code == 200, answer.text
        remaining = answer.json()["remaining"]


def _new_room(client: httpx.Client) -> str:
    answer = client.post("/_matrix/client/v3/createRoom", json={"preset": "public_chat", "name": "総務課"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["room_id"])


def _join_all(client: httpx.Client, room: str, users: Iterable[str]) -> None:
    for user_id in users:
        answer = client.post(f"/_synapse/admin/v1/join/{room}", json={"user_id": user_id})
        assert answer.status_code == 200, answer.text


def _large_room(server: Homeserver, client: httpx.Client) -> str:
    """The room of the large section, made public so that the admin API can join people there."""
    rooms = client.get("/_synapse/admin/v1/rooms", params={"order_by": "joined_members", "limit": 10}).json()["rooms"]
    [room] = [r["room_id"] for r in rooms if r["joined_members"] > _LARGE and r.get("room_type") != "m.space"]
    with server.client(BOT_TOKEN) as bot:
        answer = bot.put(f"/_matrix/client/v3/rooms/{room}/state/m.room.join_rules", json={"join_rule": "public"})
        assert answer.status_code == 200, answer.text
    return str(room)
