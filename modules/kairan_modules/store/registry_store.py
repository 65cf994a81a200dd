"""Reads and writes the registry's tables, with caches that follow each other across workers.

Every change raises the revision of each organisation that it touches, in the same transaction. Only
the small table of organisations is cached under a fixed key and invalidated through Synapse's
replication; all else is cached under the revision, so nothing stale is ever found again.
"""

import datetime
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from attrs import frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey, section_path
from kairan.people import Posting, UserID
from kairan.policy import parse_policy
from kairan.search import DirectoryEntry, OrganizationDirectory

from kairan_modules.store.migrations import migrate
from kairan_modules.store.rows import RegisteredPerson, select_people, select_postings
from kairan_modules.synapse_compat import (
    HomeServer,
    LoggingTransaction,
    ModuleApi,
    cached,
    clock_of,
    follow_across_workers,
    homeserver,
    invalidate_across_workers,
    is_main_process,
    startup_connection,
)

logger = logging.getLogger(__name__)


@frozen
class Organizations:
    """All registered organisations, and a number that differs after every change of the registry."""

    by_key: Mapping[OrganizationKey, Organization]
    revisions: Mapping[OrganizationKey, int]
    revision: int


class RegistryStore:
    """The registry as one worker sees it. Get it by `shared_store`."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api
        self.server_name = api.server_name
        self.clock = clock_of(api)
        if is_main_process(api):
            with startup_connection(api) as connection:
                migrate(connection.cursor(txn_name="kairan_migrations"), logger.info)
        follow_across_workers(api, self._organizations)

    async def organizations(self) -> Organizations:
        """All organisations."""
        return await self._organizations("all")

    # One argument, because an invalidation without keys would mean "everything" to replication. More than one entry,
    # because Synapse multiplies the number by its cache factor, 0.5 unless configured, and rounds it down.
    @cached(max_entries=100)
    async def _organizations(self, which: str) -> Organizations:
        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                "SELECT organization, name, kana, opens_to, display_name, policy, revision FROM kairan_organizations"
            )
            return txn.fetchall()

        rows = await self._api.run_db_interaction("kairan_organizations", select)
        return Organizations(
            by_key={
                OrganizationKey(key): Organization(
                    key=OrganizationKey(key),
                    name=name,
                    kana=kana,
                    opens_to=json.loads(opens_to),
                    display_name=template,
                    policy=parse_policy(json.loads(policy)),
                )
                for key, name, kana, opens_to, template, policy, _ in sorted(rows)
            },
            revisions={OrganizationKey(row[0]): row[6] for row in rows},
            revision=max((row[6] for row in rows), default=0),
        )

    async def sections(self, organization: OrganizationKey) -> Mapping[SectionKey, Section]:
        """The sections of an organisation by key; none for one that is not registered."""
        revision = (await self.organizations()).revisions.get(organization, 0)
        return await self._sections(organization, revision)

    @cached(max_entries=5000)
    async def _sections(self, organization: OrganizationKey, revision: int) -> Mapping[SectionKey, Section]:
        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                "SELECT section, name, kana, parent, position FROM kairan_sections WHERE organization = ?",
                (organization,),
            )
            return txn.fetchall()

        rows = await self._api.run_db_interaction("kairan_sections", select)
        return {SectionKey(row[0]): Section(*row) for row in rows}

    async def postings(self, user_id: str) -> Sequence[Posting]:
        """The postings of a person, past and future too, the main one first; none for a stranger."""
        return await self._postings(user_id, (await self.organizations()).revision)

    @cached(max_entries=50000)
    async def _postings(self, user_id: str, revision: int) -> Sequence[Posting]:
        found = await self._api.run_db_interaction("kairan_postings", select_postings, [user_id])
        return tuple(found.get(UserID(user_id), ()))

    async def headcount(self, organization: OrganizationKey, day: datetime.date) -> int:
        """How many people have a posting in the organisation on `day`."""
        revision = (await self.organizations()).revisions.get(organization, 0)
        return await self._headcount(organization, revision, day.isoformat())

    @cached(max_entries=5000)
    async def _headcount(self, organization: OrganizationKey, revision: int, day: str) -> int:
        def count(txn: LoggingTransaction) -> int:
            txn.execute(
                """
                SELECT COUNT(DISTINCT user_id) FROM kairan_postings
                WHERE organization = ? AND (starts IS NULL OR starts <= ?) AND (ends IS NULL OR ends >= ?)
                """,
                (organization, day, day),
            )
            [(people,)] = txn.fetchall()
            return int(people)

        return await self._api.run_db_interaction("kairan_headcount", count)

    async def directory(self, organization: OrganizationKey, day: datetime.date) -> OrganizationDirectory:
        """The search index of the people who have a posting in the organisation on `day`."""
        revision = (await self.organizations()).revisions.get(organization, 0)
        return await self._directory(organization, revision, day)

    @cached(max_entries=4000)
    async def _directory(
        self, organization: OrganizationKey, revision: int, day: datetime.date
    ) -> OrganizationDirectory:
        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                """
                SELECT user_id, name, people.kana, display_name,
                    posting.position, section, title, extension, starts, ends
                FROM kairan_postings AS posting INNER JOIN kairan_people AS people USING (user_id)
                WHERE organization = ?
                """,
                (organization,),
            )
            return txn.fetchall()

        sections = await self.sections(organization)
        paths = {key: tuple(step.name for step in section_path(key, sections)) for key in sections}
        rows = await self._api.run_db_interaction("kairan_directory", select)
        now = day.isoformat()
        return OrganizationDirectory(
            organization,
            (
                DirectoryEntry(
                    user_id=UserID(user_id),
                    name=name,
                    kana=kana,
                    display_name=display_name,
                    organization=organization,
                    section=section,
                    section_path=paths.get(section, ()),
                    title=title,
                    extension=extension,
                    main=position == 0,
                )
                # ISO dates compare as text.
                for user_id, name, kana, display_name, position, section, title, extension, starts, ends in rows
                if (starts is None or starts <= now) and (ends is None or now <= ends)
            ),
        )

    async def people(self, user_ids: Sequence[str]) -> dict[UserID, RegisteredPerson]:
        """The registered people among these, each with all postings. At most a few thousand at once."""
        return await self._api.run_db_interaction("kairan_people", select_people, list(user_ids))

    async def people_of(self, organization: OrganizationKey, after: str, limit: int) -> list[RegisteredPerson]:
        """Those with a posting, of whatever date, in the organisation, by user ID beyond `after`."""

        def select(txn: LoggingTransaction) -> list[RegisteredPerson]:
            txn.execute(
                """
                SELECT DISTINCT user_id FROM kairan_postings WHERE organization = ? AND user_id > ?
                ORDER BY user_id LIMIT ?
                """,
                (organization, after, limit),
            )
            return list(select_people(txn, [row[0] for row in txn.fetchall()]).values())

        return await self._api.run_db_interaction("kairan_people_of", select)

    async def everybody(self, after: str, limit: int) -> list[RegisteredPerson]:
        """All that are registered, those without a posting too, by user ID beyond `after`."""

        def select(txn: LoggingTransaction) -> list[RegisteredPerson]:
            txn.execute("SELECT user_id FROM kairan_people WHERE user_id > ? ORDER BY user_id LIMIT ?", (after, limit))
            return list(select_people(txn, [row[0] for row in txn.fetchall()]).values())

        return await self._api.run_db_interaction("kairan_everybody", select)

    async def rooms(self, organization: OrganizationKey) -> dict[SectionKey | None, str]:
        """The room of each section that has one; the organisation's own Space under None."""

        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute("SELECT section, room_id FROM kairan_rooms WHERE organization = ?", (organization,))
            return txn.fetchall()

        return dict(await self._api.run_db_interaction("kairan_rooms", select))

    async def provisioned_members(self, room_id: str) -> set[str]:
        """Whom we made a member of this room; people whom others invited are not among them."""

        def select(txn: LoggingTransaction) -> list[tuple[str]]:
            txn.execute("SELECT user_id FROM kairan_memberships WHERE room_id = ?", (room_id,))
            return txn.fetchall()

        return {row[0] for row in await self._api.run_db_interaction("kairan_memberships", select)}

    async def changed(self) -> None:
        """Make every worker read the organisations, and with them all revisions, anew."""
        await invalidate_across_workers(self._api, self._organizations, "all")


_stores: "WeakKeyDictionary[HomeServer, RegistryStore]" = WeakKeyDictionary()


def shared_store(api: ModuleApi) -> RegistryStore:
    """The store of this homeserver process, made at the first call (which migrates the database)."""
    key = homeserver(api)
    if key not in _stores:
        _stores[key] = RegistryStore(api)
    return _stores[key]
