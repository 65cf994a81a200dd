"""People and postings out of their rows."""

import datetime
from collections.abc import Sequence
from typing import Any

from attrs import frozen
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import Person, Posting, Role, UserID

from kairan_modules.synapse_compat import LoggingTransaction

AT_ONCE = 500
"""How many parameters of one kind go into one statement."""


@frozen
class RegisteredPerson:
    """A person as registered, past and future postings included."""

    user_id: UserID
    person: Person
    display_name: str


def placeholders(values: Sequence[object]) -> str:
    """`?, ?, ?` for so many values."""
    return ", ".join("?" * len(values))


def select_people(txn: LoggingTransaction, user_ids: Sequence[str]) -> dict[UserID, RegisteredPerson]:
    """The registered people among these, each with all postings, in the order asked for."""
    names: dict[str, tuple[str, str, str]] = {}
    for start in range(0, len(user_ids), AT_ONCE):
        part = user_ids[start : start + AT_ONCE]
        txn.execute(
            f"SELECT user_id, name, kana, display_name FROM kairan_people WHERE user_id IN ({placeholders(part)})",  # noqa: S608
            tuple(part),
        )
        names.update({row[0]: (row[1], row[2], row[3]) for row in txn.fetchall()})
    postings = select_postings(txn, list(names))
    return {
        UserID(user_id): RegisteredPerson(
            user_id=UserID(user_id),
            person=Person(
                localpart=user_id[1 : user_id.index(":")],
                name=names[user_id][0],
                kana=names[user_id][1],
                postings=postings.get(UserID(user_id), ()),
            ),
            display_name=names[user_id][2],
        )
        for user_id in user_ids
        if user_id in names
    }


def select_postings(txn: LoggingTransaction, user_ids: Sequence[str]) -> dict[UserID, list[Posting]]:
    """All postings of each of these people, the main one first."""
    found: dict[UserID, list[Posting]] = {}
    for start in range(0, len(user_ids), AT_ONCE):
        part = user_ids[start : start + AT_ONCE]
        txn.execute(
            f"""
            SELECT user_id, organization, section, title, extension, role, starts, ends
            FROM kairan_postings WHERE user_id IN ({placeholders(part)}) ORDER BY user_id, position
            """,  # noqa: S608
            tuple(part),
        )
        for user_id, *columns in txn.fetchall():
            found.setdefault(UserID(user_id), []).append(_posting(*columns))
    return found


def posting_row(posting: Posting) -> tuple[Any, ...]:
    """The columns organization, section, title, extension, role, starts, ends."""
    return (
        posting.organization,
        posting.section,
        posting.title,
        posting.extension,
        posting.role.value,
        posting.starts and posting.starts.isoformat(),
        posting.ends and posting.ends.isoformat(),
    )


def _posting(
    organization: str,
    section: str | None,
    title: str,
    extension: str,
    role: str,
    starts: str | None,
    ends: str | None,
) -> Posting:
    return Posting(
        organization=OrganizationKey(organization),
        section=None if section is None else SectionKey(section),
        title=title,
        extension=extension,
        role=Role(role),
        starts=None if starts is None else datetime.date.fromisoformat(starts),
        ends=None if ends is None else datetime.date.fromisoformat(ends),
    )
