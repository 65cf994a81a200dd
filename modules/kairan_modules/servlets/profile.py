"""Profiles: whoever may not find a person in the directory learns nothing by guessing the user ID."""

from kairan.errors import ErrorCode

from kairan_modules.directory import Directory
from kairan_modules.rest.errors import refusal
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    ProfileFieldRestServlet,
    ProfileRestServlet,
    SynapseError,
    SynapseRequest,
    homeserver,
    is_server_admin,
    share_a_room,
)


class ProfileGuard:
    """Decides whose profile a caller may read: who is in their directory or in a room with them, and the bot.

    Profiles on other servers are theirs to guard.
    """

    def __init__(self, api: ModuleApi, directory: Directory, bot: str) -> None:
        self._api = api
        self._directory = directory
        self._bot = bot

    async def check(self, request: SynapseRequest, user_id: str) -> None:
        """Raise what Synapse answers for an account that does not exist, `404 M_NOT_FOUND`, unless it is allowed."""
        requester = await self._api.get_user_by_req(request)
        if requester.app_service_id is None and not await self.allows(requester.user.to_string(), user_id):
            raise SynapseError(404, "Profile was not found", "M_NOT_FOUND")

    async def allows(self, viewer: str, target: str) -> bool:
        """Whether `viewer` may know that `target` is there and what they are called."""
        return (
            not self._api.is_mine(target)
            or target == self._bot
            or await self._directory.may_see(viewer, target)
            or await share_a_room(self._api, viewer, target)
            or await self._api.is_user_admin(viewer)
        )


class GuardedProfileServlet(ProfileRestServlet):
    """`GET /profile/{userId}`."""

    def __init__(self, api: ModuleApi, guard: ProfileGuard) -> None:
        super().__init__(homeserver(api))
        self._guard = guard

    async def on_GET(self, request: SynapseRequest, user_id: str) -> tuple[int, JsonDict]:
        await self._guard.check(request, user_id)
        return await super().on_GET(request, user_id)


class GuardedProfileFieldServlet(ProfileFieldRestServlet):
    """`/profile/{userId}/{keyName}`; display names come from the registry and stay as they are."""

    def __init__(self, api: ModuleApi, guard: ProfileGuard) -> None:
        super().__init__(homeserver(api))
        self._api = api
        self._guard = guard

    async def on_GET(self, request: SynapseRequest, user_id: str, field_name: str) -> tuple[int, JsonDict]:
        await self._guard.check(request, user_id)
        return await super().on_GET(request, user_id, field_name)

    async def on_PUT(self, request: SynapseRequest, user_id: str, field_name: str) -> tuple[int, JsonDict]:
        await self._check_change(request, field_name)
        return await super().on_PUT(request, user_id, field_name)

    async def on_DELETE(self, request: SynapseRequest, user_id: str, field_name: str) -> tuple[int, JsonDict]:
        await self._check_change(request, field_name)
        return await super().on_DELETE(request, user_id, field_name)

    async def _check_change(self, request: SynapseRequest, field_name: str) -> None:
        requester = await self._api.get_user_by_req(request)
        if field_name != "displayname" or requester.app_service_id is not None:
            return
        if not await is_server_admin(self._api, requester):
            raise refusal(403, ErrorCode.PROFILE_LOCKED)
