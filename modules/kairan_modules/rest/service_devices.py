"""What the bridge's bot tells people about devices, and what people told it: `/service/device_…`."""

from kairan.devices import RequestState, Verb
from kairan.errors import ErrorCode

from kairan_modules.device_desk import Actor
from kairan_modules.rest.devices import DeviceAnswers, request_answer
from kairan_modules.rest.errors import not_visible
from kairan_modules.rest.service import check_service, is_local
from kairan_modules.settings import Settings
from kairan_modules.store.device_notices import DeviceNotices, NoticeKind, SeenInstruction
from kairan_modules.store.devices import DeviceStore
from kairan_modules.synapse_compat import (
    CurrentRequest,
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseError,
    SynapseRequest,
    client_patterns_of_ours,
)

_AT_ONCE = 50
_YES = frozenset({"はい", "yes", "y"})


class ServiceDevicesServlet(RestServlet):
    """`GET /service/devices/{user_id}`: the devices of a local person, for the bot to show to that person."""

    PATTERNS = client_patterns_of_ours("/service/devices/(?P<user_id>[^/]+)$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers) -> None:
        super().__init__()
        self._api = api
        self._answers = answers

    async def on_GET(self, request: SynapseRequest, user_id: str) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        if not is_local(self._api, user_id):
            raise not_visible()
        return 200, {"devices": await self._answers.devices(user_id)}


class ServiceDeviceNoticesServlet(RestServlet):
    """`GET /service/device_notices`: what the bot has to tell, the oldest first; empty most of the time."""

    PATTERNS = client_patterns_of_ours("/service/device_notices$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers, devices: DeviceStore, settings: Settings) -> None:
        super().__init__()
        self._api = api
        self._answers = answers
        self._devices = devices
        self._settings = settings
        self._notices = DeviceNotices(api)

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        notices = []
        for notice in await self._notices.outstanding(_AT_ONCE):
            about = await self._answers.requests.by_id(notice.request)
            if about is None or (notice.kind is NoticeKind.ASKED and about.state is not RequestState.PENDING):
                await self._notices.told(notice.notice)
                continue
            names = await self._devices.names([about.user_id])
            notices.append(
                {
                    "notice": notice.notice,
                    "kind": notice.kind.value,
                    "recipient": notice.recipient,
                    "language": (await self._settings.language(notice.recipient)).value,
                    "person": names.get(about.user_id, about.user_id),
                    **request_answer(about),
                }
            )
        return 200, {"notices": notices}


class ServiceDeviceNoticeServlet(RestServlet):
    """`DELETE /service/device_notices/{notice}`: it was told."""

    PATTERNS = client_patterns_of_ours("/service/device_notices/(?P<notice>[0-9a-f]+)$")

    def __init__(self, api: ModuleApi) -> None:
        super().__init__()
        self._api = api
        self._notices = DeviceNotices(api)

    async def on_DELETE(self, request: SynapseRequest, notice: str) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        await self._notices.told(notice)
        return 200, {}


class ServiceDeviceInstructionServlet(RestServlet):
    """`POST /service/device_instructions/{event_id}`: do what a person told the bot, as the modules saw it sent.

    The bridge names the event only: who said what, and on which network, is not for it to claim.
    """

    PATTERNS = client_patterns_of_ours("/service/device_instructions/(?P<event_id>[^/]+)$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers) -> None:
        super().__init__()
        self._api = api
        self._answers = answers
        self._notices = DeviceNotices(api)

    async def on_POST(self, request: SynapseRequest, event_id: str) -> tuple[int, JsonDict]:
        await check_service(self._api, request)
        seen = await self._notices.instruction(event_id)
        if seen is None:
            raise not_visible()
        if seen.outcome is None:
            outcome = await self._carry_out(seen)
            await self._notices.done(event_id, outcome)
            return 200, outcome
        return 200, seen.outcome

    async def _carry_out(self, seen: SeenInstruction) -> JsonDict:
        actor = Actor(seen.user_id, CurrentRequest(seen.zone, seen.address), seen.device_id)
        said = seen.instruction
        if said.verb is Verb.LOST:
            if said.argument.casefold() not in _YES:
                return {"outcome": "confirm"}
            return {"outcome": "lost", "devices": await self._answers.desk.lost(actor, seen.user_id)}
        if not said.argument.isdecimal():
            return {"outcome": "number_needed"}
        word = "approve" if said.verb is Verb.APPROVE else "deny"
        try:
            answer = await self._answers.decide(actor, said.argument, word)
        except SynapseError as error:
            if error.errcode not in (ErrorCode.DEVICE_ONLY_FROM_LGWAN, ErrorCode.DEVICE_REQUEST_UNKNOWN):
                raise
            return {"outcome": "refused", "errcode": error.errcode}
        return {"outcome": "approved" if word == "approve" else "denied", **answer}
