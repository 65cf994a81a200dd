"""State events of one room, made and persisted many at a time.

Relies on, in Synapse 1.163:

- `EventBuilder.build`, `EventAuthHandler.compute_auth_events` and the checks of `synapse.event_auth`: how an event is
  made, signed and authorised
- `EventsPersistenceStorageController.persist_events`, which takes the new current state from `state_group_deltas` of
  the contexts, or reads it from the state group of the last event
- the tables `state_groups`, `state_group_edges`, `state_groups_state` as `store_state_deltas_for_batched` writes them
- `EventCreationHandler.send_events`, where another process writes the room
- `Notifier.on_new_room_events`: clients, federation, application services, background jobs

Left out of what `handle_new_client_event` does, all of it of no effect for state that a server sets: callbacks of
third-party rules, rate limits, push actions (none of the standard push rules notifies of these events), and
deduplication (the callers send only what changes something).
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import frozen
from synapse.api.constants import EventTypes, Membership
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS, RoomVersion
from synapse.event_auth import (
    check_state_dependent_auth_rules,
    check_state_independent_auth_rules,
    validate_event_for_room_version,
)
from synapse.events import EventBase
from synapse.events.snapshot import EventContext, EventPersistencePair
from synapse.events.validator import EventValidator
from synapse.server import HomeServer
from synapse.storage.database import LoggingTransaction, make_tuple_in_list_sql_clause
from synapse.storage.databases.state.bg_updates import MAX_STATE_DELTA_HOPS
from synapse.types import JsonDict, PersistedEventPosition, StateMap, UserID, create_requester
from synapse.types.state import StateFilter
from synapse.util.distributor import user_left_room

_T = TypeVar("_T")

StateKey = tuple[str, str]
"""Type and state key of a state event."""

BATCH: Final = 100
"""Events per transaction. `persist_events` cuts longer ones at this length, and then reads more than it is told."""

AUTH_STATE: Final[frozenset[StateKey]] = frozenset(
    {(EventTypes.Create, ""), (EventTypes.PowerLevels, ""), (EventTypes.JoinRules, "")}
)
"""The state besides memberships that decides whether an event is allowed."""


@frozen
class Place:
    """Where in a room's graph a batch goes."""

    prev_events: Sequence[str]
    depth: int
    state_group: int | None
    """The state group there; None for a room that has no events yet."""
    federated: bool = False
    """Whether other servers are in the room there."""


