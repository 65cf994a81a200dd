"""The JSON of the modules' REST API (docs/rest.md) and the types that it stands for."""

import datetime
from collections.abc import Mapping
from typing import Any

import cattrs
from attrs import field, frozen
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from kairan.organizations import Organization, Section, in_tree_order
from kairan.people import TOKYO, Person, Posting
from kairan.policy import OrganizationPolicy, parse_policy, policy_data

from kairan_provisioning.declaration import DeclaredOrganization


@frozen
class KnownPerson:
    """A person as the server has them."""

    person: Person
    display_name: str
    locked: bool


@frozen
class Counts:
    """How many rooms are made, and how many people join and leave rooms."""

    rooms: int = 0
    joins: int = 0
    leaves: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.rooms + other.rooms, self.joins + other.joins, self.leaves + other.leaves)

    def __bool__(self) -> bool:
        return bool(self.rooms or self.joins or self.leaves)


@frozen
class RoomsDone:
    """What one `POST /provision/rooms` did, and how many changes it left for the next."""

    counts: Counts
    remaining: int


@frozen
class PeopleDone:
    """How many people of a batch were new, different, or as declared already."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


@frozen
class Link:
    """An activation link: `path` is the same below the address of either side's pages, `expires` its last day."""

    localpart: str
    name: str
    path: str = field(repr=False)
    expires: datetime.date


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_unstructure_hook(datetime.date, lambda day: day.isoformat())
    converter.register_structure_hook(datetime.date, lambda text, _: datetime.date.fromisoformat(text))
    converter.register_unstructure_hook(frozenset, sorted)
    converter.register_unstructure_hook(OrganizationPolicy, policy_data)
    converter.register_structure_hook(OrganizationPolicy, lambda data, _: parse_policy(data))
    for cls, name in ((Organization, "organization"), (Section, "section")):
        renamed = override(rename=name)
        converter.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, converter, key=renamed))
        converter.register_structure_hook(cls, make_dict_structure_fn(cls, converter, key=renamed))
    converter.register_unstructure_hook(Posting, make_dict_unstructure_fn(Posting, converter))
    return converter


_CONVERTER = _converter()


def organization_to_json(declared: DeclaredOrganization) -> dict[str, Any]:
    """A *declared organisation*, its sections in tree order."""
    organization: dict[str, Any] = _CONVERTER.unstructure(declared.organization)
    organization["opens_to"] = sorted(declared.organization.opens_to)
    organization["sections"] = [_CONVERTER.unstructure(s) for _, s in in_tree_order(declared.sections)]
    return organization


def organization_from_json(data: Mapping[str, Any]) -> DeclaredOrganization:
    """Read a *declared organisation*; any exception means that it is none."""
    sections = [_CONVERTER.structure(section, Section) for section in data["sections"]]
    return DeclaredOrganization(_CONVERTER.structure(data, Organization), {s.key: s for s in sections})


def person_to_json(person: Person, first_password: str | None = None) -> dict[str, Any]:
    """A *declared person*."""
    data: dict[str, Any] = {
        "localpart": person.localpart,
        "name": person.name,
        "kana": person.kana,
        "postings": [_CONVERTER.unstructure(posting) for posting in person.postings],
    }
    if first_password is not None:
        data["first_password"] = first_password
    return data


def person_from_json(data: Mapping[str, Any]) -> KnownPerson:
    """Read a *declared person* as `GET` answers it; any exception means that it is none."""
    return KnownPerson(
        _CONVERTER.structure(data, Person), str(data.get("display_name", "")), bool(data.get("locked", False))
    )


def counts_from_json(data: Mapping[str, Any]) -> Counts:
    """Read rooms, joins and leaves."""
    return Counts(int(data["rooms"]), int(data["joins"]), int(data["leaves"]))


def links_from_json(data: Mapping[str, Any]) -> list[Link]:
    """Read what `POST /provision/activations` answers."""
    expires = datetime.datetime.fromtimestamp(int(data["expires_ts"]) / 1000, TOKYO).date()
    return [Link(str(key), str(data["names"][key]), str(path), expires) for key, path in data["links"].items()]
