"""What each network may do: calls, locations, encryption, files, previews and new rooms, by the policy table."""

from typing import Any

from kairan.errors import ErrorCode
from kairan.events import action_of_event
from kairan.zones import Action, Zone
from synapse.module_api import NOT_SPAM
from synapse.module_api.errors import Codes

from kairan_modules.judge import Judge
from kairan_modules.rest.errors import refusal
from kairan_modules.store.media import MediaStore
from kairan_modules.synapse_compat import (
    EventBase,
    FileInfo,
    JsonDict,
    ModuleApi,
    Requester,
    current_request,
    device_of,
    is_local_upload,
    is_stored,
    is_url_preview,
)


class ZonePolicy:
    """The callbacks that the faces register beside their servlets, which see what no callback does."""

    def __init__(self, api: ModuleApi, judge: Judge, media: MediaStore) -> None:
        self._api = api
        self._judge = judge
        self._media = media

    def register(self) -> None:
        """Have Synapse ask us."""
        self._api.register_spam_checker_callbacks(
            check_event_for_spam=self.check_event_for_spam,
            check_media_file_for_spam=self.check_media_file_for_spam,
            federated_user_may_invite=self.federated_user_may_invite,
            user_may_create_room=self.user_may_create_room,
        )
        self._api.register_third_party_rules_callbacks(on_create_room=self.on_create_room)

    async def check_event_for_spam(self, event: EventBase) -> Any:
        """Events of local people by the zone that they send from; those of others by the zone federation."""
        action = action_of_event(event.type, event.content, event.get_state_key())
        if action is None:
            return NOT_SPAM
        if not self._api.is_mine(event.sender):
            return NOT_SPAM if await self._lets_in(action, event) else Codes.FORBIDDEN
        if not await is_stored(self._api, event):
            # What is stored was judged when it was sent, and comes back with what another server tells of a room.
            await self._judge.check(action, event.sender, device_of(event), event.type)
        return NOT_SPAM

    async def _lets_in(self, action: Action, event: EventBase) -> bool:
        """Whether another server's event is taken. Never raises.

        Synapse goes on without the one event then; an exception would end a join after the other server has taken us
        in, or lose a whole stretch of history.
        """
        if await self._judge.allows(action, event.sender, zone=Zone.FEDERATION):
            return True
        if event.is_state() and not await is_stored(self._api, event):
            # Once for the room, not for each message in it.
            await self._judge.note(action, event.sender, event.room_id)
        return False

    async def on_create_room(self, requester: Requester, request_content: JsonDict, is_requester_admin: bool) -> None:
        """New rooms, and the state that they begin with; encryption is dropped rather than refused."""
        user_id = requester.user.to_string()
        await self._judge.check(Action.CREATE_ROOM, user_id, requester.device_id or "")
        kept = []
        initial_state = request_content.get("initial_state")
        for event in initial_state if isinstance(initial_state, list) else []:
            action = _action_of(event)
            if action is Action.ENCRYPT:
                continue
            if action is not None:
                await self._judge.check(action, user_id, requester.device_id or "", str(event.get("type")))
            kept.append(event)
        if isinstance(initial_state, list):
            request_content["initial_state"] = kept

    async def user_may_create_room(self, user_id: str, room_config: JsonDict) -> Any:
        """What an upgrade takes over from a room that another server's people encrypted."""
        # Of a new room it was dropped before this is called.
        initial_state = room_config.get("initial_state")
        copied = initial_state if isinstance(initial_state, list) else []
        if any(_action_of(event) is Action.ENCRYPT for event in copied):
            await self._judge.check(Action.ENCRYPT, user_id)
        return NOT_SPAM

    async def check_media_file_for_spam(self, file_wrapper: object, file_info: FileInfo) -> Any:
        """Uploads and previews by zone; of an upload the side by which it came in is noted."""
        request = current_request()
        if is_url_preview(file_info):
            await self._judge.check(Action.PREVIEW_URL, request.user_id)
        elif is_local_upload(file_info):
            await self._judge.check(Action.UPLOAD, request.user_id)
            await self._media.remember(file_info.file_id, request.zone)
        return NOT_SPAM

    async def federated_user_may_invite(self, event: EventBase) -> Any:
        """Invites from elsewhere into an encrypted room: nothing said there could be kept."""
        state = event.unsigned.get("invite_room_state") or event.unsigned.get("knock_room_state") or []
        if any(isinstance(each, dict) and each.get("type") == "m.room.encryption" for each in state):
            raise refusal(403, ErrorCode.NO_ENCRYPTION)
        return NOT_SPAM


def _action_of(event: object) -> Action | None:
    if not isinstance(event, dict):
        return None
    return action_of_event(str(event.get("type")), event.get("content"), str(event.get("state_key", "")))