class Batch:
    """State events that follow each other: built, signed and authorised as they are added, then persisted at once.

    A batch is used once, and by nobody else in the meantime.
    """

    def __init__(
        self,
        hs: HomeServer,
        version: RoomVersion,
        room_id: str | None,
        place: Place,
        state: Mapping[StateKey, EventBase],
    ) -> None:
        """
        Args:
            room_id: None where the first event, the create event, is to decide it (room version 12)
            state: what is known of the room's state: at least `AUTH_STATE`, and memberships of all who will be in
                the batch
        """
        if version.msc4242_state_dags:
            raise NotImplementedError(f"room version {version.identifier} is not known here")
        self.version: Final = version
        self.events: Final[list[EventBase]] = []
        self.state: Final[dict[StateKey, EventBase]] = dict(state)
        self._hs = hs
        self._room_id = room_id
        self._place = place
        self._prev_events = list(place.prev_events)
        self._depth = place.depth
        self._state_ids = {key: event.event_id for key, event in state.items()}
        self._by_id = {event.event_id: event for event in state.values()}
        self._validator = EventValidator()
        self._groups: list[int] | None = None
        """The state group before the batch, then the one after each event, when they are stored."""

    @property
    def room_id(self) -> str:
        """The room's ID. Room version 12 has none before the create event."""
        return self._room_id if self._room_id is not None else self.events[0].room_id

    def membership(self, user_id: str) -> str | None:
        """The membership of a user as it will be after the batch, None for none."""
        event = self.state.get((EventTypes.Member, user_id))
        return None if event is None else event.membership

    async def add(self, sender: str, event_type: str, state_key: str, content: Mapping[str, Any]) -> None:
        """Add an event that `sender`, a local user, sends.

        Raises:
            AuthError: the room does not let `sender` do that. The batch is as before.
        """
        event_dict: JsonDict = {"type": event_type, "state_key": state_key, "sender": sender, "content": dict(content)}
        if self._room_id is not None or self.events:
            event_dict["room_id"] = self.room_id
        builder = self._hs.get_event_builder_factory().for_room_version(self.version, event_dict)
        event = await builder.build(
            prev_event_ids=list(self._prev_events),
            auth_event_ids=self._hs.get_event_auth_handler().compute_auth_events(builder, self._state_ids),
            depth=self._depth,
        )
        # As the federation sender would find for each event on its own: there is nobody to send it to.
        event.internal_metadata.proactively_send = self._place.federated
        key = (event_type, state_key)
        if key in self._state_ids:
            event.unsigned["replaces_state"] = self._state_ids[key]
        await self._check(event)
        self.events.append(event)
        self.state[key] = event
        self._state_ids[key] = event.event_id
        self._by_id[event.event_id] = event
        self._prev_events = [event.event_id]
        self._depth = event.depth + 1

    async def persist(self) -> None:
        """Write the events. All of them are in the database then or, after an exception, none. Then `announce` it."""
        if not self.events:
            return
        handler = self._hs.get_event_creation_handler()
        store = self._hs.get_datastores().main
        if self._groups is None:
            await self._store_state_groups()
        pairs = self._with_contexts()
        writer = self._hs.config.worker.events_shard_config.get_instance(self.room_id)
        if writer != self._hs.get_instance_name():
            sent = await handler.send_events(
                instance_name=writer,
                events_and_context=pairs,
                store=store,
                requester=create_requester(self.events[0].sender, authenticated_entity=self._hs.hostname),
                ratelimit=False,
                extra_users=[],
            )
            await self._hs.get_replication_data_handler().wait_for_stream_position(writer, "events", sent["stream_id"])
            return
        await _known(self._hs.get_storage_controllers().persistence).persist_events(pairs)

    async def _check(self, event: EventBase) -> None:
        # Its check of power levels takes 10 ms, so it sees the same ones once only.
        if event.type != EventTypes.PowerLevels or _is_new(event):
            self._validator.validate_new(event, self._hs.config)
        validate_event_for_room_version(event)
        auth_events = {event_id: self._by_id[event_id] for event_id in event.auth_event_ids()}
        # With all of them at hand it reads nothing.
        await check_state_independent_auth_rules(self._hs.get_datastores().main, event, auth_events)
        check_state_dependent_auth_rules(event, auth_events.values())

    async def _store_state_groups(self) -> None:
        """Store the state after each event."""
        db_pool = self._hs.get_datastores().state.db_pool
        if not await db_pool.runInteraction("kairan_store_state_groups", self.store_state_groups_txn):
            # The chain of differences has become long: begin a new one with the full state.
            full = await self._hs.get_storage_controllers().state.get_state_ids_for_group(
                _known(self._place.state_group)
            )
            await db_pool.runInteraction("kairan_store_state_groups", self.store_state_groups_txn, full)

    def store_state_groups_txn(self, txn: LoggingTransaction, full: StateMap[str] | None = None) -> bool:
        """Store the state after each event.

        Args:
            full: the whole state before the batch, to be stored again so that reading it takes one step

        Returns:
            False if nothing was stored because reading the state before takes too many steps: `full` is needed.
        """
        stores = self._hs.get_datastores()
        state, db_pool = stores.state, stores.state.db_pool
        before = self._place.state_group
        if before is not None:
            if stores.state_deletion._check_state_groups_and_bump_deletion_txn(txn, {before}):
                raise RuntimeError(f"state group {before} of {self.room_id} is gone")
            if full is None and state._count_state_group_hops_txn(txn, before) >= MAX_STATE_DELTA_HOPS:
                return False
        # A new room has a group of its own for the state before it was created, which is empty.
        fresh = before is None or full is not None
        numbers = state._state_group_seq_gen.get_next_mult_txn(txn, len(self.events) + fresh)
        origins = [self.events[0], *self.events] if fresh else self.events
        base, *groups = numbers if fresh else [_known(before), *numbers]
        rows = [(base, self.room_id, *key, event_id) for key, event_id in (full or {}).items()]
        edges = []
        for index, group in enumerate(groups):
            # The last group, from which the room goes on, is one step from where the batch began, so that reading it
            # takes a step for each batch and not, as after stock Synapse's batches, one for each event.
            last = index == len(groups) - 1
            edges.append((group, base if last or index == 0 else groups[index - 1]))
            delta = _delta(self.events if last else [self.events[index]])
            rows += [(group, self.room_id, *key, event_id) for key, event_id in delta.items()]
        values = [(group, self.room_id, event.event_id) for group, event in zip(numbers, origins, strict=True)]
        db_pool.simple_insert_many_txn(txn, "state_groups", ("id", "room_id", "event_id"), values)
        db_pool.simple_insert_many_txn(txn, "state_group_edges", ("state_group", "prev_state_group"), edges)
        columns = ("state_group", "room_id", "type", "state_key", "event_id")
        db_pool.simple_insert_many_txn(txn, "state_groups_state", columns, rows)
        self._groups = [base if before is None else before, *groups]
        return True

    def _with_contexts(self) -> list[EventPersistencePair]:
        groups = _known(self._groups)
        pairs = []
        for event, before, after in zip(self.events, groups, groups[1:], strict=False):
            delta = _delta([event])
            context = EventContext.with_state(
                storage=self._hs.get_storage_controllers(),
                state_group=after,
                state_group_before_event=before,
                state_delta_due_to_event=delta,
                partial_state=False,
                # What a batch does to the current state is looked up by its first and last group.
                state_group_deltas={(groups[0], after): _delta(self.events)}
                if after == groups[-1]
                else {(before, after): delta},
            )
            pairs.append((event, context))
        return pairs


