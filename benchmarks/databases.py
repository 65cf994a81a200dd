"""Where the measured homeservers keep their data: SQLite files, or a PostgreSQL cluster of our own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg2
from attrs import frozen

from tests.postgres import PostgresCluster, PostgresDatabase

Engine = Literal["sqlite", "postgres"]

_SETTINGS = """
shared_buffers = '1GB'
effective_cache_size = '8GB'
maintenance_work_mem = '256MB'
max_wal_size = '8GB'
wal_level = minimal
max_wal_senders = 0
"""
"""As somebody would tune a server of this size. It also runs without fsync: what is compared is work, not disks."""


class Database(Protocol):
    """One homeserver's database."""

    @property
    def synapse(self) -> dict[str, object]:
        """The `database` section of the homeserver's configuration."""

    def connect(self) -> Any:
        """A connection of the engine's own driver, for bulk SQL."""


class Storage(Protocol):
    """Makes databases of one engine."""

    engine: Engine

    def make(self, template: Any = None) -> Any:
        """A new database, empty or a copy of `template`, to which nothing may be connected then."""

    def remove(self, database: Any) -> None:
        """Give its disk space back."""


@frozen
class SqliteDatabase:
    """A file."""

    path: Path

    @property
    def synapse(self) -> dict[str, object]:
        return {"name": "sqlite3", "args": {"database": str(self.path)}}

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class SqliteStorage:
    """Files in a folder."""

    engine: Engine = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def make(self, template: SqliteDatabase | None = None) -> SqliteDatabase:
        database = SqliteDatabase(self._folder / f"database{next(self._numbers)}.db")
        if template:
            shutil.copyfile(template.path, database.path)
        return database

    def remove(self, database: SqliteDatabase) -> None:
        for path in self._folder.glob(f"{database.path.name}*"):
            path.unlink()


@frozen
class _Postgres:
    database: PostgresDatabase

    @property
    def synapse(self) -> dict[str, object]:
        return self.database.synapse

    def connect(self) -> Any:
        at = self.database
        return psycopg2.connect(host=at.host, port=at.port, user=at.user, dbname=at.name)


class _TunedCluster(PostgresCluster):
    def _initialise(self, programs: Path, data: Path) -> None:
        super()._initialise(programs, data)
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)


class PostgresStorage:
    """Databases of one cluster."""

    engine: Engine = "postgres"

    def __init__(self, cluster: PostgresCluster) -> None:
        self._cluster = cluster

    def make(self, template: _Postgres | None = None) -> _Postgres:
        return _Postgres(self._cluster.create_database(template.database if template else None))

    def remove(self, database: _Postgres) -> None:
        self._cluster.drop_database(database.database)


@contextmanager
def storage_of(engine: Engine, folder: Path) -> Iterator[Storage]:
    """Databases of an engine, gone at the end.

    Args:
        folder: an existing one, for SQLite's files; a cluster has a temporary one of its own.
    """
    if engine == "sqlite":
        yield SqliteStorage(folder)
        return
    cluster = _TunedCluster()
    try:
        yield PostgresStorage(cluster)
    finally:
        cluster.stop()
