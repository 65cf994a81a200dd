"""Profiles: whoever may not find a person in the directory learns nothing by guessing the user ID."""

from typing import Any

from kairan.errors import ErrorCode

from kairan_modules.directory import Directory
from kairan_modules.rest.errors import refusal
from kairan_modules.synapse_compat import (
    ModuleApi,
    ProfileFieldRestServlet,
    ProfileRestServlet,
    Requester,
    SynapseError,
    SynapseUserID,
    homeserver,
    is_server_admin,
    share_a_room,
)


class ProfileGuard:
    """Decides whose name a person may learn: who is in their directory or in a room with them, and the bot.

    Profiles on other servers are theirs to guard.
    """

    def __init__(self, api: ModuleApi, directory: Directory, bot: str) -> None:
        self._api = api
        self._directory = directory
        self._bot = bot

    async def allows(self, viewer: str, target: str) -> bool:
        """Whether `viewer` may know that `target` is there and what they are called."""
        return (
            not self._api.is_mine(target)
            or self._bot in (viewer, target)
            or await self._directory.may_see(viewer, target)
            or await share_a_room(self._api, viewer, target)
            or await self._api.is_user_admin(viewer)
        )


class GuardedProfiles:
    """Synapse's profile handler as the profile servlets use it, with our rules in front."""

    def __init__(self, api: ModuleApi, guard: ProfileGuard) -> None:
        self._api = api
        self._guard = guard
        self._handler: Any = homeserver(api).get_profile_handler()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)

    async def check_profile_query_allowed(self, target_user: SynapseUserID, requester: SynapseUserID | None) -> None:
        """Raise what Synapse answers for an account that does not exist, `404 M_NOT_FOUND`, unless it is allowed."""
        if requester is None:
            raise SynapseError(401, "サインインが必要です。 / Sign in first.", "M_MISSING_TOKEN")
        if not await self._guard.allows(requester.to_string(), target_user.to_string()):
            raise SynapseError(404, "Profile was not found", "M_NOT_FOUND")
        await self._handler.check_profile_query_allowed(target_user, requester)

    async def dispatch_set_profile_field(self, *, requester: Requester, field_name: str, **others: Any) -> None:
        """Display names come from the registry, and stay as they are; the bot chooses its own."""
        if field_name == "displayname":
            if requester.app_service_id is not None:
                # Synapse's `enable_set_displayname: false` is for people.
                others["by_admin"] = True
            elif not await is_server_admin(self._api, requester):
                raise refusal(403, ErrorCode.PROFILE_LOCKED)
        await self._handler.dispatch_set_profile_field(requester=requester, field_name=field_name, **others)


class GuardedProfileServlet(ProfileRestServlet):
    """`/profile/{userId}`."""

    def __init__(self, api: ModuleApi, guard: ProfileGuard) -> None:
        super().__init__(homeserver(api))
        self.profile_handler: Any = GuardedProfiles(api, guard)


class GuardedProfileFieldServlet(ProfileFieldRestServlet):
    """`/profile/{userId}/{keyName}`."""

    def __init__(self, api: ModuleApi, guard: ProfileGuard) -> None:
        super().__init__(homeserver(api))
        self.profile_handler: Any = GuardedProfiles(api, guard)
