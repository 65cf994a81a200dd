"""Who sees whom, and the staff directory that follows from it.

Shared by the clients' own search box (`servlets/user_directory.py`) and the REST API's phone book.
"""

import datetime
from collections.abc import Callable, Sequence

from attrs import frozen
from kairan.organizations import OrganizationKey, SectionKey, sees, visible_organizations
from kairan.people import Posting, own_organizations, today
from kairan.search import Page, Query, Search

from kairan_modules.store import RegistryStore


@frozen
class View:
    """What one person sees at one moment: their own current postings' organisations, then the others'."""

    day: datetime.date
    postings: Sequence[Posting]
    own: Sequence[OrganizationKey]
    organizations: Sequence[OrganizationKey]

    @property
    def own_sections(self) -> frozenset[tuple[OrganizationKey, SectionKey]]:
        """The sections of the current postings."""
        return frozenset(
            (posting.organization, posting.section) for posting in self.postings if posting.section is not None
        )


class Directory:
    """Answers from the registry for one viewer at a time. A viewer without a current posting sees nobody."""

    def __init__(self, store: RegistryStore, clock: Callable[[], datetime.date] = today) -> None:
        self._store = store
        self._today = clock
        self._visible: dict[tuple[OrganizationKey, ...], list[OrganizationKey]] = {}
        self._visible_revision = -1

    async def view(self, user_id: str) -> View:
        """What this person sees today."""
        day = self._today()
        postings = [posting for posting in await self._store.postings(user_id) if posting.current(day)]
        own = own_organizations(postings, day)
        return View(day=day, postings=postings, own=own, organizations=await self._visible_from(tuple(own)))

    async def _visible_from(self, own: tuple[OrganizationKey, ...]) -> list[OrganizationKey]:
        # Thousands of organisations are compared here, and few sets of own organisations recur all day.
        registered = await self._store.organizations()
        if registered.revision != self._visible_revision:
            self._visible.clear()
            self._visible_revision = registered.revision
        if own not in self._visible:
            self._visible[own] = visible_organizations(own, registered.by_key)
        return self._visible[own]

    async def search(
        self,
        view: View,
        query: Query,
        *,
        limit: int,
        offset: int = 0,
        organization: OrganizationKey | None = None,
        section: SectionKey | None = None,
    ) -> Page:
        """People that the viewer sees, best first; organisation by organisation only as far as needed.

        Args:
            limit, offset: of people; the limit counts what the viewer may see.
            organization, section: narrow it to these. One that the viewer does not see gives nothing.
        """
        search = Search(query, own_sections=view.own_sections, own=len(view.own), limit=limit, offset=offset)
        for position, key in enumerate(view.organizations):
            if organization is not None and key != organization:
                continue
            index = await self._store.directory(key, view.day)
            if search.add(index, own=position < len(view.own), section=section):
                break
        return search.page()

    async def current_postings(self, view: View, user_id: str) -> list[Posting]:
        """The current postings of someone that the viewer may see: those in organisations that they see."""
        return [
            posting
            for posting in await self._store.postings(user_id)
            if posting.current(view.day) and posting.organization in view.organizations
        ]

    async def may_see(self, viewer: str, target: str) -> bool:
        """Whether the viewer's directory holds the target. Oneself, always."""
        if viewer == target:
            return True
        day = self._today()
        theirs = {p.organization for p in await self._store.postings(target) if p.current(day)}
        if not theirs:
            return False
        registered = (await self._store.organizations()).by_key
        own = [
            registered[p.organization]
            for p in await self._store.postings(viewer)
            if p.current(day) and p.organization in registered
        ]
        return any(sees(mine, registered[key]) for mine in own for key in theirs if key in registered)
