"""A PostgreSQL cluster of the tests' own, gone at their end. It never touches one that runs on the machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg2
from attrs import frozen

from tests.packages import postgresql_programs

_PATIENCE = 60.0
"""Seconds until a cluster that does not answer counts as broken."""

_FAST_AND_LOOSE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
"""Settings for data that nobody will miss."""


@frozen
class PostgresDatabase:
    """Where a database is. `host` is the folder of a Unix socket; there is no password."""

    host: str
    port: int
    user: str
    name: str

    @property
    def synapse(self) -> dict[str, object]:
        """The `database` section of a homeserver's configuration."""
        arguments = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.name}
        return {"name": "psycopg2", "args": {**arguments, "cp_min": 1, "cp_max": 5}}

    @property
    def url(self) -> str:
        """The same as a URL, for the bridge."""
        return f"postgres://{self.user}@/{self.name}?host={self.host}&port={self.port}"


class PostgresCluster:
    """A running cluster, in the C locale as Synapse wants it."""

    def __init__(self) -> None:
        programs = postgresql_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed")
        # PostgreSQL refuses to run as root, and pytest's own folders are closed to others.
        self._folder = Path(tempfile.mkdtemp(prefix="kairan-postgres-"))
        self._user: int | None = None
        self._group: int | None = None
        if os.geteuid() == 0:
            self._user, self._group = _unprivileged()
            os.chown(self._folder, self._user, self._group)
        self._numbers = count(1)
        data = self._folder / "data"
        try:
            self._initialise(programs, data)
            settings = [f"-c{name}={value}" for name, value in _FAST_AND_LOOSE.items()]
            with (self._folder / "log").open("wb") as log:
                self._server = subprocess.Popen(
                    [programs / "postgres", "-D", data, "-k", self._folder, "-clisten_addresses=", *settings],
                    cwd=self._folder,
                    stdout=log,
                    stderr=log,
                    user=self._user,
                    group=self._group,
                    extra_groups=None if self._user is None else [],
                )
            self._wait()
        except BaseException:
            self.stop()
            raise

    def create_database(self, template: PostgresDatabase | None = None) -> PostgresDatabase:
        """A new database, empty or a copy of `template`, to which nothing may be connected then."""
        database = self._database(f"kairan_{next(self._numbers)}")
        source = template.name if template else "template0"
        self._run(f'CREATE DATABASE "{database.name}" TEMPLATE "{source}"')
        return database

    def drop_database(self, database: PostgresDatabase) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(f'DROP DATABASE "{database.name}" WITH (FORCE)')

    def stop(self) -> None:
        """End the cluster and remove what it wrote."""
        server = getattr(self, "_server", None)
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(_PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self, programs: Path, data: Path) -> None:
        command: list[str | Path] = [programs / "initdb", "-D", data, "-U", "kairan", "--auth=trust", "--no-sync"]
        done = subprocess.run(
            [*command, "--encoding=UTF8", "--locale=C"],
            cwd=self._folder,
            capture_output=True,
            text=True,
            user=self._user,
            group=self._group,
            extra_groups=None if self._user is None else [],
        )
        if done.returncode != 0:
            raise RuntimeError(f"initdb: {done.stderr.strip()}")

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._run("SELECT 1")
            except psycopg2.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    log = (self._folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL does not start: {log[-2000:]}") from None
            time.sleep(0.02)

    def _run(self, statement: str) -> None:
        admin = self._database("postgres")
        connection = psycopg2.connect(host=admin.host, port=admin.port, user=admin.user, dbname=admin.name)
        try:
            # CREATE DATABASE refuses to run in a transaction.
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def _database(self, name: str) -> PostgresDatabase:
        return PostgresDatabase(host=str(self._folder), port=5432, user="kairan", name=name)


def _unprivileged() -> tuple[int, int]:
    """User and group of Debian's own account for PostgreSQL, or else of the one that owns nothing."""
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid
