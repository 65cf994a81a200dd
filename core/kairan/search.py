"""The staff directory search over several organisations, in one order."""

from collections.abc import Iterable, Set

from attrs import frozen

from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import UserID
from kairan.search_index import DirectoryEntry, Match, OrganizationDirectory, order
from kairan.search_query import Query

__all__ = ["DirectoryEntry", "Match", "OrganizationDirectory", "Page", "Query", "Search", "search"]


@frozen
class Page:
    """A part of a search's result; `limited` is whether more people match after it."""

    entries: tuple[DirectoryEntry, ...]
    limited: bool


class Search:
    """One search that is given organisations' indexes until it has enough.

    The order is: own sections; own organisations; then each other organisation, as they are given. Within one of
    these, by quality, kana and user ID. Each person appears once, at the best place.

    Args:
        own_sections: the sections in which the searcher has a current posting.
        own: how many indexes, from the first, are of the searcher's own organisations.
        limit, offset: of people.
    """

    def __init__(
        self,
        query: Query,
        *,
        own_sections: Set[tuple[OrganizationKey, SectionKey]],
        own: int,
        limit: int,
        offset: int = 0,
    ) -> None:
        self._query = query
        self._own_sections = own_sections
        self._own = own
        self._limit = max(limit, 0)
        self._offset = max(offset, 0)
        self._added = 0
        self._own_section_runs: list[list[Match]] = []
        self._own_runs: list[list[Match]] = []
        self._people: dict[UserID, DirectoryEntry] = {}

    @property
    def enough(self) -> bool:
        """Whether further indexes would not change the page."""
        if self._query.empty:
            return True
        return self._added >= self._own and len(self._people) > self._offset + self._limit

    def add(
        self, directory: OrganizationDirectory, *, own: bool | None = None, section: SectionKey | None = None
    ) -> bool:
        """Search one more organisation; answers `enough`.

        Args:
            own: whether it is the searcher's own, where that does not follow from the count (when some are left out).
            section: only the people of this section.
        """
        if self.enough:
            return True
        is_own = self._added < self._own if own is None else own
        self._added += 1
        matches = directory.matches(self._query, section)
        if is_own:
            inside = [m for m in matches if (directory.organization, m.entry.section) in self._own_sections]
            self._own_section_runs.append(inside)
            self._own_runs.append(matches)
            if self._added == self._own:
                self._settle_own()
        else:
            self._added = max(self._added, self._own)
            self._settle_own()
            self._take(matches)
        return self.enough

    def page(self) -> Page:
        """The people from `offset`, at most `limit`, of what was added so far."""
        self._settle_own()
        end = self._offset + self._limit
        return Page(tuple(self._people.values())[self._offset : end], limited=len(self._people) > end)

    def _settle_own(self) -> None:
        """Own organisations share one order, so they are ranked when all of them are there."""
        for runs in (self._own_section_runs, self._own_runs):
            if len(runs) == 1:
                self._take(runs[0])
            else:
                self._take(sorted((m for run in runs for m in run), key=lambda m: (m.quality, *order(m.entry))))
            runs.clear()

    def _take(self, matches: Iterable[Match]) -> None:
        for match in matches:
            self._people.setdefault(match.entry.user_id, match.entry)


def search(
    directories: Iterable[OrganizationDirectory],
    query: Query,
    *,
    own_sections: Set[tuple[OrganizationKey, SectionKey]],
    own: int,
    limit: int,
    offset: int = 0,
) -> Page:
    """One page of a `Search` over these indexes, of which no more are taken than it needs."""
    state = Search(query, own_sections=own_sections, own=own, limit=limit, offset=offset)
    if not state.enough:
        for directory in directories:
            if state.add(directory):
                break
    return state.page()
