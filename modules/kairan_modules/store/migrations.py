"""The numbered migrations of our tables, for SQLite and PostgreSQL alike.

Each runs once, in order, in one transaction with the version that it leads to. A database that is
newer than this code is refused: an older version must never write into tables that it does not know.
"""

from collections.abc import Callable
from typing import Protocol

from attrs import frozen


class Cursor(Protocol):
    """What a migration needs of a database cursor."""

    def execute(self, sql: str, parameters: tuple[object, ...] = ..., /) -> object: ...
    def fetchone(self) -> tuple[object, ...] | None: ...


@frozen
class Migration:
    """One step: what it is for, and the statements that take it."""

    description: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        "organisations, sections, people and their postings",
        (
            """CREATE TABLE kairan_organizations (
                organization TEXT NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                kana TEXT NOT NULL,
                opens_to TEXT NOT NULL,
                display_name TEXT NOT NULL,
                revision BIGINT NOT NULL
            )""",
            """CREATE TABLE kairan_sections (
                organization TEXT NOT NULL,
                section TEXT NOT NULL,
                name TEXT NOT NULL,
                kana TEXT NOT NULL,
                parent TEXT,
                position BIGINT NOT NULL,
                PRIMARY KEY (organization, section)
            )""",
            """CREATE TABLE kairan_people (
                user_id TEXT NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                kana TEXT NOT NULL,
                display_name TEXT NOT NULL
            )""",
            """CREATE TABLE kairan_postings (
                user_id TEXT NOT NULL,
                position BIGINT NOT NULL,
                organization TEXT NOT NULL,
                section TEXT,
                title TEXT NOT NULL,
                extension TEXT NOT NULL,
                role TEXT NOT NULL,
                starts TEXT,
                ends TEXT,
                PRIMARY KEY (user_id, position)
            )""",
            "CREATE INDEX kairan_postings_organization ON kairan_postings (organization, user_id)",
            "CREATE TABLE kairan_revision (revision BIGINT NOT NULL)",
            "INSERT INTO kairan_revision (revision) VALUES (0)",
        ),
    ),
    Migration(
        "the rooms of organisations and sections, and whom we made a member",
        (
            """CREATE TABLE kairan_rooms (
                room_id TEXT NOT NULL PRIMARY KEY,
                organization TEXT NOT NULL,
                section TEXT
            )""",
            "CREATE UNIQUE INDEX kairan_rooms_place ON kairan_rooms (organization, COALESCE(section, ''))",
            """CREATE TABLE kairan_memberships (
                room_id TEXT NOT NULL,
                user_id TEXT NOT NULL,
                PRIMARY KEY (room_id, user_id)
            )""",
        ),
    ),
    Migration(
        "first passwords, which work once",
        (
            """CREATE TABLE kairan_first_passwords (
                user_id TEXT NOT NULL PRIMARY KEY,
                password_hash TEXT NOT NULL,
                issued_ts BIGINT NOT NULL,
                used_ts BIGINT
            )""",
        ),
    ),
    Migration(
        "the policy that an organisation declares",
        ("ALTER TABLE kairan_organizations ADD COLUMN policy TEXT NOT NULL DEFAULT '{}'",),
    ),
    Migration(
        "the audit trail, a row for each organisation of the person",
        (
            """CREATE TABLE kairan_audit (
                entry TEXT NOT NULL,
                organization TEXT NOT NULL,
                ts BIGINT NOT NULL,
                user_id TEXT NOT NULL,
                device_id TEXT NOT NULL,
                zone TEXT NOT NULL,
                address TEXT NOT NULL,
                action TEXT NOT NULL,
                outcome TEXT NOT NULL,
                reason TEXT NOT NULL,
                detail TEXT NOT NULL,
                PRIMARY KEY (organization, entry)
            )""",
            "CREATE INDEX kairan_audit_user ON kairan_audit (organization, user_id, entry)",
        ),
    ),
    Migration(
        "by which side each file came in",
        ("CREATE TABLE kairan_media (media_id TEXT NOT NULL PRIMARY KEY, zone TEXT NOT NULL)",),
    ),
    Migration(
        "devices: how they signed in, which are certified, who asks to be, and what the bot has to tell",
        (
            """CREATE TABLE kairan_devices (
                user_id TEXT NOT NULL,
                device_id TEXT NOT NULL,
                organization TEXT,
                how TEXT,
                certified_ts BIGINT,
                certified_by TEXT,
                revoked_ts BIGINT,
                revoked_by TEXT,
                zone TEXT NOT NULL,
                address TEXT NOT NULL,
                user_agent TEXT NOT NULL,
                signed_in_ts BIGINT,
                PRIMARY KEY (user_id, device_id)
            )""",
            """CREATE TABLE kairan_device_requests (
                request TEXT NOT NULL PRIMARY KEY,
                number TEXT NOT NULL,
                user_id TEXT NOT NULL,
                organization TEXT NOT NULL,
                mode TEXT NOT NULL,
                device_id TEXT NOT NULL,
                name TEXT NOT NULL,
                address TEXT NOT NULL,
                user_agent TEXT NOT NULL,
                created_ts BIGINT NOT NULL,
                state TEXT NOT NULL,
                decided_ts BIGINT,
                decided_by TEXT
            )""",
            """CREATE UNIQUE INDEX kairan_device_requests_number ON kairan_device_requests (number)
                WHERE state = 'pending'""",
            "CREATE INDEX kairan_device_requests_user ON kairan_device_requests (user_id, state)",
            "CREATE INDEX kairan_device_requests_organization ON kairan_device_requests (organization, state)",
            """CREATE TABLE kairan_device_notices (
                notice TEXT NOT NULL PRIMARY KEY,
                recipient TEXT NOT NULL,
                kind TEXT NOT NULL,
                request TEXT NOT NULL,
                created_ts BIGINT NOT NULL
            )""",
            """CREATE TABLE kairan_device_instructions (
                event_id TEXT NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL,
                device_id TEXT NOT NULL,
                zone TEXT NOT NULL,
                address TEXT NOT NULL,
                verb TEXT NOT NULL,
                argument TEXT NOT NULL,
                seen_ts BIGINT NOT NULL,
                outcome TEXT
            )""",
        ),
    ),
    Migration(
        "sign-ins, misses by account and address, and links that give an account its first password",
        (
            """CREATE TABLE kairan_sign_ins (
                entry TEXT NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL,
                ts BIGINT NOT NULL,
                device_id TEXT NOT NULL,
                zone TEXT NOT NULL,
                address TEXT NOT NULL,
                client TEXT NOT NULL,
                outcome TEXT NOT NULL,
                reason TEXT NOT NULL
            )""",
            "CREATE INDEX kairan_sign_ins_user ON kairan_sign_ins (user_id, entry)",
            "CREATE INDEX kairan_sign_ins_ts ON kairan_sign_ins (ts)",
            """CREATE TABLE kairan_misses (
                counted TEXT NOT NULL PRIMARY KEY,
                misses DOUBLE PRECISION NOT NULL,
                last_ts BIGINT NOT NULL
            )""",
            "CREATE INDEX kairan_misses_last ON kairan_misses (last_ts)",
            """CREATE TABLE kairan_activations (
                digest TEXT NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL,
                issued_ts BIGINT NOT NULL,
                expires_ts BIGINT NOT NULL
            )""",
            "CREATE INDEX kairan_activations_user ON kairan_activations (user_id)",
        ),
    ),
)


