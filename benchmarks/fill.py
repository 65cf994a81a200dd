"""Writes a nation into a homeserver's database by bulk SQL, as if it had been provisioned and indexed.

The rows are those that `PUT /provision/people` leaves: accounts, profiles, Synapse's own user directory
and our registry. A million go in as a stream.
"""

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from attrs import frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person, Posting, display_name
from synapse.storage.databases.main.user_directory import _filter_text_for_index

from benchmarks.databases import Engine
from benchmarks.homeserver import SERVER_NAME

_BATCH = 5000
"""People per statement."""

Row = tuple[object, ...]


@frozen
class _Table:
    name: str
    columns: tuple[str, ...]


_USERS = _Table("users", ("name", "creation_ts", "admin", "is_guest", "shadow_banned", "approved"))
_PROFILES = _Table("profiles", ("user_id", "full_user_id", "displayname"))
_DIRECTORY = _Table("user_directory", ("user_id", "display_name"))
_SEARCH = _Table("user_directory_search", ("user_id", "value"))
_PEOPLE = _Table("kairan_people", ("user_id", "name", "kana", "display_name"))
_POSTINGS = _Table(
    "kairan_postings",
    ("user_id", "position", "organization", "section", "title", "extension", "role", "starts", "ends"),
)
_ORGANIZATIONS = _Table(
    "kairan_organizations", ("organization", "name", "kana", "opens_to", "display_name", "revision")
)
_SECTIONS = _Table("kairan_sections", ("organization", "section", "name", "kana", "parent", "position"))
_TOKENS = _Table("access_tokens", ("id", "user_id", "device_id", "token", "last_validated", "used"))
_DEVICES = _Table("devices", ("user_id", "device_id", "hidden"))

# Exactly what `_update_profiles_in_user_dir_txn` computes, for all at once.
_POSTGRES_INDEX = """
    INSERT INTO user_directory_search (user_id, vector)
    SELECT user_id, setweight(to_tsvector('simple', substring(user_id FROM 2 FOR position(':' IN user_id) - 2)), 'A')
        || setweight(to_tsvector('simple', substring(user_id FROM position(':' IN user_id) + 1)), 'D')
        || setweight(to_tsvector('simple', lower(normalize(display_name, NFKC))), 'B')
    FROM user_directory
"""


def user_id_of(localpart: str) -> str:
    """The user ID of a local account."""
    return f"@{localpart}:{SERVER_NAME}"


def fill(
    connection: Any,
    engine: Engine,
    organizations: Sequence[Organization],
    sections: dict[OrganizationKey, list[Section]],
    people: Iterable[Person],
    advance: Callable[[int], None],
) -> float:
    """Write it all and let the planner know; returns the seconds that it took.

    Args:
        connection: of a database that has the schema and nobody in it
        advance: is told how many more people are there
    """
    begun = time.monotonic()
    insert = _postgres_insert if engine == "postgres" else _sqlite_insert
    cursor = connection.cursor()
    cursor.execute("UPDATE kairan_revision SET revision = 1")
    rows = [(o.key, o.name, o.kana, json.dumps(sorted(o.opens_to)), o.display_name, 1) for o in organizations]
    insert(cursor, _ORGANIZATIONS, rows)
    insert(
        cursor,
        _SECTIONS,
        [(key, s.key, s.name, s.kana, s.parent, s.position) for key, found in sections.items() for s in found],
    )
    by_key = {organization.key: organization for organization in organizations}
    places = {key: {section.key: section for section in found} for key, found in sections.items()}
    for batch in _batches(people):
        _insert_people(cursor, insert, engine, batch, by_key, places)
        advance(len(batch))
    if engine == "postgres":
        cursor.execute(_POSTGRES_INDEX)
    connection.commit()
    _settle(connection, engine)
    return time.monotonic() - begun


def add_sessions(connection: Any, engine: Engine, tokens: dict[str, str], *, admin: bool = False) -> None:
    """Give accounts (by user ID) a device and an access token each; `admin` makes the accounts, as administrators."""
    insert = _postgres_insert if engine == "postgres" else _sqlite_insert
    cursor = connection.cursor()
    if admin:
        insert(cursor, _USERS, [(user_id, 0, 1, 0, False, True) for user_id in tokens])
    insert(cursor, _DEVICES, [(user_id, "BENCH", False) for user_id in tokens])
    cursor.execute("SELECT COALESCE(MAX(id), 1) FROM access_tokens")
    first = cursor.fetchone()[0] + 1
    insert(
        cursor,
        _TOKENS,
        [(first + n, user_id, "BENCH", token, 0, False) for n, (user_id, token) in enumerate(tokens.items())],
    )
    connection.commit()


def _insert_people(
    cursor: Any,
    insert: "_Insert",
    engine: Engine,
    batch: Sequence[Person],
    organizations: dict[OrganizationKey, Organization],
    sections: dict[OrganizationKey, dict[SectionKey, Section]],
) -> None:
    shown = []
    for person in batch:
        main = person.postings[0]
        section = sections[main.organization].get(main.section) if main.section else None
        name = display_name(person.name, organizations[main.organization], section, main.title)
        shown.append((user_id_of(person.localpart), person, name))
    insert(cursor, _USERS, [(user_id, 0, 0, 0, False, True) for user_id, _, _ in shown])
    insert(cursor, _PROFILES, [(person.localpart, user_id, name) for user_id, person, name in shown])
    insert(cursor, _DIRECTORY, [(user_id, name) for user_id, _, name in shown])
    if engine == "sqlite":
        insert(cursor, _SEARCH, [(user_id, f"{user_id} {_filter_text_for_index(name)}") for user_id, _, name in shown])
    insert(cursor, _PEOPLE, [(user_id, person.name, person.kana, name) for user_id, person, name in shown])
    insert(
        cursor,
        _POSTINGS,
        [_posting_row(user_id, n, p) for user_id, person, _ in shown for n, p in enumerate(person.postings)],
    )


def _posting_row(user_id: str, position: int, posting: Posting) -> Row:
    starts, ends = posting.starts, posting.ends
    return (
        user_id,
        position,
        posting.organization,
        posting.section,
        posting.title,
        posting.extension,
        posting.role.value,
        starts and starts.isoformat(),
        ends and ends.isoformat(),
    )


_Insert = Callable[[Any, _Table, Sequence[Row]], None]


def _sqlite_insert(cursor: Any, table: _Table, rows: Sequence[Row]) -> None:
    marks = ", ".join("?" * len(table.columns))
    cursor.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})", rows)  # noqa: S608


def _postgres_insert(cursor: Any, table: _Table, rows: Sequence[Row]) -> None:
    # No text of ours holds a tab, a backslash or a line break.
    lines = ("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)
    file = io.StringIO("".join(lines))
    cursor.copy_expert(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN", file)


def _batches(people: Iterable[Person]) -> Iterator[list[Person]]:
    iterator = iter(people)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _settle(connection: Any, engine: Engine) -> None:
    if engine == "postgres":
        # VACUUM refuses to run in a transaction; it also empties the index's list of pending entries.
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
        connection.autocommit = False
    else:
        connection.execute("INSERT INTO user_directory_search(user_directory_search) VALUES('optimize')")
        connection.execute("ANALYZE")
        connection.commit()
