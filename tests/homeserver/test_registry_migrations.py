"""The registry's numbered migrations, on both engines."""

import sqlite3
from typing import Any

import psycopg2
import pytest
from kairan_modules.store.migrations import MIGRATIONS, Migration, NewerDatabaseError, current_version, migrate

from tests.postgres import PostgresCluster


class QuestionMarks:
    """A cursor of psycopg2 that takes `?`, as Synapse's does."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> object:
        return self._cursor.execute(sql.replace("?", "%s"), parameters)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()


@pytest.fixture(params=["sqlite", "postgres"])
def cursor(request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        return sqlite3.connect(":memory:").cursor()
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    database = cluster.create_database()
    connection = psycopg2.connect(host=database.host, port=database.port, user=database.user, dbname=database.name)
    request.addfinalizer(connection.close)
    return QuestionMarks(connection.cursor())


def test_every_step_runs_once_and_is_reported_in_words(cursor: Any) -> None:
    reports: list[str] = []
    migrate(cursor, reports.append)
    assert reports == [f"registry migration {n}: {step.description}" for n, step in enumerate(MIGRATIONS, start=1)]
    migrate(cursor, reports.append)
    assert len(reports) == len(MIGRATIONS)
    assert current_version(cursor) == len(MIGRATIONS)


def test_a_database_of_an_older_version_takes_only_the_steps_it_lacks(cursor: Any) -> None:
    migrate(cursor, lambda _: None, MIGRATIONS[:1])
    reports: list[str] = []
    migrate(cursor, reports.append)
    assert len(reports) == len(MIGRATIONS) - 1


def test_a_newer_database_is_refused_and_left_as_it_is(cursor: Any) -> None:
    later = (*MIGRATIONS, Migration("something of the future", ("CREATE TABLE kairan_future (x BIGINT)",)))
    migrate(cursor, lambda _: None, later)
    with pytest.raises(NewerDatabaseError, match=f"are of version {len(later)}, this Kairan knows {len(MIGRATIONS)}"):
        migrate(cursor, lambda _: None)
    assert current_version(cursor) == len(later)
