"""The rooms of an organisation: a Space with a room per section, and in them whoever is posted there today.

What is true is compared with what should be, and a part of the difference is made good at each call: interrupted or
repeated, it comes to the same end. People whom others invited are left where they are.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen
from kairan.organizations import Organization, OrganizationKey, Section, SectionKey, in_tree_order, section_path
from kairan.people import UserID, today

from kairan_modules.rooms import BELONGS_TO
from kairan_modules.store import RegistryStore
from kairan_modules.store.writes import remember_memberships, remember_room
from kairan_modules.synapse_bulk import Member, RoomSpec, create_rooms, find_rooms, set_memberships, set_state
from kairan_modules.synapse_compat import (
    ModuleApi,
    avatar_urls,
    banned_members,
    homeserver,
    inactive_accounts,
    parsed_user_id,
    room_members,
)

_SPACE = "m.space"
_FIRST_MEMBERS = 80
"""How many people a new room is made with; more come in like those who come later."""

_ORDER_DIGITS = 6


@frozen
class Place:
    """A room that should be: its section, None for the organisation's Space, and who should be in it by what name."""

    section: SectionKey | None
    name: str
    topic: str
    members: Mapping[UserID, str]


@frozen
class Difference:
    """What one room lacks. Without a `room_id` the room itself."""

    place: Place
    room_id: str | None
    joins: Sequence[UserID]
    leaves: Sequence[UserID]
    unrecorded: Sequence[UserID] = field(factory=list)
    """Members as wanted of whom we have no note yet, because something died in between."""

    @property
    def size(self) -> int:
        """How many changes it is, counting the room as one."""
        return (self.room_id is None) + len(self.joins) + len(self.leaves)


@frozen
class Changes:
    """Numbers of rooms, joins and leaves, made or to be made."""

    rooms: int = 0
    joins: int = 0
    leaves: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.rooms + other.rooms, self.joins + other.joins, self.leaves + other.leaves)

    @property
    def total(self) -> int:
        """All of them."""
        return self.rooms + self.joins + self.leaves


