"""`/provision/devices…`: devices in the hands of the operator, for `kairan devices`."""

from attrs import evolve

from kairan_modules.rest.declarations import bad
from kairan_modules.rest.devices import DeviceAnswers, request_answer
from kairan_modules.rest.errors import invalid
from kairan_modules.rest.parameters import text_of
from kairan_modules.rest.provision import check_operator
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    parse_json_object_from_request,
)


class ProvisionDevicesServlet(RestServlet):
    """`GET ?user_id=`: all devices of a person, and what waits."""

    PATTERNS = client_patterns_of_ours("/provision/devices$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers) -> None:
        super().__init__()
        self._api = api
        self._answers = answers

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        user_id = text_of(request, "user_id")
        if user_id is None:
            raise invalid("user_id: needed")
        return 200, {
            "devices": await self._answers.devices(user_id),
            "requests": [request_answer(each) for each in await self._answers.requests.pending_of(user_id)],
        }


class ProvisionDeviceActionServlet(RestServlet):
    """`POST /provision/devices/{approve|deny|revoke|lost}`."""

    PATTERNS = client_patterns_of_ours("/provision/devices/(?P<word>approve|deny|revoke|lost)$")

    def __init__(self, api: ModuleApi, answers: DeviceAnswers) -> None:
        super().__init__()
        self._api = api
        self._answers = answers

    async def on_POST(self, request: SynapseRequest, word: str) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        # Authenticated by `check_operator` just now: Synapse does it once for a request.
        actor = evolve(self._answers.known(request), operator=True)
        body = parse_json_object_from_request(request)
        if word in ("approve", "deny"):
            return 200, await self._answers.decide(actor, _text(body, "number"), word)
        user_id = _text(body, "user_id")
        if word == "lost":
            return 200, {"devices": await self._answers.desk.lost(actor, user_id)}
        await self._answers.desk.revoke(actor, user_id, _text(body, "device_id"))
        return 200, {}


def _text(body: JsonDict, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        bad(f"{key}: a text is needed")
    return value
