"""Changes of the registry, each function inside the caller's transaction."""

import json
from collections.abc import Iterable, Sequence

from attrs import frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person, UserID
from kairan.policy import policy_data

from kairan_modules.store.rows import AT_ONCE, placeholders, posting_row, select_postings
from kairan_modules.synapse_compat import LoggingTransaction


@frozen
class DeclaredOrganization:
    """An organisation as an administrator declares it, with all its sections."""

    organization: Organization
    sections: tuple[Section, ...]


def put_organizations(txn: LoggingTransaction, declared: Sequence[DeclaredOrganization]) -> int:
    """Make these organisations and their sections so; others stay.

    A section that is no longer declared goes, unless somebody is posted there.
    Returns: how many organisations were new or changed.
    """
    changed: list[OrganizationKey] = []
    for each in declared:
        key = each.organization.key
        row = (
            each.organization.name,
            each.organization.kana,
            json.dumps(sorted(each.organization.opens_to)),
            each.organization.display_name,
            json.dumps(policy_data(each.organization.policy), sort_keys=True),
        )
        txn.execute(
            "SELECT name, kana, opens_to, display_name, policy FROM kairan_organizations WHERE organization = ?", (key,)
        )
        found = txn.fetchone()
        if found is None:
            txn.execute(
                """
                INSERT INTO kairan_organizations (organization, name, kana, opens_to, display_name, policy, revision)
                VALUES (?, ?, ?, ?, ?, ?, 0)
                """,
                (key, *row),
            )
        else:
            txn.execute(
                """
                UPDATE kairan_organizations SET name = ?, kana = ?, opens_to = ?, display_name = ?, policy = ?
                WHERE organization = ?
                """,
                (*row, key),
            )
        if _put_sections(txn, key, each.sections) or found is None or tuple(found) != row:
            changed.append(key)
    raise_revision(txn, changed)
    return len(changed)


def _put_sections(txn: LoggingTransaction, organization: OrganizationKey, sections: Iterable[Section]) -> bool:
    txn.execute(
        "SELECT section, name, kana, parent, position FROM kairan_sections WHERE organization = ?", (organization,)
    )
    present = {row[0]: tuple(row) for row in txn.fetchall()}
    wanted = {s.key: (s.key, s.name, s.kana, s.parent, s.position) for s in sections}
    txn.execute("SELECT DISTINCT section FROM kairan_postings WHERE organization = ?", (organization,))
    occupied = {row[0] for row in txn.fetchall()}
    gone = [key for key in present if key not in wanted and key not in occupied]
    different = [row for key, row in wanted.items() if present.get(key) != row]
    for key in [*gone, *(row[0] for row in different)]:
        txn.execute("DELETE FROM kairan_sections WHERE organization = ? AND section = ?", (organization, key))
    txn.execute_batch(
        """
        INSERT INTO kairan_sections (organization, section, name, kana, parent, position)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [(organization, *row) for row in different],
    )
    return bool(gone or different)


def put_people(txn: LoggingTransaction, declared: Sequence[tuple[UserID, Person, str]]) -> None:
    """Make the names, postings and display names of these people so; other people stay.

    Args:
        declared: user ID, person and display name of each, no user ID twice.
    """
    user_ids = [user_id for user_id, _, _ in declared]
    before = select_postings(txn, user_ids)
    for start in range(0, len(user_ids), AT_ONCE):
        part = user_ids[start : start + AT_ONCE]
        for table in ("kairan_people", "kairan_postings"):
            txn.execute(f"DELETE FROM {table} WHERE user_id IN ({placeholders(part)})", tuple(part))  # noqa: S608
    txn.execute_batch(
        "INSERT INTO kairan_people (user_id, name, kana, display_name) VALUES (?, ?, ?, ?)",
        [(user_id, person.name, person.kana, display_name) for user_id, person, display_name in declared],
    )
    txn.execute_batch(
        """
        INSERT INTO kairan_postings (user_id, position, organization, section, title, extension, role, starts, ends)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (user_id, position, *posting_row(posting))
            for user_id, person, _ in declared
            for position, posting in enumerate(person.postings)
        ],
    )
    now = [posting for _, person, _ in declared for posting in person.postings]
    then = [posting for postings in before.values() for posting in postings]
    raise_revision(txn, sorted({posting.organization for posting in [*now, *then]}))


def remember_room(
    txn: LoggingTransaction, room_id: str, organization: OrganizationKey, section: SectionKey | None
) -> None:
    """Note the room of an organisation (its Space) or of one of its sections."""
    txn.execute(
        "INSERT INTO kairan_rooms (room_id, organization, section) VALUES (?, ?, ?)", (room_id, organization, section)
    )


def remember_memberships(txn: LoggingTransaction, room_id: str, joined: Sequence[str], left: Sequence[str]) -> None:
    """Note whom we made a member of a room, and whom no longer."""
    txn.execute_batch(
        "INSERT INTO kairan_memberships (room_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(room_id, user_id) for user_id in joined],
    )
    txn.execute_batch(
        "DELETE FROM kairan_memberships WHERE room_id = ? AND user_id = ?", [(room_id, user_id) for user_id in left]
    )


def raise_revision(txn: LoggingTransaction, organizations: Sequence[OrganizationKey]) -> None:
    """Give these organisations a revision higher than any given before."""
    if not organizations:
        return
    # The one row is also the lock: of two transactions at once, the later is refused by PostgreSQL and run again.
    txn.execute("UPDATE kairan_revision SET revision = revision + 1")
    for start in range(0, len(organizations), AT_ONCE):
        part = organizations[start : start + AT_ONCE]
        txn.execute(
            f"""
            UPDATE kairan_organizations SET revision = (SELECT revision FROM kairan_revision)
            WHERE organization IN ({placeholders(part)})
            """,  # noqa: S608
            tuple(part),
        )