class OrganizationRooms:
    """Compares and makes good. Only the main process may, one call at a time."""

    def __init__(self, api: ModuleApi, store: RegistryStore, bot: str) -> None:
        self._api = api
        self._store = store
        self._bot = parsed_user_id(bot)
        self._adopted = False

    async def outstanding(self, organization: OrganizationKey) -> Changes:
        """What `reconcile` would still do."""
        changes = Changes()
        for difference in await self._differences(organization):
            changes += _changes(difference)
        return changes

    async def reconcile(self, organization: OrganizationKey, budget: int) -> tuple[Changes, int]:
        """Make at most about `budget` changes. Returns those made and how many remain."""
        await self._adopt()
        done, remaining = Changes(), 0
        parts: list[Difference] = []
        for difference in await self._differences(organization):
            remaining += difference.size
            if done.total < budget and (difference.size or difference.unrecorded):
                parts.append(part := _part_of(difference, budget - done.total))
                done += _changes(part)
                remaining -= part.size
        # The Space first: the others name it as their parent, and are made together.
        missing = [part for part in parts if part.room_id is None]
        spaces = [part for part in missing if part.place.section is None]
        for together in (spaces, [part for part in missing if part.place.section is not None]):
            await self._make_rooms(organization, together)
        for part in parts:
            if part.room_id is not None:
                await self._make_good(part.room_id, part)
        if not remaining:
            await self._describe(organization)
        return done, remaining

    async def _places(self, key: OrganizationKey) -> list[Place]:
        organization = (await self._store.organizations()).by_key[key]
        sections = await self._store.sections(key)
        entries = (await self._store.directory(key, today())).entries
        # An operator may have closed an account while the register still shows the person.
        inactive = await inactive_accounts(self._api, {entry.user_id for entry in entries})
        members: dict[SectionKey | None, dict[UserID, str]] = {}
        for entry in entries:
            if entry.user_id in inactive:
                continue
            members.setdefault(None, {})[entry.user_id] = entry.display_name
            if entry.section is not None:
                members.setdefault(entry.section, {})[entry.user_id] = entry.display_name
        places = [Place(None, organization.name, "", members.get(None, {}))]
        for _, section in in_tree_order(sections):
            topic = _topic(organization, section, sections)
            places.append(Place(section.key, section.name, topic, members.get(section.key, {})))
        return places

    async def _differences(self, organization: OrganizationKey) -> list[Difference]:
        rooms = await self._store.rooms(organization)
        places = await self._places(organization)
        known = {place.section for place in places}
        # The room of a section that is gone stays, for what was said in it, but nobody is kept there.
        gone = [Place(section, "", "", {}) for section in rooms if section not in known]
        return [await self._difference(place, rooms.get(place.section)) for place in [*places, *gone]]

    async def _difference(self, place: Place, room_id: str | None) -> Difference:
        if room_id is None:
            return Difference(place, None, joins=list(place.members), leaves=[])
        present = await room_members(self._api, room_id)
        banned = await banned_members(self._api, room_id)
        provisioned = await self._store.provisioned_members(room_id)
        return Difference(
            place,
            room_id,
            # Whom a moderator has banned stays out, whatever the posting says.
            joins=[who for who, name in place.members.items() if present.get(who, "") != name and who not in banned],
            leaves=[UserID(who) for who in sorted(provisioned) if who not in place.members and who in present],
            unrecorded=[who for who in place.members if who in present and who not in provisioned],
        )

    async def _adopt(self) -> None:
        # A room comes into being whole, but the process may have died before it noted it. So once a start will do.
        if self._adopted:
            return
        self._adopted = True
        for room_id, content in (await find_rooms(homeserver(self._api), self._bot, BELONGS_TO)).items():
            key, section = content.get("organization"), content.get("section")
            if isinstance(key, str) and section not in await self._store.rooms(OrganizationKey(key)):
                await self._remember(room_id, OrganizationKey(key), section)

    async def _make_rooms(self, organization: OrganizationKey, missing: Sequence[Difference]) -> None:
        specs = [await self._spec(organization, each.place, await self._members(each)) for each in missing]
        made = await create_rooms(homeserver(self._api), specs, sender=self._bot)
        for room_id, each in zip(made, missing, strict=True):
            await self._remember(room_id, organization, each.place.section)
            await self._remember_members(room_id, each)

    async def _make_good(self, room_id: str, difference: Difference) -> None:
        if difference.joins or difference.leaves:
            members = await self._members(difference)
            await set_memberships(homeserver(self._api), room_id, members, difference.leaves, sender=self._bot)
        await self._remember_members(room_id, difference)

    async def _members(self, difference: Difference) -> list[Member]:
        avatars = await avatar_urls(self._api, difference.joins)
        return [Member(who, difference.place.members[who], avatars.get(who)) for who in difference.joins]

    async def _remember_members(self, room_id: str, difference: Difference) -> None:
        await self._api.run_db_interaction(
            "kairan_remember_memberships",
            remember_memberships,
            room_id,
            [*difference.joins, *difference.unrecorded],
            difference.leaves,
        )

    async def _remember(self, room_id: str, organization: OrganizationKey, section: SectionKey | None) -> None:
        await self._api.run_db_interaction("kairan_remember_room", remember_room, room_id, organization, section)

    async def _spec(self, organization: OrganizationKey, place: Place, members: Sequence[Member]) -> RoomSpec:
        belongs = {"organization": organization, **({"section": place.section} if place.section else {})}
        space = (await self._store.rooms(organization)).get(None)
        parent = [("m.space.parent", space, {"via": [self._api.server_name], "canonical": True})] if space else []
        return RoomSpec(
            name=place.name,
            topic=place.topic or None,
            room_type=None if place.section else _SPACE,
            power_levels={} if place.section else {"events_default": 100},
            state=[(BELONGS_TO, "", belongs), *parent],
            members=members,
        )

    async def _describe(self, organization: OrganizationKey) -> None:
        """Names, topics and the Space's list of its rooms follow the declaration."""
        rooms = await self._store.rooms(organization)
        places = await self._places(organization)
        for place in places:
            state: list[tuple[str, str, Mapping[str, object]]] = [("m.room.name", "", {"name": place.name})]
            if place.topic:
                state.append(("m.room.topic", "", {"topic": place.topic}))
            await set_state(homeserver(self._api), rooms[place.section], state, sender=self._bot)
        order = {place.section: number for number, place in enumerate(places)}
        children = [
            (
                "m.space.child",
                room_id,
                {"via": [self._api.server_name], "order": str(order[section]).zfill(_ORDER_DIGITS)}
                if section in order
                else {},
            )
            for section, room_id in rooms.items()
            if section is not None
        ]
        await set_state(homeserver(self._api), rooms[None], children, sender=self._bot)


def _topic(organization: Organization, section: Section, sections: Mapping[SectionKey, Section]) -> str:
    return " ".join([organization.name, *(step.name for step in section_path(section.key, sections))])


def _changes(difference: Difference) -> Changes:
    return Changes(rooms=int(difference.room_id is None), joins=len(difference.joins), leaves=len(difference.leaves))


def _part_of(difference: Difference, budget: int) -> Difference:
    """As much of it as the budget allows; a room is made with its first members or not at all."""
    left = budget - (difference.room_id is None)
    joins = difference.joins[: min(left, _FIRST_MEMBERS) if difference.room_id is None else left]
    leaves = difference.leaves[: left - len(joins)]
    return Difference(difference.place, difference.room_id, joins, leaves, difference.unrecorded)
