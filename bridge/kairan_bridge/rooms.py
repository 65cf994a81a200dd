"""Where the bot is spoken to: in a direct chat, or in a room of several people."""

import asyncio
from collections import OrderedDict
from enum import Enum
from typing import Any

from kairan_bridge.homeserver import Homeserver
from kairan_bridge.inbox import RawEvent

_CHANGING = frozenset({"m.room.member", "m.room.name", "m.room.canonical_alias"})
_REMEMBERED = 10_000


class RoomKind(Enum):
    """DIRECT is a chat of one person and the bot, GROUP everything else."""

    DIRECT = "direct"
    GROUP = "group"


def room_kind(members: object, named: bool, called_direct: bool) -> RoomKind:
    """The kind of a room that the bot is in.

    Args:
        members: how many have joined, the bot too
        named: whether it has a name or an alias, as a section's room has, be it ever so small
        called_direct: whether the one who invited the bot called it a direct chat
    """
    alone = isinstance(members, int) and members <= 2
    return RoomKind.DIRECT if alone and (called_direct or not named) else RoomKind.GROUP


class Rooms:
    """Remembers the kinds of rooms until an event changes one.

    Which rooms were called direct is kept where clients keep it, in the bot's account data `m.direct`.
    """

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._kinds: OrderedDict[str, RoomKind] = OrderedDict()
        self._direct: dict[str, Any] | None = None
        self._lock = asyncio.Lock()

    def changed_by(self, event: RawEvent) -> None:
        """Forget what an event may have changed. To be called with every event, in order."""
        kind = event.get("type")
        if isinstance(kind, str) and kind in _CHANGING:
            self._kinds.pop(event["room_id"], None)

    async def kind(self, room_id: str) -> RoomKind:
        """The kind of a room that the bot is in. Raises what `Homeserver` does."""
        known = self._kinds.get(room_id)
        if known is None:
            summary = await self._homeserver.room_summary(room_id)
            named = bool(summary.get("name") or summary.get("canonical_alias"))
            called_direct = any(
                isinstance(rooms, list) and room_id in rooms for rooms in (await self._read_direct()).values()
            )
            known = room_kind(summary.get("num_joined_members"), named, called_direct)
            self._kinds[room_id] = known
            if len(self._kinds) > _REMEMBERED:
                self._kinds.popitem(last=False)
        return known

    async def call_direct(self, user_id: str, room_id: str) -> None:
        """Keep that a room is somebody's direct chat with the bot."""
        async with self._lock:
            direct = await self._read_direct()
            rooms = direct.get(user_id)
            rooms = rooms if isinstance(rooms, list) else []
            if room_id not in rooms:
                changed = {**direct, user_id: [*rooms, room_id]}
                await self._homeserver.set_account_data("m.direct", changed)
                self._direct = changed
        self._kinds.pop(room_id, None)

    async def direct_with(self, user_id: str) -> str:
        """Somebody's direct chat with the bot, the newest that they have not left; made where there is none."""
        known = (await self._read_direct()).get(user_id)
        for room_id in reversed(known) if isinstance(known, list) else ():
            if isinstance(room_id, str) and await self._homeserver.membership(room_id, user_id) in ("join", "invite"):
                return room_id
        made = await self._homeserver.create_direct(user_id)
        await self.call_direct(user_id, made)
        return made

    async def _read_direct(self) -> dict[str, Any]:
        if self._direct is None:
            self._direct = await self._homeserver.account_data("m.direct")
        return self._direct
