"""A declaration: the organisations, sections and people that a folder's rows say there are."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from attrs import field, frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey
from kairan.people import Person

from kairan_provisioning.columns import Kind
from kairan_provisioning.mistakes import BadValueError, Mistake, Place, mistake
from kairan_provisioning.rows import Row

T = TypeVar("T")


@frozen
class DeclaredOrganization:
    """An organisation with all its sections."""

    organization: Organization
    sections: Mapping[SectionKey, Section] = field(factory=dict)


@frozen
class Declaration:
    """What a folder declares. People are by staff number, their main posting first."""

    organizations: Mapping[OrganizationKey, DeclaredOrganization] = field(factory=dict)
    people: Mapping[str, Person] = field(factory=dict)


class Mistakes:
    """Collects the mistakes found while rows are read."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def read(self, row: Row, kind: Kind, column: str, parse: Callable[[str], T]) -> T | None:
        """The value of a column; None, and a mistake noted, where it cannot be read."""
        try:
            return parse(row.text(column))
        except BadValueError as error:
            self.note(row, kind, column, error.japanese, error.english)
            return None

    def note(self, row: Row, kind: Kind, column: str, japanese: str, english: str) -> None:
        """Note a mistake in a column of a row; the message says which column."""
        named = kind.column(column)
        self.found.append(
            mistake(row.place(column), row.text(column), f"{named.japanese}：{japanese}", f"{named.name}: {english}")
        )


def where(place: Place) -> str:
    """A place as another message mentions it."""
    return f"{place.path}:{place.line}"


def first_of(rows: Iterable[Row], column: str) -> Row:
    """Of several rows the one whose column stands first."""
    return min(rows, key=lambda row: row.place(column))
