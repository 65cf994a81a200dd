"""To which organisation a room belongs: state written when it is created, and by nobody afterwards."""

from kairan.people import own_organizations, today

from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import JsonDict, ModuleApi, Requester

BELONGS_TO = "jp.kairan.room"
"""The type of the state event: `{"organization": key, "section": key or absent}`."""


class RoomOwnership:
    """Marks new rooms with their creator's main organisation. Direct chats belong to nobody."""

    def __init__(self, api: ModuleApi, store: RegistryStore, bot: str) -> None:
        self._api = api
        self._store = store
        self._bot = bot

    async def mark(self, requester: Requester, request_content: JsonDict) -> None:
        """Change a `createRoom` request: whatever it claims of its organisation goes, what is true comes in."""
        creator = requester.user.to_string()
        if creator == self._bot:
            return
        own = own_organizations(await self._store.postings(creator), today())
        initial_state = [
            event
            for event in _list(request_content.get("initial_state"))
            if not (isinstance(event, dict) and event.get("type") == BELONGS_TO)
        ]
        if own and not request_content.get("is_direct"):
            initial_state.append({"type": BELONGS_TO, "state_key": "", "content": {"organization": own[0]}})
        if initial_state or "initial_state" in request_content:
            request_content["initial_state"] = initial_state


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
