"""`kairan apply` of a whole nation, once for real, killed in the middle and run again."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from attrs import frozen
from kairan_provisioning.progress import Reporter

from benchmarks.databases import Storage
from benchmarks.fill import add_sessions, user_id_of
from benchmarks.homeserver import running
from benchmarks.nation import Nation, generate, write_folder

_TOKEN = "bench_operator"  # noqa: S105
_POLL_S = 5.0


@frozen
class Counts:
    """Rows of the homeserver, as they are or as they should be."""

    accounts: int
    people: int
    rooms: int
    places: int
    """Organisations and sections that have a room: fewer than `rooms` if one had two, or one is not noted yet."""
    joins: int


@frozen
class Outcome:
    """Seconds of the run that was killed, of the one that went on, and of one that found nothing to do."""

    killed_s: float
    killed_at: Counts
    rest_s: float
    nothing_s: float
    found: Counts
    expected: Counts


def measure(
    storage: Storage, template: Any, folder: Path, organizations: int, people: int, reporter: Reporter
) -> Outcome:
    """Apply a nation to an empty homeserver.

    The command gets SIGKILL when it has made 30 % of the memberships.

    Raises:
        RuntimeError: a run of the command failed.
    """
    nation = generate(organizations, people, seed=1)
    declared = folder / "declared"
    write_folder(declared, nation)
    expected = expected_of(nation)
    del nation
    database = storage.make(template)
    connection = database.connect()
    add_sessions(connection, storage.engine, {user_id_of("operator"): _TOKEN}, admin=True)
    connection.close()
    with running(folder / "server", database, kairan=True) as server:
        log = folder / "apply.log"
        begun = time.monotonic()
        command = _start(declared, server.url(), log)
        killed_at = _wait_for_joins(database, command, int(expected.joins * 0.3), expected, reporter)
        command.kill()
        command.wait()
        killed_s = time.monotonic() - begun
        reporter.line(f"killed after {killed_s:.0f} s, {killed_at}")
        times = []
        for _ in range(2):
            begun = time.monotonic()
            command = _start(declared, server.url(), log)
            _wait_for_joins(database, command, expected.joins + 1, expected, reporter)
            if command.wait():
                raise RuntimeError(f"kairan apply failed: {log.read_text(errors='replace')[-3000:]}")
            times.append(time.monotonic() - begun)
            reporter.line(f"done in {times[-1]:.0f} s")
        reporter.line(log.read_text(errors="replace")[-2000:])
        found = count(database)
    return Outcome(killed_s, killed_at, times[0], times[1], found, expected)


def expected_of(nation: Nation) -> Counts:
    """What a server has when the nation is there: each person in the Space and in each section's room once."""
    rooms = len(nation.organizations) + sum(map(len, nation.sections.values()))
    spaces = sum(len({p.organization for p in person.postings}) for person in nation.people)
    sections = sum(len({(p.organization, p.section) for p in person.postings if p.section}) for person in nation.people)
    return Counts(len(nation.people), len(nation.people), rooms, rooms, spaces + sections)


def count(database: Any) -> Counts:
    """What the database has; the operator and the bot do not count."""
    connection = database.connect()
    try:
        cursor = connection.cursor()

        def one(sql: str) -> int:
            cursor.execute(sql)
            return int(cursor.fetchone()[0])

        bots = f"('{user_id_of('operator')}', '{user_id_of('kairan')}')"
        return Counts(
            accounts=one(f"SELECT COUNT(*) FROM users WHERE name NOT IN {bots}"),  # noqa: S608
            people=one("SELECT COUNT(*) FROM kairan_people"),
            rooms=one("SELECT COUNT(*) FROM rooms"),
            places=one("SELECT COUNT(*) FROM kairan_rooms"),
            joins=one(
                f"SELECT COUNT(*) FROM local_current_membership WHERE membership = 'join' AND user_id NOT IN {bots}"  # noqa: S608
            ),
        )
    finally:
        connection.close()


def _start(declared: Path, homeserver: str, log: Path) -> subprocess.Popen[bytes]:
    kairan = Path(sys.executable).with_name("kairan")
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [kairan, "apply", declared, "--homeserver", homeserver],
            env={**os.environ, "KAIRAN_TOKEN": _TOKEN},
            stdout=output,
            stderr=output,
        )


def _wait_for_joins(
    database: Any, command: subprocess.Popen[bytes], joins: int, expected: Counts, reporter: Reporter
) -> Counts:
    """Wait until there are so many memberships or the command has ended."""
    done = 0
    with reporter.step("memberships", expected.joins) as advance:
        while True:
            now = count(database)
            advance(now.joins - done)
            done = now.joins
            if done >= joins or command.poll() is not None:
                return now
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(_POLL_S)
