"""Databases for the homeservers of tests: Synapse makes its schema once per session and engine; the rest are copies."""

import shutil
from pathlib import Path

from synapse.util.duration import Duration

from tests.homeserver.harness import DatabaseSource, ReactorThread, start_server
from tests.postgres import PostgresCluster


def sqlite_template(thread: ReactorThread, folder: Path) -> Path:
    """Make a SQLite database with Synapse's whole schema in `folder`, its background updates done."""
    fill_template(thread, folder, lambda folder: _sqlite(folder / "homeserver.db"))
    path = folder / "homeserver.db"
    if path.with_name(path.name + "-wal").exists():
        raise RuntimeError("the template database was left open")
    return path


def sqlite_copies(template: Path) -> DatabaseSource:
    """Databases that begin as a copy of `template`."""

    def copy(folder: Path) -> dict[str, object]:
        return _sqlite(Path(shutil.copyfile(template, folder / "homeserver.db")))

    return copy


def postgres_copies(thread: ReactorThread, folder: Path, cluster: PostgresCluster) -> DatabaseSource:
    """Databases of `cluster` that begin with Synapse's whole schema. `folder` is for the files of its making."""
    template = cluster.create_database()
    fill_template(thread, folder, lambda _: template.synapse)
    return lambda _: cluster.create_database(template).synapse


def fill_template(thread: ReactorThread, folder: Path, database: DatabaseSource) -> None:
    """Let Synapse make its schema in an empty database and finish its background updates."""
    server = start_server(
        thread,
        folder,
        database,
        # Without it, a new database's updates wait a second between steps.
        background_updates={"sleep_enabled": False},
    )
    try:
        (updates,) = (db.updates for db in server.hs.get_datastores().databases)

        async def finish() -> None:
            while not await updates.has_completed_background_updates():
                await server.hs.get_clock().sleep(Duration(milliseconds=20))

        server.run(finish)
    finally:
        server.stop()


def _sqlite(path: Path) -> dict[str, object]:
    return {"name": "sqlite3", "args": {"database": str(path)}}
