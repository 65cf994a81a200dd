"""Fixtures that give tests real homeservers in this process; see harness.py.

Start one per test module (`server`, `stock_server`, or what `homeserver_factory` is asked for), not one per test:
a homeserver takes a fifth of a second to start and as long to stop.
"""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.homeserver.databases import postgres_copies, sqlite_copies, sqlite_template
from tests.homeserver.harness import (
    Database,
    DatabaseSource,
    HomeserverFactory,
    Modules,
    ReactorThread,
    Server,
    kairan_modules,
    start_server,
)
from tests.postgres import PostgresCluster


@pytest.fixture(scope="session")
def reactor_thread() -> Iterator[ReactorThread]:
    """Twisted's reactor, running. At the end nothing may have failed unnoticed in it."""
    thread = ReactorThread()
    thread.start()
    yield thread
    thread.stop()
    assert not thread.unhandled


@pytest.fixture(scope="session")
def sqlite_databases(reactor_thread: ReactorThread, tmp_path_factory: pytest.TempPathFactory) -> DatabaseSource:
    """New SQLite databases, the schema in place."""
    return sqlite_copies(sqlite_template(reactor_thread, tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="session")
def postgres_databases(
    reactor_thread: ReactorThread, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresCluster
) -> DatabaseSource:
    """New PostgreSQL databases, the schema in place."""
    return postgres_copies(reactor_thread, tmp_path_factory.mktemp("template"), postgres)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Runs a test on SQLite and on PostgreSQL: hand it to `homeserver_factory`."""
    return cast(Database, request.param)


@pytest.fixture(scope="module")
def homeserver_factory(
    request: pytest.FixtureRequest, reactor_thread: ReactorThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HomeserverFactory]:
    """Starts homeservers that the tests of one module share."""
    servers: list[Server] = []

    def start(
        modules: Modules = (),
        *,
        database: Database = "sqlite",
        federates: bool = False,
        **overrides: object,
    ) -> Server:
        # Asked for only now: without PostgreSQL it skips, and only those tests that want it.
        source: DatabaseSource = request.getfixturevalue(f"{database}_databases")
        folder = tmp_path_factory.mktemp("homeserver")
        server = start_server(reactor_thread, folder, source, modules, federates=federates, **overrides)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(homeserver_factory: HomeserverFactory) -> Server:
    """A homeserver with Kairan's modules, on SQLite."""
    return homeserver_factory(kairan_modules)


@pytest.fixture(scope="module")
def stock_server(homeserver_factory: HomeserverFactory) -> Server:
    """A homeserver as Synapse ships it, on SQLite."""
    return homeserver_factory()
