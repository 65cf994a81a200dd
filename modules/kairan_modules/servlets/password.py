"""`/account/password`: by the rules of the person's organisation."""

from copy import copy
from typing import Any

from kairan_modules.chosen_passwords import ChosenPasswords
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    Requester,
    SynapseError,
    SynapseRequest,
    homeserver,
    parse_json_object_from_request,
)
from kairan_modules.synapse_sign_in import PasswordRestServlet


class PasswordServlet(PasswordRestServlet):
    """Changing a password (client-server API, 5.7): with a token and the old one, or after a reset by mail."""

    def __init__(self, api: ModuleApi, passwords: ChosenPasswords) -> None:
        super().__init__(homeserver(api))
        self._passwords = passwords

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        given = parse_json_object_from_request(request).get("new_password")
        # Synapse's own servlet reads the body once more.
        request.content.seek(0)  # type: ignore[union-attr]
        if isinstance(given, str) and self.auth.has_access_token(request):
            # Told before the old password is asked for.
            requester = await self.auth.get_user_by_req(request)
            await self._passwords.check(requester.user.to_string(), given)
        bound: Any = copy(self)
        bound._set_password_handler = _Checked(self._set_password_handler, self._passwords, given)
        return await super(PasswordServlet, bound).on_POST(request)


class _Checked:
    """Synapse's handler for one request: where it is known for certain whose password it will be."""

    def __init__(self, handler: Any, passwords: ChosenPasswords, given: object) -> None:
        self._handler = handler
        self._passwords = passwords
        self._given = given

    async def set_password(
        self, user_id: str, password_hash: str, logout_devices: bool, requester: Requester | None = None
    ) -> None:
        if not isinstance(self._given, str):
            # Synapse has kept the hash of what an earlier request gave; that cannot be judged.
            raise SynapseError(400, "new_password が必要です。 / new_password is needed.", "M_MISSING_PARAM")
        await self._passwords.check(user_id, self._given)
        await self._handler.set_password(user_id, password_hash, logout_devices, requester)
        await self._passwords.changed(user_id, "changed" if requester else "reset")
