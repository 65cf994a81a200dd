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
        body = parse_json_object_from_request(request)
        # Synapse's own servlet reads the body once more.
        request.content.seek(0)  # type: ignore[union-attr]
        given, auth = body.get("new_password"), body.get("auth")
        if given is None and isinstance(auth, dict) and "type" in auth:
            # Synapse would take the hash of what an earlier request gave; that cannot be judged.
            raise SynapseError(400, "new_password が必要です。 / new_password is needed.", "M_MISSING_PARAM")
        bound: Any = copy(self)
        bound.auth_handler = _AskedEarly(self.auth_handler, self._passwords, given)
        bound._set_password_handler = _Checked(self._set_password_handler, self._passwords, given)
        return await super(PasswordServlet, bound).on_POST(request)


class _AskedEarly:
    """Synapse's handler for one request: the new password is judged before the old one is asked for."""

    def __init__(self, handler: Any, passwords: ChosenPasswords, given: object) -> None:
        self._handler = handler
        self._passwords = passwords
        self._given = given

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)

    async def validate_user_via_ui_auth(self, requester: Requester, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self._given, str):
            await self._passwords.check(requester.user.to_string(), self._given)
        return await self._handler.validate_user_via_ui_auth(requester, *args, **kwargs)


class _Checked:
    """Synapse's handler for one request: where it is known for certain whose password it will be."""

    def __init__(self, handler: Any, passwords: ChosenPasswords, given: object) -> None:
        self._handler = handler
        self._passwords = passwords
        self._given = given

    async def set_password(
        self, user_id: str, password_hash: str, logout_devices: bool, requester: Requester | None = None
    ) -> None:
        await self._passwords.check(user_id, str(self._given or ""))
        await self._handler.set_password(user_id, password_hash, logout_devices, requester)
        await self._passwords.changed(user_id, "changed" if requester else "reset")
