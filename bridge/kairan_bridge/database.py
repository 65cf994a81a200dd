"""The bridge's own database: an index and a queue that rooms could rebuild, on SQLite or PostgreSQL."""

from typing import Any

from mautrix.util.async_db import Connection, Database, Scheme, UpgradeTable

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


def make_database(url: DatabaseUrl) -> Database:
    """A database that is not open yet.

    `start()` opens and upgrades it. It raises mautrix's `DatabaseException` for a database that a newer version
    has upgraded or that belongs to another program, and the driver's errors for what cannot be opened.
    """
    arguments: dict[str, Any] = {"min_size": 1, "max_size": 5}
    if url.engine is Engine.SQLITE:
        # A transaction that was answered with 200 must survive a power cut too.
        arguments["init_commands"] = ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"]
    else:
        arguments |= {"meow_exit_on_ice": False, "command_timeout": 30, "timeout": 10}
    return Database.create(url.url, upgrade_table=UPGRADES, db_args=arguments, owner_name="kairan_bridge")
