"""The bridge's own database: an index and a queue that rooms could rebuild, on SQLite or PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from mautrix.util.async_db import Connection, Database, Scheme, UpgradeTable
from yarl import URL

from kairan_bridge.config import DatabaseUrl, Engine

UPGRADES = UpgradeTable(database_name="bridge database")


async def upgrade_v1(db: Connection, scheme: Scheme) -> None:
    """Times are milliseconds since 1970. `event` is emptied when handled: what people said is not kept."""
    counter = "BIGSERIAL" if scheme == Scheme.POSTGRES else "INTEGER"
    autoincrement = "" if scheme == Scheme.POSTGRES else "AUTOINCREMENT"
    await db.execute(
        """CREATE TABLE inbox_transactions (
            transaction_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            received_at BIGINT NOT NULL,
            PRIMARY KEY (transaction_id, digest)
        )"""
    )
    await db.execute(
        f"""CREATE TABLE inbox_events (
            position {counter} PRIMARY KEY {autoincrement},
            event_id TEXT NOT NULL UNIQUE,
            room_id TEXT NOT NULL,
            event TEXT NOT NULL,
            received_at BIGINT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_try BIGINT NOT NULL DEFAULT 0,
            handled_at BIGINT,
            result TEXT
        )"""
    )
    await db.execute("CREATE INDEX inbox_waiting ON inbox_events (position) WHERE handled_at IS NULL")
    await db.execute("CREATE INDEX inbox_rooms ON inbox_events (room_id, position) WHERE handled_at IS NULL")
    await db.execute("CREATE INDEX inbox_handled ON inbox_events (handled_at)")


UPGRADES.register(upgrade_v1, description="The inbox of transactions")


_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
"""A transaction that was answered with 200 must survive a power cut too."""


def make_database(url: DatabaseUrl) -> Database:
    """A database that is not open yet; `open_database` opens it."""
    arguments: dict[str, Any] = {"min_size": 1, "max_size": 5}
    if url.engine is Engine.SQLITE:
        arguments["init_commands"] = list(_PRAGMAS)
    else:
        arguments |= {"meow_exit_on_ice": False, "command_timeout": 30, "timeout": 10}
    return Database.create(url.url, upgrade_table=UPGRADES, db_args=arguments, owner_name="kairan_bridge")


@asynccontextmanager
async def open_database(url: DatabaseUrl) -> AsyncIterator[Database]:
    """Open and upgrade a database, and close it in the end.

    Raises:
        DatabaseException: a newer version has upgraded it, or it belongs to another program.
        Exception: the driver's error, if it cannot be opened.
    """
    if url.engine is Engine.SQLITE:
        await asyncio.to_thread(_probe, URL(url.url).path)
    database = make_database(url)
    try:
        await database.start()
        yield database
    finally:
        await database.stop()


def _probe(path: str) -> None:
    """Raise what SQLite says of a file that it cannot use.

    mautrix would leave its connection's thread running if this came up there, and the process would not end.
    """
    with closing(sqlite3.connect(path)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
