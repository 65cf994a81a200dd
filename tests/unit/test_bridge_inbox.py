"""The inbox and its worker on SQLite and PostgreSQL, with handlers that fail as told."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from kairan_bridge import worker as worker_module
from kairan_bridge.config import DatabaseUrl
from kairan_bridge.database import UPGRADES, open_database
from kairan_bridge.homeserver import RefusedError, TemporaryError
from kairan_bridge.inbox import KEPT, Inbox, RawEvent, Waiting
from kairan_bridge.worker import Worker
from mautrix.util.async_db import Database, UnsupportedDatabaseVersion


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """An empty database on each engine."""
    if request.param == "sqlite":
        return DatabaseUrl.parse(f"sqlite:{tmp_path}/bridge.db")
    cluster = request.getfixturevalue("postgres")
    return DatabaseUrl.parse(cluster.create_database().url)


def event(name: str, room: str = "!a", **content: object) -> RawEvent:
    return {"event_id": f"${name}", "room_id": room, "content": content}


def names(entries: list[Any]) -> list[str]:
    return [entry.event["event_id"] for entry in entries]


def with_inbox(url: DatabaseUrl, test: Callable[[Inbox, Database], Awaitable[None]]) -> None:
    """Run a test in a new event loop with a new connection."""

    async def run() -> None:
        async with open_database(url) as database:
            await test(Inbox(database), database)

    asyncio.run(run())


def test_what_is_stored_is_there_after_a_restart_and_comes_in_order(url: DatabaseUrl) -> None:
    async def first(inbox: Inbox, database: Database) -> None:
        assert await inbox.store("1", [event("1", "!a", body="\ud800\u0000 本文"), event("2", "!b")])
        assert await inbox.store("2", [event("3", "!c")])

    async def second(inbox: Inbox, database: Database) -> None:
        entries = await inbox.due()
        assert names(entries) == ["$1", "$2", "$3"]
        assert entries[0].event["content"] == {"body": "\ud800\u0000 本文"}
        for entry in entries:
            await inbox.finish(entry, "handled")
        assert await inbox.due() == []

    with_inbox(url, first)
    with_inbox(url, second)


def test_a_repeated_transaction_is_known_though_ages_differ(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        assert await inbox.store("1", [event("1", age=1)])
        assert not await inbox.store("1", [event("1", age=500)])
        assert await inbox.store("1", [event("2")])
        assert await inbox.store("2", [event("1"), event("3")])
        assert await database.fetchval("SELECT COUNT(*) FROM inbox_events") == 3
        assert await inbox.store("3", [])

    with_inbox(url, check)


def test_a_transaction_is_stored_whole_or_not_at_all(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        broken: RawEvent = {**event("2"), "room_id": None}
        with pytest.raises(Exception, match=r"(?i)null"):
            await inbox.store("1", [event("1"), broken])
        assert await inbox.due() == []
        assert await inbox.store("1", [event("1"), event("2")])

    with_inbox(url, check)


def test_many_transactions_at_once_are_all_stored(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        results = await asyncio.gather(*(inbox.store(str(n), [event(str(n), f"!{n}")]) for n in range(30)))
        assert all(results)
        assert (await inbox.waiting()).depth == 30

    with_inbox(url, check)


def test_an_event_that_was_put_off_holds_up_its_own_room_only(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("1", "!a"), event("2", "!a"), event("3", "!b")])
        first, third = await inbox.due()
        assert names([first, third]) == ["$1", "$3"]
        await inbox.put_off(first, 60, counts=True)
        assert names(await inbox.due()) == ["$3"]
        wait = await inbox.next_try()
        assert wait is not None
        assert 50 < wait <= 60
        await inbox.put_off(first, 0, counts=True)
        (again, _) = await inbox.due()
        assert (again.event["event_id"], again.attempts) == ("$1", 1)

    with_inbox(url, check)


def test_what_was_handled_is_forgotten_later_and_its_content_at_once(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("1"), event("2", "!b")])
        (entry, _) = await inbox.due()
        await inbox.finish(entry, "handled")
        assert await database.fetchval("SELECT event FROM inbox_events WHERE position = $1", entry.position) == ""
        await inbox.prune()
        assert await database.fetchval("SELECT COUNT(*) FROM inbox_events") == 2
        late = (KEPT + 60) * 1000
        await database.execute("UPDATE inbox_events SET received_at = received_at - $1", late)
        await database.execute("UPDATE inbox_events SET handled_at = handled_at - $1", late)
        await database.execute("UPDATE inbox_transactions SET received_at = received_at - $1", late)
        await inbox.prune()
        assert await database.fetchval("SELECT event_id FROM inbox_events") == "$2"
        assert await database.fetchval("SELECT COUNT(*) FROM inbox_transactions") == 0

    with_inbox(url, check)


def test_depth_and_age_are_of_what_waits(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        assert await inbox.waiting() == Waiting(0, 0.0)
        await inbox.store("1", [event("1"), event("2", "!b")])
        older = "UPDATE inbox_events SET received_at = received_at - 90000 WHERE event_id = $1"
        await database.execute(older, "$2")
        waiting = await inbox.waiting()
        assert waiting.depth == 2
        assert 90 <= waiting.oldest < 100

    with_inbox(url, check)


def test_a_database_of_a_newer_version_is_refused(url: DatabaseUrl) -> None:
    async def newer(inbox: Inbox, database: Database) -> None:
        await database.execute("UPDATE version SET version = $1", len(UPGRADES.upgrades) + 1)

    with_inbox(url, newer)
    with pytest.raises(UnsupportedDatabaseVersion):
        with_inbox(url, newer)


def test_every_upgrade_is_described() -> None:
    assert all(getattr(upgrade, "__mau_db_upgrade_description__", "") for upgrade in UPGRADES.upgrades)


class Script:
    """Handles events as told: what each attempt at an event raises; None is success, and so is the end."""

    def __init__(self, **attempts: list[Exception | None]) -> None:
        self._attempts = {f"${name}": outcomes for name, outcomes in attempts.items()}
        self.tried: list[str] = []
        self.told: list[str] = []

    def handler(self, event: RawEvent) -> Callable[[], Awaitable[None]] | None:
        name = event["event_id"]
        if name not in self._attempts:
            return None

        async def handle() -> None:
            self.tried.append(name)
            outcome = self._attempts[name].pop(0) if self._attempts[name] else None
            if outcome is not None:
                raise outcome

        return handle

    async def gave_up(self, event: RawEvent) -> None:
        self.told.append(event["event_id"])


async def up() -> None:
    """The homeserver answers."""


async def work(inbox: Inbox, script: Script, answers: Callable[[], Awaitable[None]] = up) -> list[tuple[str, str]]:
    """Run a worker until nothing waits; event IDs and results."""
    worker = Worker(inbox, script, answers)
    task = asyncio.create_task(worker.run())
    for _ in range(2000):
        if not (await inbox.waiting()).depth:
            break
        await asyncio.sleep(0.01)
    worker.stop()
    await task
    rows = await inbox._db.fetch("SELECT event_id, result FROM inbox_events ORDER BY position")
    return [(row["event_id"], row["result"]) for row in rows]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between attempts are in the code's own table; here they are a hundred times shorter."""
    monkeypatch.setattr(worker_module, "WAITS", tuple(w / 100 for w in worker_module.WAITS))
    monkeypatch.setattr(worker_module, "OUTAGE_WAITS", tuple(w / 100 for w in worker_module.OUTAGE_WAITS))


