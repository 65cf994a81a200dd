"""`/login`: answers by face, and tells other modules who signed in and whom a rule kept out."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from kairan.zones import Zone

from kairan_modules.servlets.sso import providers_by_zone
from kairan_modules.servlets.well_known import FaceDescription, client_well_known
from kairan_modules.synapse_compat import (
    HomeServer,
    JsonDict,
    LoginResponse,
    LoginRestServlet,
    ModuleApi,
    SynapseError,
    SynapseRequest,
    homeserver,
    request_zone,
)


class LoginObserver(Protocol):
    """Is told of sign-ins by `/login`, of every type, in the context of their request."""

    async def signed_in(self, user_id: str, response: LoginResponse) -> None:
        """A session was made; `response` has its `device_id` and tokens, and is what the client will get."""

    async def kept_out(self, user_id: str, error: SynapseError) -> None:
        """Somebody proved to be this person and was refused all the same: by a rule, or by the account's state."""


_current: ContextVar[SynapseRequest | None] = ContextVar("kairan_login", default=None)

_observers: "WeakKeyDictionary[HomeServer, list[LoginObserver]]" = WeakKeyDictionary()


def login_observers(api: ModuleApi) -> list[LoginObserver]:
    """Who is told in this process, in this order. To be added to while modules load."""
    return _observers.setdefault(homeserver(api), [])


def current_login() -> SynapseRequest | None:
    """The `/login` that is being served, whose headers and connection Synapse's callbacks do not show."""
    return _current.get()


class LoginServlet(LoginRestServlet):
    """`/login`, which names the providers of its face, and in its answer the well-known of that face."""

    def __init__(self, api: ModuleApi, faces: Mapping[Zone, FaceDescription]) -> None:
        super().__init__(homeserver(api))
        self._faces = faces
        self._providers = providers_by_zone(api, faces)
        self._observers = login_observers(api)

    def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        status, answer = super().on_GET(request)
        providers = self._providers.get(request_zone(request), [])
        for flow in answer["flows"]:
            if flow["type"] == self.SSO_TYPE:
                flow["identity_providers"] = [each for each in flow["identity_providers"] if each["id"] in providers]
        # A face without a provider of its own has no single sign-on.
        answer["flows"] = [flow for flow in answer["flows"] if flow.get("identity_providers") != []]
        return status, answer

    async def on_POST(self, request: SynapseRequest) -> tuple[int, LoginResponse]:
        token = _current.set(request)
        try:
            status, answer = await super().on_POST(request)
        finally:
            _current.reset(token)
        answer.pop("well_known", None)
        if well_known := client_well_known(request_zone(request), self._faces):
            answer["well_known"] = well_known
        return status, answer

    async def _complete_login(self, user_id: str, *args: Any, **kwargs: Any) -> LoginResponse:
        # Where every type of sign-in ends, once it is known who it is.
        try:
            response = await super()._complete_login(user_id, *args, **kwargs)
        except SynapseError as error:
            for observer in self._observers:
                await observer.kept_out(user_id, error)
            raise
        for observer in self._observers:
            await observer.signed_in(user_id, response)
        return response