def _delta(events: Sequence[EventBase]) -> StateMap[str]:
    return {(event.type, event.state_key): event.event_id for event in events}


def _known(value: _T | None) -> _T:
    if value is None:
        raise RuntimeError("used out of turn")
    return value


_checked_power_levels: set[str] = set()


def _is_new(event: EventBase) -> bool:
    """Whether power levels are other than any that were checked lately."""
    content = json.dumps(event.get_dict()["content"], sort_keys=True)
    if content in _checked_power_levels:
        return False
    if len(_checked_power_levels) >= 100:
        _checked_power_levels.clear()
    _checked_power_levels.add(content)
    return True


async def continue_room(hs: HomeServer, room_id: str, keys: Collection[StateKey]) -> Batch:
    """A batch that goes on from a room's newest events, knowing `AUTH_STATE` and the current state of `keys`.

    Raises:
        LookupError: there is no such room here, or not all of it.
    """
    store = hs.get_datastores().main
    found = await store.db_pool.runInteraction(
        "kairan_continue_room", _situation_txn, hs.hostname, room_id, AUTH_STATE | set(keys)
    )
    if found is None or await store.is_partial_state_room(room_id):  # type: ignore[misc, arg-type, call-arg]
        raise LookupError(f"{room_id} is not a room that this server has the whole of")
    version, place, state_ids = found
    if place.state_group is None:
        # Several newest events: somebody else sent at the same moment, and the state there has to be resolved.
        place, state_ids = await _resolved(hs, room_id, AUTH_STATE | set(keys))
    events = await store.get_events(state_ids.values())
    state = {key: events[event_id] for key, event_id in state_ids.items()}
    return Batch(hs, KNOWN_ROOM_VERSIONS[version], room_id, place, state)


