"""`/devices…`: a person's own devices, and the requests that wait for their word."""

from kairan.devices import RequestState
from kairan.errors import ErrorCode

from kairan_modules.device_desk import Actor, DeviceDesk, OwnDevice
from kairan_modules.rest.errors import invalid, not_visible, refusal
from kairan_modules.rest.parameters import limit_of, offset_of, page_of
from kairan_modules.store.device_requests import DeviceRequest, DeviceRequests
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    current_request,
    parse_json_object_from_request,
    rename_device,
    requester_of,
)

LOST = "lost"
"""Stands in a path where otherwise a device ID does."""

_STATES = {"approve": RequestState.APPROVED, "deny": RequestState.DENIED}


class DeviceAnswers:
    """Who asks, and devices in the answers' form."""

    def __init__(self, api: ModuleApi, desk: DeviceDesk) -> None:
        self.desk = desk
        self.requests = DeviceRequests(api)
        self._api = api

    async def actor(self, request: SynapseRequest) -> Actor:
        """The person who asks. An application service has no devices: it is refused."""
        requester = await self._api.get_user_by_req(request)
        if requester.app_service_id is not None:
            raise refusal(403, ErrorCode.NOT_VISIBLE)
        return self.known(request)

    def known(self, request: SynapseRequest) -> Actor:
        """The person who asks, who was authenticated before."""
        requester = requester_of(request)
        return Actor(requester.user.to_string(), current_request(), requester.device_id or "")

    async def devices(self, user_id: str, this: str = "") -> list[JsonDict]:
        """The devices of a person; `this` is the one that asks."""
        return [_device(each, this) for each in await self.desk.listing(user_id)]

    async def decide(self, actor: Actor, number: str, word: str) -> JsonDict:
        """Approve or deny, and answer the request as it was."""
        return request_answer(await self.desk.decide(actor, number, _STATES[word]))


class DevicesServlet(RestServlet):
    """`GET /devices`: one's own."""

    PATTERNS = client_patterns_of_ours("/devices$")

    def __init__(self, answers: DeviceAnswers) -> None:
        super().__init__()
        self._answers = answers

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        actor = await self._answers.actor(request)
        limit, offset = limit_of(request), offset_of(request)
        page = page_of(await self._answers.devices(actor.user_id, actor.device_id), offset, limit, "devices")
        page["requests"] = [request_answer(each) for each in await self._answers.requests.pending_of(actor.user_id)]
        return 200, page


class DeviceServlet(RestServlet):
    """`PUT /devices/{id}` names one of one's own, `DELETE` revokes it. `POST /devices/lost` ends all sessions.

    One servlet, because Synapse finds servlets by path alone, and a device may call itself `lost`.
    """

    PATTERNS = client_patterns_of_ours("/devices/(?P<device_id>[^/]+)$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers) -> None:
        super().__init__()
        self._api = api
        self._answers = answers

    async def on_PUT(self, request: SynapseRequest, device_id: str) -> tuple[int, JsonDict]:
        actor = await self._answers.actor(request)
        name = parse_json_object_from_request(request).get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 100:
            raise invalid("name: 1 to 100 characters")
        await rename_device(self._api, actor.user_id, device_id, name)
        return 200, {"device_id": device_id, "name": name}

    async def on_DELETE(self, request: SynapseRequest, device_id: str) -> tuple[int, JsonDict]:
        actor = await self._answers.actor(request)
        await self._answers.desk.revoke(actor, actor.user_id, device_id)
        return 200, {}

    async def on_POST(self, request: SynapseRequest, device_id: str) -> tuple[int, JsonDict]:
        actor = await self._answers.actor(request)
        if device_id != LOST:
            raise not_visible()
        return 200, {"devices": await self._answers.desk.lost(actor, actor.user_id)}


class CertifyDeviceServlet(RestServlet):
    """`POST /devices/{id}/certify`: a device of one's own that is signed in already."""

    PATTERNS = client_patterns_of_ours("/devices/(?P<device_id>[^/]+)/certify$")

    def __init__(self, answers: DeviceAnswers) -> None:
        super().__init__()
        self._answers = answers

    async def on_POST(self, request: SynapseRequest, device_id: str) -> tuple[int, JsonDict]:
        actor = await self._answers.actor(request)
        await self._answers.desk.certify(actor, actor.user_id, device_id, None)
        return 200, {}


class DecideServlet(RestServlet):
    """`POST /devices/requests/{number}/approve` and `…/deny`."""

    PATTERNS = client_patterns_of_ours("/devices/requests/(?P<number>[0-9]{1,12})/(?P<word>approve|deny)$")

    def __init__(self, answers: DeviceAnswers) -> None:
        super().__init__()
        self._answers = answers

    async def on_POST(self, request: SynapseRequest, number: str, word: str) -> tuple[int, JsonDict]:
        return 200, await self._answers.decide(await self._answers.actor(request), number, word)


def request_answer(request: DeviceRequest) -> JsonDict:
    """A request in the answers' form."""
    return {
        "number": request.number,
        "user_id": request.user_id,
        "organization": request.organization,
        "approved_by": request.mode.value,
        "name": request.appearance.name,
        "address": request.appearance.address,
        "user_agent": request.appearance.user_agent,
        "created_ts": request.created_ts,
    }


def _device(device: OwnDevice, this: str) -> JsonDict:
    answer: JsonDict = {
        "device_id": device.session.device_id,
        "name": device.session.name,
        "certified": device.certified,
        "last_seen_ts": device.session.last_seen_ts,
        "last_seen_address": device.session.last_seen_address,
        "this": device.session.device_id == this,
    }
    record = device.record
    if record is not None:
        answer["zone"] = record.zone.value
        if device.certified and record.certification is not None:
            answer |= {
                "certified_ts": record.certified_ts,
                "certified_by": record.certified_by,
                "how": record.certification.how.value,
                "organization": record.certification.organization,
            }
    return answer
