"""Rooms made in one transaction each, and their state.

Relies on, in Synapse 1.163: `RoomWorkerStore.store_room` and, for `find_rooms`, the tables `rooms`,
`local_current_membership` and `current_state_events`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen
from synapse.api.constants import EventTypes, JoinRules
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.server import HomeServer
from synapse.storage.database import LoggingTransaction
from synapse.types import JsonDict, RoomIdWithDomain, UserID
from synapse.util.async_helpers import yieldable_gather_results
from synapse.util.stringutils import random_string

from .batch import BATCH, Batch, announce, continue_room, new_room
from .memberships import MOST_EVENTS, Member, add_join, set_memberships

BY_PROVISIONING: Final[Mapping[str, Any]] = {"join_rule": JoinRules.RESTRICTED, "allow": []}
"""Who may come in: whoever is invited, and whom provisioning lets in.

A `restricted` rule that allows the members of no room. By it nobody can join on their own, neither here nor over
federation: the server that is asked finds no room that they would have to be in. But a join that names a member who
may invite in `join_authorised_via_users_server` is valid on every server (room versions 8 and later), so that
provisioning needs one event for each member, now or in ten years, and no invitation before it.
"""

_POWER_LEVELS: Final[Mapping[str, Any]] = {
    "users_default": 0,
    "events_default": 0,
    "state_default": 50,
    "ban": 50,
    "kick": 50,
    "redact": 50,
    "invite": 50,
    "historical": 100,
    "events": {
        EventTypes.Name: 50,
        EventTypes.RoomAvatar: 50,
        EventTypes.CanonicalAlias: 50,
        EventTypes.PowerLevels: 100,
        EventTypes.RoomHistoryVisibility: 100,
        EventTypes.Tombstone: 100,
        EventTypes.ServerACL: 100,
        EventTypes.RoomEncryption: 100,
    },
}
"""Synapse's own for a new room."""


_AT_ONCE: Final = 8

_NONCE: Final = "jp.kairan.nonce"


@frozen
class RoomSpec:
    """A room to be made."""

    name: str
    topic: str | None = None
    room_type: str | None = None
    """`m.space`, or None for an ordinary room."""
    room_version: str | None = None
    """None is the server's default; 8 or later."""
    join_rule: Mapping[str, Any] = field(factory=lambda: BY_PROVISIONING)
    history_visibility: str = "shared"
    power_levels: Mapping[str, Any] = field(factory=dict)
    """What differs from Synapse's own for a new room, by top-level key. The creator is seen to."""
    state: Sequence[tuple[str, str, Mapping[str, Any]]] = ()
    """Further state: type, state key, content."""
    members: Sequence[Member] = ()
    """Local users who are in it from the beginning, apart from its creator."""
    published: bool = False
    """Whether it is in the server's room directory."""


async def create_rooms(hs: HomeServer, rooms: Sequence[RoomSpec], *, sender: UserID) -> list[str]:
    """Make rooms as `sender`, a local account, and return their IDs in the same order.

    A room appears with all its state and its first members in one transaction: interrupted, it is there as it
    should be, or not at all. Only members beyond the first 46 may be missing then, and `set_memberships` adds
    them. So to repeat it, look first for what is there by something that `state` says in each room: `find_rooms`.
    """
    profile = await hs.get_datastores().main.get_profileinfo(sender)
    creator = Member(sender.to_string(), profile.display_name, profile.avatar_url)
    made = []
    for start in range(0, len(rooms), _AT_ONCE):
        specs = rooms[start : start + _AT_ONCE]
        batches = [await _new_room(hs, spec, creator) for spec in specs]
        await _store_rooms(hs, creator, specs, batches)
        await yieldable_gather_results(Batch.persist, batches)
        await announce(hs, batches)
        for spec, batch in zip(specs, batches, strict=True):
            rest = [member for member in spec.members if batch.membership(member.user_id) is None]
            if rest:
                await set_memberships(hs, batch.room_id, rest, (), sender=sender)
            made.append(batch.room_id)
    return made


