"""Registry: who works where, the REST API over it, and the few decisions that need nothing else."""

from typing import Any

from attrs import frozen
from kairan.errors import ErrorCode
from synapse.module_api import NOT_SPAM

from kairan_modules.audit import Audit
from kairan_modules.config import ConfigReader
from kairan_modules.directory import Directory
from kairan_modules.passwords import FirstPasswords
from kairan_modules.rest.errors import refusal
from kairan_modules.rest.resource import PREFIX, KairanResource
from kairan_modules.rest.servlets import all_servlets
from kairan_modules.rooms import BELONGS_TO, RoomOwnership
from kairan_modules.servlets.profile import ProfileGuard
from kairan_modules.settings import Settings
from kairan_modules.store import shared_store
from kairan_modules.synapse_compat import JsonDict, ModuleApi, Requester


@frozen
class RegistryConfig:
    """`bot` is the localpart of the bridge's bot, which creates the rooms of organisations."""

    bot: str


class Registry:
    """The Synapse module. Configuration: `bot: kairan`."""

    def __init__(self, config: RegistryConfig, api: ModuleApi) -> None:
        self._api = api
        store = shared_store(api)
        directory = Directory(store)
        bot = api.get_qualified_user_id(config.bot)
        self._bot = bot
        self._first_passwords = FirstPasswords(api)
        self._ownership = RoomOwnership(api, store, bot)
        self._audit = Audit(api, store)
        self._store = store
        self._directory = directory
        self._guard = ProfileGuard(api, directory, bot)
        servlets = all_servlets(api, store, directory, Settings(api), self._first_passwords, self._audit, bot)
        api.register_web_resource(PREFIX, KairanResource(api, servlets))
        api.register_third_party_rules_callbacks(
            on_create_room=self.on_create_room, check_can_deactivate_user=self.check_can_deactivate_user
        )
        api.register_spam_checker_callbacks(
            check_login_for_spam=self.check_login_for_spam,
            user_may_invite=self.user_may_invite,
            user_may_join_room=self.user_may_join_room,
            user_may_send_state_event=self.user_may_send_state_event,
        )

    @staticmethod
    def parse_config(config: dict[str, Any]) -> RegistryConfig:
        """Raises `ConfigError` with the path of the bad key."""
        reader = ConfigReader(config)
        bot = reader.text("bot", default="kairan")
        reader.no_others()
        return RegistryConfig(bot=bot)

    async def on_create_room(self, requester: Requester, request_content: JsonDict, is_requester_admin: bool) -> None:
        """Every room is marked with its creator's organisation."""
        await self._ownership.mark(requester, request_content)

    async def check_can_deactivate_user(self, user_id: str, by_admin: bool) -> bool:
        """Accounts belong to the register: nobody closes their own.

        It could not be undone, since an ID that was deactivated is never given again, and it may erase what was said.
        """
        return by_admin

    async def user_may_send_state_event(
        self, user_id: str, room_id: str, event_type: str, state_key: str, content: JsonDict
    ) -> Any:
        """The mark of a room's organisation is not for people to change."""
        if event_type == BELONGS_TO and user_id != self._bot:
            raise refusal(403, ErrorCode.NOT_OPERATOR)
        return NOT_SPAM

    async def user_may_invite(self, inviter: str, invitee: str, room_id: str) -> Any:
        """An invite shows the invited person's name, so it needs that the inviter may know it."""
        if inviter != self._bot and self._api.is_mine(inviter) and not await self._guard.allows(inviter, invitee):
            raise refusal(403, ErrorCode.NOT_VISIBLE)
        return NOT_SPAM

    async def user_may_join_room(self, user_id: str, room_id: str, is_invited: bool) -> Any:
        """Uninvited, one joins rooms of organisations that one sees: knowing an alias is no way past a wall."""
        if is_invited or user_id == self._bot:
            return NOT_SPAM
        state = await self._api.get_room_state(room_id, [(BELONGS_TO, "")])
        mark = state.get((BELONGS_TO, ""))
        organization = mark.content.get("organization") if mark is not None else None
        if (
            organization in (await self._store.organizations()).by_key
            and organization not in (await self._directory.view(user_id)).organizations
        ):
            raise refusal(403, ErrorCode.NOT_VISIBLE)
        return NOT_SPAM

    async def check_login_for_spam(
        self,
        user_id: str,
        device_id: str | None,
        initial_display_name: str | None,
        request_info: Any,
        auth_provider_id: str | None = None,
    ) -> Any:
        """A first password signs in once. Other ways to sign in name their provider."""
        if auth_provider_id is None and not await self._first_passwords.may_sign_in(user_id):
            raise refusal(403, ErrorCode.FIRST_PASSWORD_USED)
        return NOT_SPAM
