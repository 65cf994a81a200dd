"""Servlets of the client API that carry calls, locations and files past the event callbacks, with the policy in front.

Synapse's servlets hand everything to a handler; in its place stands one that asks the policy first.
"""

from typing import Any

from kairan.events import action_of_event
from kairan.zones import Action, Zone

from kairan_modules.judge import Judge
from kairan_modules.store.media import MediaStore
from kairan_modules.synapse_compat import (
    DownloadServlet,
    JsonDict,
    ModuleApi,
    OldDownloadServlet,
    OldPreviewUrlServlet,
    OldThumbnailServlet,
    PreviewURLServlet,
    Requester,
    RestServlet,
    RoomSendEventRestServlet,
    RoomStateEventRestServlet,
    RoomUpgradeRestServlet,
    SendToDeviceRestServlet,
    SynapseRequest,
    SynapseUserID,
    ThumbnailServlet,
    VoipRestServlet,
    current_request,
    homeserver,
    is_main_process,
    media_repository,
    requester_of,
)


class _InFront:
    """Stands in front of one of Synapse's handlers; what it does not define goes through."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)


class GuardedDeviceMessages(_InFront):
    """To-device messages: signalling of calls goes this way too."""

    def __init__(self, handler: Any, judge: Judge) -> None:
        super().__init__(handler)
        self._judge = judge

    async def send_device_message(self, requester: Requester, message_type: str, messages: Any) -> None:
        """Refuse the whole request if any of its messages may not be sent."""
        for content in _contents(messages):
            action = action_of_event(message_type, content)
            if action is not None:
                await self._judge.check(action, requester.user.to_string(), requester.device_id or "", message_type)
        await self._handler.send_device_message(requester, message_type, messages)


class GuardedDelayedEvents(_InFront):
    """Delayed events (MSC4140) are sent later by no request at all, so they are judged when they are asked for."""

    def __init__(self, handler: Any, judge: Judge) -> None:
        super().__init__(handler)
        self._judge = judge

    async def add(
        self, requester: Requester, *, event_type: str, state_key: str | None, content: JsonDict, **others: Any
    ) -> str:
        """Schedule an event that might be sent now."""
        action = action_of_event(event_type, content, state_key)
        if action is not None:
            await self._judge.check(action, requester.user.to_string(), requester.device_id or "", event_type)
        delay_id: str = await self._handler.add(
            requester, event_type=event_type, state_key=state_key, content=content, **others
        )
        return delay_id


class GuardedFiles(_InFront):
    """The media repository, and the thumbnails of it: nothing crosses from the other side."""

    def __init__(self, handler: Any, api: ModuleApi, judge: Judge, media: MediaStore) -> None:
        super().__init__(handler)
        self._api = api
        self._judge = judge
        self._media = media

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._handler, name)
        if name in ("get_local_media", "select_or_generate_local_thumbnail", "respond_local_thumbnail"):
            return self._guarded(method, local=True)
        if name in ("get_remote_media", "select_or_generate_remote_thumbnail", "respond_remote_thumbnail"):
            return self._guarded(method, local=False)
        return method

    def _guarded(self, method: Any, local: bool) -> Any:
        async def deliver(request: SynapseRequest, *arguments: Any, **others: Any) -> None:
            # The first argument is the media ID of a local file, and the server of another.
            await self.check(arguments[0] if local else None)
            await method(request, *arguments, **others)

        return deliver

    async def check(self, media_id: str | None) -> None:
        """Raise unless the file may be had in the zone of the request; None is a file of another server."""
        asked = current_request()
        came_by = Zone.INTERNET if media_id is None else await self._media.zone(media_id)
        if asked.zone is came_by or came_by is Zone.INTERNAL:
            return
        await self._judge.check(Action.DOWNLOAD_FOREIGN, asked.user_id, detail=media_id or "")


class GuardedRooms(_InFront):
    """Upgrades of rooms, of which no callback is told that knows the device."""

    def __init__(self, handler: Any, judge: Judge) -> None:
        super().__init__(handler)
        self._judge = judge

    async def upgrade_room(self, requester: Requester, old_room_id: str, *others: Any) -> str:
        """Upgrade for somebody who may make rooms here."""
        await self._judge.check(
            Action.CREATE_ROOM, requester.user.to_string(), requester.device_id or "", "m.room.tombstone"
        )
        new_room_id: str = await self._handler.upgrade_room(requester, old_room_id, *others)
        return new_room_id


class SendToDeviceServlet(SendToDeviceRestServlet):
    """`/sendToDevice`."""

    def __init__(self, api: ModuleApi, judge: Judge) -> None:
        super().__init__(homeserver(api))
        self.device_message_handler: Any = GuardedDeviceMessages(self.device_message_handler, judge)


class SendEventServlet(RoomSendEventRestServlet):
    """`/rooms/{roomId}/send`, for its delayed events; others meet the event callbacks."""

    def __init__(self, api: ModuleApi, judge: Judge) -> None:
        super().__init__(homeserver(api))
        self.delayed_events_handler: Any = GuardedDelayedEvents(self.delayed_events_handler, judge)


class StateEventServlet(RoomStateEventRestServlet):
    """`/rooms/{roomId}/state`, likewise."""

    def __init__(self, api: ModuleApi, judge: Judge) -> None:
        super().__init__(homeserver(api))
        self.delayed_events_handler: Any = GuardedDelayedEvents(self.delayed_events_handler, judge)


class RoomUpgradeServlet(RoomUpgradeRestServlet):
    """`/rooms/{roomId}/upgrade`, which makes a room as `/createRoom` does."""

    def __init__(self, api: ModuleApi, judge: Judge) -> None:
        super().__init__(homeserver(api))
        self._room_creation_handler: Any = GuardedRooms(self._room_creation_handler, judge)


class TurnServlet(VoipRestServlet):
    """`/voip/turnServer`: no credentials where no calls are."""

    def __init__(self, api: ModuleApi, judge: Judge) -> None:
        super().__init__(homeserver(api))
        self._judge = judge

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        status, answer = await super().on_GET(request)
        requester = requester_of(request)
        if not await self._judge.allows(Action.CALL, requester.user.to_string(), requester.device_id or ""):
            return 200, {}
        return status, answer


class GuardedPreviews(_InFront):
    """Previews of web pages make the server fetch what somebody wrote."""

    def __init__(self, handler: Any, judge: Judge) -> None:
        super().__init__(handler)
        self._judge = judge

    async def preview(self, url: str, user: SynapseUserID, ts: int) -> bytes:
        """The preview, if the person may have one here."""
        await self._judge.check(Action.PREVIEW_URL, user.to_string(), detail=url)
        preview: bytes = await self._handler.preview(url, user, ts)
        return preview


def client_servlets(api: ModuleApi, judge: Judge, media: MediaStore) -> list[RestServlet]:
    """The guarded servlets of `/_matrix/client`; those of media only where this process serves media."""
    servlets: list[RestServlet] = [
        SendToDeviceServlet(api, judge),
        SendEventServlet(api, judge),
        StateEventServlet(api, judge),
        TurnServlet(api, judge),
    ]
    if is_main_process(api):
        # As in Synapse: workers do not upgrade rooms.
        servlets.append(RoomUpgradeServlet(api, judge))
    repository = media_repository(api)
    if repository is not None:
        servlets += _guard_media(
            api,
            judge,
            media,
            previews=PreviewURLServlet(homeserver(api), repository, repository.media_storage),
            download=DownloadServlet(homeserver(api), repository),
            thumbnail=ThumbnailServlet(homeserver(api), repository, repository.media_storage),
        )
    return servlets


def old_media_servlets(api: ModuleApi, judge: Judge, media: MediaStore) -> list[RestServlet]:
    """The guarded servlets of `/_matrix/media`, the paths of before authenticated media."""
    repository = media_repository(api)
    if repository is None:
        return []
    return _guard_media(
        api,
        judge,
        media,
        previews=OldPreviewUrlServlet(homeserver(api), repository, repository.media_storage),
        download=OldDownloadServlet(homeserver(api), repository),
        thumbnail=OldThumbnailServlet(homeserver(api), repository, repository.media_storage),
    )


def _guard_media(
    api: ModuleApi, judge: Judge, media: MediaStore, *, previews: Any, download: Any, thumbnail: Any
) -> list[RestServlet]:
    if previews.url_previewer is not None:
        previews.url_previewer = GuardedPreviews(previews.url_previewer, judge)
    download.media_repo = GuardedFiles(download.media_repo, api, judge, media)
    # The two versions of the servlet call it by different names.
    name = "thumbnailer" if hasattr(thumbnail, "thumbnailer") else "thumbnail_provider"
    setattr(thumbnail, name, GuardedFiles(getattr(thumbnail, name), api, judge, media))
    return [previews, download, thumbnail]


def _contents(messages: object) -> list[object]:
    """Each message of a to-device request: `{user: {device: content}}`."""
    if not isinstance(messages, dict):
        return []
    return [content for devices in messages.values() if isinstance(devices, dict) for content in devices.values()]