async def find_rooms(hs: HomeServer, creator: UserID, event_type: str) -> dict[str, JsonDict]:
    """The rooms that `creator` made and is in, with the content of their state of a type (with an empty state key).

    Rooms without one are left out.
    """
    store = hs.get_datastores().main

    def select(txn: LoggingTransaction) -> list[tuple[str, str]]:
        txn.execute(
            """
            SELECT state.room_id, state.event_id
            FROM local_current_membership AS own
            INNER JOIN rooms ON rooms.room_id = own.room_id AND rooms.creator = own.user_id
            INNER JOIN current_state_events AS state
                ON state.room_id = own.room_id AND state.type = ? AND state.state_key = ''
            WHERE own.user_id = ? AND own.membership = 'join'
            """,
            (event_type, creator.to_string()),
        )
        return [(room_id, event_id) for room_id, event_id in txn]

    rows = await store.db_pool.runInteraction("kairan_find_rooms", select)
    events = await store.get_events([event_id for _, event_id in rows])
    return {room_id: dict(events[event_id].content) for room_id, event_id in rows if event_id in events}


async def set_state(
    hs: HomeServer, room_id: str, state: Iterable[tuple[str, str, Mapping[str, Any]]], *, sender: UserID
) -> int:
    """Make state of a room true: type, state key and content of each. What is so already is not sent again.

    Memberships are for `set_memberships`. Returns how many events it took.

    Raises:
        AuthError: the room does not let `sender` do that.
        LookupError: there is no such room here.
    """
    wanted = list(state)
    sent = 0
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        keys = {(event_type, state_key) for event_type, state_key, _ in part}
        batch = await continue_room(hs, room_id, {*keys, (EventTypes.Member, sender.to_string())})
        for event_type, state_key, content in part:
            now = batch.state.get((event_type, state_key))
            if now is None or dict(now.content) != dict(content):
                await batch.add(sender.to_string(), event_type, state_key, content)
        await batch.persist()
        await announce(hs, [batch])
        sent += len(batch.events)
    return sent


async def _new_room(hs: HomeServer, spec: RoomSpec, creator: Member) -> Batch:
    version = hs.config.server.default_room_version
    if spec.room_version is not None:
        version = KNOWN_ROOM_VERSIONS[spec.room_version]
    content: dict[str, Any] = {"room_version": version.identifier}
    if spec.room_type is not None:
        content["type"] = spec.room_type
    if not version.implicit_room_creator:
        content["creator"] = creator.user_id
    if version.msc4291_room_ids_as_hashes:
        # The room's ID is the hash of this event, which would otherwise be that of another room of the same moment.
        room_id, content[_NONCE] = None, random_string(18)
    else:
        room_id = RoomIdWithDomain(random_string(18), hs.hostname).to_string()
    batch = new_room(hs, version, room_id)
    await batch.add(creator.user_id, EventTypes.Create, "", content)
    await _first_state(batch, spec, creator)
    for member in spec.members[: (BATCH - len(batch.events)) // MOST_EVENTS]:
        await add_join(batch, member, creator.user_id)
    return batch


async def _store_rooms(hs: HomeServer, creator: Member, specs: Sequence[RoomSpec], batches: Sequence[Batch]) -> None:
    """Write what has to be there before a room's first event: its row, as `store_room` does, and its state groups."""
    db_pool = hs.get_datastores().main.db_pool

    def store(txn: LoggingTransaction) -> None:
        db_pool.simple_insert_many_txn(
            txn,
            "rooms",
            ("room_id", "creator", "is_public", "room_version", "has_auth_chain_index"),
            [
                (batch.room_id, creator.user_id, spec.published, batch.version.identifier, True)
                for spec, batch in zip(specs, batches, strict=True)
            ],
        )
        for batch in batches:
            batch.store_state_groups_txn(txn)

    await db_pool.runInteraction("kairan_store_rooms", store)


async def _first_state(batch: Batch, spec: RoomSpec, creator: Member) -> None:
    power_levels = {**_POWER_LEVELS, **spec.power_levels}
    if batch.version.msc4289_creator_power_enabled:
        # The creator stands above all levels and must not be named.
        events = {**power_levels["events"], EventTypes.Tombstone: 150}
        power_levels["events"] = events
    else:
        power_levels["users"] = {creator.user_id: 100, **power_levels.get("users", {})}
    state: list[tuple[str, str, Mapping[str, Any]]] = [
        (EventTypes.Member, creator.user_id, creator.content()),
        (EventTypes.PowerLevels, "", power_levels),
        (EventTypes.JoinRules, "", spec.join_rule),
        (EventTypes.RoomHistoryVisibility, "", {"history_visibility": spec.history_visibility}),
        *spec.state,
        (EventTypes.Name, "", {"name": spec.name}),
    ]
    if spec.topic is not None:
        state.append((EventTypes.Topic, "", {"topic": spec.topic}))
    for event_type, state_key, content in state:
        await batch.add(creator.user_id, event_type, state_key, content)