def test_a_temporary_failure_is_tried_again_before_the_rooms_next_event(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("a"), event("b"), event("c", "!other")])
        script = Script(a=[TemporaryError("500"), TemporaryError("500")], b=[], c=[])
        assert [result for _, result in await work(inbox, script)] == ["handled"] * 3
        assert [name for name in script.tried if name != "$c"] == ["$a", "$a", "$a", "$b"]
        assert script.tried.index("$c") == 1

    with_inbox(url, check)


def test_an_event_that_keeps_failing_is_given_up_and_the_next_ones_are_handled(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("a"), event("b"), event("c"), event("d"), event("nobody's")])
        script = Script(
            a=[TemporaryError("500")] * 9, b=[RefusedError(403, "M_FORBIDDEN")], c=[ValueError("a mistake")], d=[]
        )
        results = await work(inbox, script)
        assert [result for _, result in results] == ["failed", "failed", "failed", "handled", "ignored"]
        assert script.tried == ["$a"] * worker_module.ATTEMPTS + ["$b", "$c", "$d"]
        assert script.told == ["$a", "$b", "$c"]

    with_inbox(url, check)


def test_an_outage_of_the_homeserver_is_waited_for_and_counts_for_no_event(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("a")])
        looks = [*[TemporaryError("down"), None] * 8]

        async def answers() -> None:
            outcome = looks.pop(0) if looks else None
            if outcome is not None:
                raise outcome

        script = Script(a=[TemporaryError("down")] * 8)
        assert await work(inbox, script, answers) == [("$a", "handled")]
        assert len(script.tried) == 9 > worker_module.ATTEMPTS

    with_inbox(url, check)


def test_an_event_that_ends_the_process_each_time_is_given_up(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        await inbox.store("1", [event("a"), event("b")])
        for _ in range(worker_module.ATTEMPTS):
            (entry,) = await inbox.due()
            await inbox.begin(entry)
        script = Script(a=[], b=[])
        assert await work(inbox, script) == [("$a", "failed"), ("$b", "handled")]
        assert script.tried == ["$b"]

    with_inbox(url, check)


def test_the_worker_wakes_for_news(url: DatabaseUrl) -> None:
    async def check(inbox: Inbox, database: Database) -> None:
        script = Script(a=[])
        worker = Worker(inbox, script, up)
        task = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
        await inbox.store("1", [event("a")])
        worker.wake()
        for _ in range(1000):
            if script.tried:
                break
            await asyncio.sleep(0.01)
        worker.stop()
        await task
        assert script.tried == ["$a"]

    with_inbox(url, check)
