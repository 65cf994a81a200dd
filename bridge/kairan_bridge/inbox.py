"""The inbox: what the homeserver delivered, stored before it is told so, and handled once.

Synapse repeats a transaction until it is answered with 200 and never again after that. So the answer waits
for `Inbox.store`, and what is stored is handled even if the process is killed in between.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from mautrix.util.async_db import Connection, Database

KEPT = 7 * 24 * 3600
"""Seconds for which it is remembered that an event was handled."""

RawEvent = dict[str, Any]
"""An event as Synapse sent it. Nothing but `event_id` and `room_id` has been checked."""


@frozen
class Entry:
    """An event that waits. `attempts` have been begun; one that the process did not survive counts."""

    position: int
    event: RawEvent
    attempts: int


@frozen
class Waiting:
    """How much waits: the number of events, and for how many seconds the oldest has."""

    depth: int
    oldest: float


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class Inbox:
    """The tables of `database.upgrade_v1`. Methods raise the database driver's errors."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._storing = asyncio.Lock()

    async def store(self, transaction_id: str, events: Sequence[RawEvent]) -> bool:
        """Store a transaction, all of it or nothing.

        Returns:
            Whether it was new. A repeated one is known by its ID and its events; one with a used ID and
            other events is new (a homeserver whose database was made anew counts from 1 again).
        """
        ids = "\n".join(event["event_id"] for event in events)
        digest = hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()
        received = now()
        rows = [(event["event_id"], event["room_id"], json.dumps(event), received) for event in events]
        # Not cancelled half-way: mautrix would leave the transaction open on its SQLite connection.
        return await asyncio.shield(self._store(transaction_id, digest, received, rows))

    async def _store(
        self, transaction_id: str, digest: str, received: int, rows: list[tuple[str, str, str, int]]
    ) -> bool:
        connection: Connection
        async with self._storing, self._db.acquire() as connection, connection.transaction():
            known = await connection.fetchval(
                "SELECT 1 FROM inbox_transactions WHERE transaction_id = $1 AND digest = $2",
                transaction_id,
                digest,
            )
            if known:
                return False
            await connection.execute(
                "INSERT INTO inbox_transactions (transaction_id, digest, received_at) VALUES ($1, $2, $3)",
                transaction_id,
                digest,
                received,
            )
            if rows:
                await connection.executemany(
                    """INSERT INTO inbox_events (event_id, room_id, event, received_at)
                    VALUES ($1, $2, $3, $4) ON CONFLICT (event_id) DO NOTHING""",
                    rows,
                )
            return True

    async def due(self, limit: int = 50) -> list[Entry]:
        """Events to handle now, oldest first: of each room at most its first that waits.

        A room whose first event was put off has none, so that its events stay in order.
        """
        rows = await self._db.fetch(
            """SELECT position, event, attempts FROM inbox_events AS this
            WHERE handled_at IS NULL AND next_try <= $1 AND NOT EXISTS (
                SELECT 1 FROM inbox_events AS earlier
                WHERE earlier.room_id = this.room_id AND earlier.handled_at IS NULL
                AND earlier.position < this.position
            ) ORDER BY position LIMIT $2""",
            now(),
            limit,
        )
        return [Entry(row["position"], json.loads(row["event"]), row["attempts"]) for row in rows]

    async def next_try(self) -> float | None:
        """Seconds until an event that was put off is due; None if none was."""
        when = await self._db.fetchval(
            "SELECT MIN(next_try) FROM inbox_events WHERE handled_at IS NULL AND next_try > $1", now()
        )
        return None if when is None else max(0.0, (when - now()) / 1000)

    async def begin(self, entry: Entry) -> None:
        """Count an attempt, before it is made."""
        await self._db.execute(
            "UPDATE inbox_events SET attempts = $1 WHERE position = $2", entry.attempts + 1, entry.position
        )

    async def put_off(self, entry: Entry, seconds: float, *, counts: bool) -> None:
        """Try an event again later. `counts` tells whether the attempt was one."""
        await self._db.execute(
            "UPDATE inbox_events SET attempts = $1, next_try = $2 WHERE position = $3",
            entry.attempts + counts,
            now() + int(seconds * 1000),
            entry.position,
        )

    async def finish(self, entry: Entry, result: str) -> None:
        """Be done with an event and forget what it said."""
        await self._db.execute(
            "UPDATE inbox_events SET handled_at = $1, result = $2, event = '' WHERE position = $3",
            now(),
            result,
            entry.position,
        )

    async def waiting(self) -> Waiting:
        """How much waits."""
        row = await self._db.fetchrow(
            "SELECT COUNT(*) AS depth, MIN(received_at) AS oldest FROM inbox_events WHERE handled_at IS NULL"
        )
        if row is None or not row["depth"]:
            return Waiting(0, 0.0)
        return Waiting(row["depth"], max(0.0, (now() - row["oldest"]) / 1000))

    async def prune(self) -> None:
        """Forget what was handled more than `KEPT` ago."""
        before = now() - KEPT * 1000
        await self._db.execute("DELETE FROM inbox_events WHERE handled_at < $1", before)
        await self._db.execute("DELETE FROM inbox_transactions WHERE received_at < $1", before)
