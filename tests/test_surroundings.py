"""The surroundings of the tests themselves: packages that are missing, the PostgreSQL cluster."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from tests.postgres import PostgresCluster, PostgresDatabase

ROOT = Path(__file__).parents[1]

NEEDY = """
import pytest
from tests import packages
packages.PRESENT["left-pad"] = lambda: False
@pytest.mark.needs("left-pad")
def test_that_needs_it(): ...
def test_that_does_not(): ...
"""


def _pytest_on(folder: Path, content: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_needy.py").write_text(content)
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_a_missing_package_skips_the_test_and_is_named_at_the_end(tmp_path: Path) -> None:
    run = _pytest_on(tmp_path, NEEDY, ci="")
    assert run.returncode == 0, run.stdout
    assert "1 passed, 1 skipped" in run.stdout
    assert "apt-get install left-pad" in run.stdout


def test_a_missing_package_is_a_failure_in_ci(tmp_path: Path) -> None:
    run = _pytest_on(tmp_path, NEEDY, ci="true")
    assert run.returncode == 1
    assert "1 failed, 1 passed" in run.stdout or "1 passed, 1 error" in run.stdout
    assert "apt-get install left-pad" in run.stdout


def _query(database: PostgresDatabase, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(host=database.host, port=database.port, user=database.user, dbname=database.name)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def test_the_postgresql_cluster_has_the_locale_that_synapse_wants(postgres: PostgresCluster) -> None:
    database = postgres.create_database()
    assert _query(database, "SHOW lc_collate") == [("C",)]
    assert _query(database, "SHOW server_encoding") == [("UTF8",)]


def test_a_copied_database_begins_with_what_its_template_holds(postgres: PostgresCluster) -> None:
    template = postgres.create_database()
    _query(template, "CREATE TABLE t AS SELECT 272060 AS code")
    copy = postgres.create_database(template)
    _query(copy, "UPDATE t SET code = 270008")
    assert _query(copy, "SELECT code FROM t") == [(270008,)]
    assert _query(template, "SELECT code FROM t") == [(272060,)]


@pytest.mark.needs("postgresql")
def test_a_stopped_cluster_leaves_nothing() -> None:
    cluster = PostgresCluster()
    folder = Path(cluster.create_database().host)
    assert folder.exists()
    cluster.stop()
    assert not folder.exists()