def _situation_txn(
    txn: LoggingTransaction, hostname: str, room_id: str, keys: Collection[StateKey]
) -> tuple[str, Place, StateMap[str]] | None:
    """Room version, place and current state, all of one moment. No state group if there is not one newest event."""
    txn.execute("SELECT room_version FROM rooms WHERE room_id = ?", (room_id,))
    room = txn.fetchone()
    txn.execute(
        """
        SELECT events.event_id, events.depth, event_to_state_groups.state_group
        FROM event_forward_extremities AS newest
        INNER JOIN events ON events.event_id = newest.event_id
        INNER JOIN event_to_state_groups ON event_to_state_groups.event_id = newest.event_id
        WHERE newest.room_id = ?
        """,
        (room_id,),
    )
    newest = txn.fetchall()
    if room is None or not newest:
        return None
    clause, arguments = make_tuple_in_list_sql_clause(txn.database_engine, ("type", "state_key"), list(keys))
    txn.execute(
        f"SELECT type, state_key, event_id FROM current_state_events WHERE room_id = ? AND {clause}",  # noqa: S608
        (room_id, *arguments),
    )
    state: StateMap[str] = {(event_type, state_key): event_id for event_type, state_key, event_id in txn}
    txn.execute(
        """
        SELECT 1 FROM current_state_events
        WHERE room_id = ? AND type = 'm.room.member' AND membership = 'join' AND state_key NOT LIKE ? ESCAPE '!'
        LIMIT 1
        """,
        (room_id, "%:" + re.sub("([!%_])", r"!\1", hostname)),
    )
    federated = txn.fetchone() is not None
    depth = max(row[1] for row in newest) + 1
    group = newest[0][2] if len(newest) == 1 else None
    return room[0], Place([row[0] for row in newest], depth, group, federated), state


async def _resolved(hs: HomeServer, room_id: str, keys: Collection[StateKey]) -> tuple[Place, StateMap[str]]:
    stores, controller = hs.get_datastores(), hs.get_storage_controllers().state
    prev_events = await stores.main.get_prev_events_for_room(room_id)
    entry = await hs.get_state_handler().resolve_state_groups_for_events(room_id, prev_events)
    group = entry.state_group
    if group is None:
        full = await entry.get_state(controller, StateFilter.all())
        group = await stores.state.store_state_group(prev_events[0], room_id, None, None, full)
    _, depth = await stores.main.get_max_depth_of(prev_events)
    state = await entry.get_state(controller, StateFilter.from_types(keys))
    return Place(prev_events, depth + 1, group, federated=True), state


def new_room(hs: HomeServer, version: RoomVersion, room_id: str | None) -> Batch:
    """A batch that begins with a create event."""
    return Batch(hs, version, room_id, Place((), 1, None), {})


async def announce(hs: HomeServer, batches: Sequence[Batch]) -> None:
    """Wake whoever waits for events: clients, federation, application services, background jobs.

    Once for many rooms, because each of them has a transaction or two of its own to do then. Nobody misses anything
    if it does not happen: the next event in any room wakes them too, and they go on from where they were.
    """
    positions = []
    for batch in batches:
        writer = hs.config.worker.events_shard_config.get_instance(batch.room_id)
        for event in batch.events if writer == hs.get_instance_name() else ():
            ordering = event.internal_metadata.stream_ordering
            if ordering is not None:
                positions.append((event, PersistedEventPosition(writer, ordering)))
            if event.type == EventTypes.Member and event.membership == Membership.LEAVE:
                # Who was typing no longer is.
                user_left_room(hs.get_distributor(), UserID.from_string(event.state_key), batch.room_id)
    if positions:
        await hs.get_notifier().on_new_room_events(positions, hs.get_datastores().main.get_room_max_token())
