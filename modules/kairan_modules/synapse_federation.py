"""The private parts of Synapse that federation needs, under the rule of `synapse_compat.py`. Known good: 1.163.

Each name here has a contract test in `tests/homeserver/test_synapse_federation.py`.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from synapse.federation.transport.server import TransportLayerServer
from synapse.types.state import StateFilter

from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    create_requester,
    homeserver,
    parsed_user_id,
)

__all__ = [
    "TransportLayerServer",
    "guard_remote_joins",
    "leave_room",
    "listens_for",
    "room_is_encrypted",
    "summary_says_encrypted",
]

_logger = logging.getLogger(__name__)

_ENCRYPTION = ("m.room.encryption", "")

Joined = tuple[str, int]
"""The ID of the join event and its place in the stream."""

RemoteJoinGuard = Callable[[Sequence[str], str, str, Callable[[], Awaitable[Joined]]], Awaitable[Joined]]
"""Takes the servers to ask, the room and the user who wants to join, and what makes the join."""


def guard_remote_joins(api: ModuleApi, guard: RemoteJoinGuard) -> None:
    """Put a guard around every join by way of another server (`FederationHandler.do_invite_join`).

    The main process makes them for all workers, and for every call that may end in one: `/join`, an accepted invite,
    the admin API. No callback of Synapse is told what state the room has, neither before nor after.
    """
    handler = homeserver(api).get_federation_handler()
    join = handler.do_invite_join

    async def guarded(target_hosts: Iterable[str], room_id: str, joinee: str, content: JsonDict) -> Joined:
        servers = list(target_hosts)
        return await guard(servers, room_id, joinee, lambda: join(servers, room_id, joinee, content))

    handler.do_invite_join = guarded  # type: ignore[method-assign]


async def summary_says_encrypted(api: ModuleApi, servers: Sequence[str], room_id: str) -> bool:
    """Whether a server that is in the room says that it is encrypted (MSC3266's `encryption` in the hierarchy API).

    A server may not know, may not tell us or be away; then the answer is no.
    """
    client = homeserver(api).get_federation_client()
    try:
        room, _, _, _ = await client.get_room_hierarchy(servers, room_id, suggested_only=True)
    except Exception as error:
        # Whatever went wrong will go wrong with the join too, and be told better there.
        _logger.info("No summary of %s from %s: %s", room_id, servers, error)
        return False
    return bool(room.get("encryption") or room.get("im.nheko.summary.encryption"))


async def room_is_encrypted(api: ModuleApi, room_id: str) -> bool:
    """Whether the current state of a room that we are in has `m.room.encryption`; right after a join too.

    The state may still lack members then (MSC3706), but nothing else.
    """
    state = homeserver(api).get_storage_controllers().state
    found = await state.get_current_state_ids(room_id, StateFilter.from_types([_ENCRYPTION]), await_full_state=False)
    return _ENCRYPTION in found


async def leave_room(api: ModuleApi, user_id: str, room_id: str, reason: str) -> None:
    """Have a local person leave, with a reason, from within a change of their membership.

    `RoomMemberHandler.update_membership_locked`: the lock of the room is held already, here or by a worker.
    """
    user = parsed_user_id(user_id)
    handler: Any = homeserver(api).get_room_member_handler()
    await handler.update_membership_locked(
        create_requester(user, authenticated_entity=api.server_name),
        user,
        room_id,
        "leave",
        content={"reason": reason},
        ratelimit=False,
        require_consent=False,
    )


def listens_for(api: ModuleApi, resource: str) -> bool:
    """Whether a listener of this process has the resource, such as `federation` or `media`."""
    config = homeserver(api).config
    listeners = config.worker.worker_listeners if api.worker_app else config.server.listeners
    return any(
        resource in each.names
        for listener in listeners
        if (options := getattr(listener, "http_options", None)) is not None
        for each in options.resources
    )
