"""Every client's own room search: rooms belong to an organisation and are listed to those who see it."""

from typing import Any

from kairan.errors import ErrorCode
from kairan.names import fold
from kairan.people import own_organizations

from kairan_modules.directory import Directory
from kairan_modules.rest.errors import invalid, refusal
from kairan_modules.rooms import BELONGS_TO
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    PublicRoomListRestServlet,
    PublishedRoom,
    SynapseRequest,
    homeserver,
    parse_integer,
    parse_json_object_from_request,
    parse_string,
    published_rooms,
)

_HIGHEST_LIMIT = 100
"""As in Synapse; 0 and none mean this as well."""


class PublicRoomsServlet(PublicRoomListRestServlet):
    """`GET` and `POST /publicRooms` (client-server API, 10.5): own organisations' rooms first, then by members."""

    def __init__(self, api: ModuleApi, store: RegistryStore, directory: Directory) -> None:
        super().__init__(homeserver(api))
        self._api = api
        self._store = store
        self._directory = directory

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        limit = parse_integer(request, "limit", default=_HIGHEST_LIMIT)
        return await self._answer(request, limit, parse_string(request, "since"), {})

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        body = parse_json_object_from_request(request)
        room_filter = body.get("filter") or {}
        if not isinstance(room_filter, dict):
            raise invalid("filter: an object")
        return await self._answer(request, body.get("limit", _HIGHEST_LIMIT), body.get("since"), room_filter)

    async def _answer(
        self, request: SynapseRequest, limit: object, since: object, room_filter: dict[str, Any]
    ) -> tuple[int, JsonDict]:
        requester = await self.auth.get_user_by_req(request, allow_guest=False)
        server = parse_string(request, "server")
        if server and server != self._api.server_name:
            raise refusal(403, ErrorCode.REMOTE_DIRECTORY)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
            raise invalid("limit: a whole number, 0 or more")
        if not (since is None or (isinstance(since, str) and since.isascii() and since.isdigit() and len(since) < 10)):
            raise invalid("since: not a batch of ours")
        rooms = await self._visible_rooms(requester.user.to_string(), _wanted(room_filter))
        start, size = int(since or 0), min(limit or _HIGHEST_LIMIT, _HIGHEST_LIMIT)
        answer: JsonDict = {
            "chunk": [dict(room.entry) for room in rooms[start : start + size]],
            "total_room_count_estimate": len(rooms),
        }
        if len(rooms) > start + size:
            answer["next_batch"] = str(start + size)
        if start > 0:
            answer["prev_batch"] = str(max(start - size, 0))
        return 200, answer

    async def _visible_rooms(self, user_id: str, wanted: "_Wanted") -> list[PublishedRoom]:
        view = await self._directory.view(user_id)
        if not view.organizations:
            return []
        order: dict[str, int] = {key: (0 if key in view.own else 1) for key in view.organizations}
        listed: list[tuple[tuple[int, int, str], PublishedRoom]] = []
        for room in await published_rooms(self._api, BELONGS_TO):
            organization = room.organization or await self._organization_of_creator(room, view.day)
            if organization in order and wanted(room):
                rank = order[organization], -room.entry["num_joined_members"], room.room_id
                listed.append((rank, room))
        return [room for _, room in sorted(listed, key=lambda each: each[0])]

    async def _organization_of_creator(self, room: PublishedRoom, day: Any) -> str | None:
        # A room that was upgraded, or made before Kairan, says nothing of its organisation.
        own = own_organizations(await self._store.postings(room.creator), day)
        return own[0] if own else None


class _Wanted:
    """The client's filter: `generic_search_term` in name, topic or alias, and `room_types` (MSC3827)."""

    def __init__(self, term: str, room_types: list[str | None] | None) -> None:
        self._words = [fold(word) for word in term.split()]
        self._room_types = room_types

    def __call__(self, room: PublishedRoom) -> bool:
        if self._room_types is not None and room.entry.get("room_type") not in self._room_types:
            return False
        texts = [fold(str(room.entry.get(name, ""))) for name in ("name", "topic", "canonical_alias")]
        return all(any(word in text for text in texts) for word in self._words)


def _wanted(room_filter: dict[str, Any]) -> _Wanted:
    term, room_types = room_filter.get("generic_search_term") or "", room_filter.get("room_types")
    if not isinstance(term, str):
        raise invalid("generic_search_term: a text")
    if not (
        room_types is None
        or (isinstance(room_types, list) and all(each is None or isinstance(each, str) for each in room_types))
    ):
        raise invalid("room_types: a list of texts or null")
    return _Wanted(term, room_types)