class NewerDatabaseError(Exception):
    """The database was written by a later version of Kairan."""


def migrate(cursor: Cursor, report: Callable[[str], None], migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the tables up to date, inside the caller's transaction.

    Args:
        cursor: of SQLite or PostgreSQL; parameters are written `?`.
        report: is told each step taken, in words.
        migrations: all of them, the first leading to version 1.
    Raises:
        NewerDatabaseError: the tables are of a later version.
    """
    version = current_version(cursor)
    if version > len(migrations):
        raise NewerDatabaseError(
            f"the registry's tables are of version {version}, this Kairan knows {len(migrations)}: "
            "install the newer Kairan again, or restore the backup from before it"
        )
    for number, migration in enumerate(migrations[version:], start=version + 1):
        for statement in migration.statements:
            cursor.execute(statement)
        cursor.execute("UPDATE kairan_schema SET version = ?", (number,))
        report(f"registry migration {number}: {migration.description}")


def current_version(cursor: Cursor) -> int:
    """The version of the tables, 0 for none yet; makes the table that holds it."""
    cursor.execute("CREATE TABLE IF NOT EXISTS kairan_schema (version BIGINT NOT NULL)")
    cursor.execute("SELECT version FROM kairan_schema")
    row = cursor.fetchone()
    if row is None:
        cursor.execute("INSERT INTO kairan_schema (version) VALUES (0)")
        return 0
    return int(str(row[0]))
