"""Rooms of other servers that are encrypted: nobody here joins them, however they came to know of the room."""

from collections.abc import Awaitable, Callable, Sequence

from kairan.errors import ErrorCode, sentence
from kairan.zones import Action

from kairan_modules.audit import Audit
from kairan_modules.synapse_compat import ModuleApi, SynapseError, is_main_process
from kairan_modules.synapse_federation import (
    Joined,
    guard_remote_joins,
    leave_room,
    room_is_encrypted,
    summary_says_encrypted,
)


class RemoteJoins:
    """Asks before a join, and looks after it: only then is the state known for certain."""

    def __init__(self, api: ModuleApi, audit: Audit) -> None:
        self._api = api
        self._audit = audit

    def register(self) -> None:
        """Have joins pass through here; the main process makes those of workers too."""
        if is_main_process(self._api):
            guard_remote_joins(self._api, self.join)

    async def join(
        self, servers: Sequence[str], room_id: str, user_id: str, go_on: Callable[[], Awaitable[Joined]]
    ) -> Joined:
        """Make the join unless the room is encrypted. It may wait for other servers, as the join itself does.

        Where nobody told before, the room is left again at once, with the reason: an error alone would leave the other
        servers with a member who is not there.
        """
        if await summary_says_encrypted(self._api, servers, room_id):
            raise await self._refusal(user_id, room_id)
        joined = await go_on()
        if await room_is_encrypted(self._api, room_id):
            await leave_room(self._api, user_id, room_id, sentence(ErrorCode.NO_ENCRYPTION))
            raise await self._refusal(user_id, room_id)
        return joined

    async def _refusal(self, user_id: str, room_id: str) -> SynapseError:
        return await self._audit.refuse(ErrorCode.NO_ENCRYPTION, Action.ENCRYPT.value, user_id, detail=room_id)
