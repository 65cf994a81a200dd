"""`/organizations/{key}/devices…`: the devices of an organisation's people, for its own administrators."""

from kairan.errors import ErrorCode
from kairan.organizations import OrganizationKey

from kairan_modules.audit import Audit
from kairan_modules.device_desk import Actor
from kairan_modules.rest.devices import LOST, DeviceAnswers, request_answer
from kairan_modules.rest.errors import not_visible
from kairan_modules.rest.parameters import limit_of, offset_of, page_of, text_of
from kairan_modules.store.devices import DeviceStore
from kairan_modules.synapse_compat import JsonDict, RestServlet, SynapseRequest, client_patterns_of_ours

_ORGANIZATION = "/organizations/(?P<organization>[^/]+)/devices"
_DEVICE = _ORGANIZATION + "/(?P<user_id>[^/]+)/(?P<device_id>[^/]+)"


class AdministratorGate:
    """Lets administrators of an organisation act on its own people."""

    def __init__(self, answers: DeviceAnswers, audit: Audit) -> None:
        self._answers = answers
        self._audit = audit

    async def actor(self, request: SynapseRequest, organization: str, user_id: str | None = None) -> Actor:
        """The administrator who asks. Raises NOT_ADMINISTRATOR; NOT_VISIBLE for a person of another organisation."""
        actor = await self._answers.actor(request)
        key = OrganizationKey(organization)
        if not await self._answers.desk.administers(actor.user_id, key):
            raise await self._audit.refuse(
                ErrorCode.NOT_ADMINISTRATOR, "administer_devices", actor.user_id, device_id=actor.device_id, detail=key
            )
        if user_id is not None and not await self._answers.desk.belongs(user_id, key):
            raise not_visible()
        return actor


class OrganizationDevicesServlet(RestServlet):
    """`GET`: what waits and what the organisation certified; with `user_id`, all devices of one person."""

    PATTERNS = client_patterns_of_ours(_ORGANIZATION + "$")

    def __init__(self, answers: DeviceAnswers, gate: AdministratorGate, devices: DeviceStore) -> None:
        super().__init__()
        self._answers = answers
        self._gate = gate
        self._devices = devices

    async def on_GET(self, request: SynapseRequest, organization: str) -> tuple[int, JsonDict]:
        user_id = text_of(request, "user_id")
        await self._gate.actor(request, organization, user_id)
        limit, offset = limit_of(request), offset_of(request)
        key = OrganizationKey(organization)
        waiting = await self._answers.requests.pending_in(key)
        if user_id is not None:
            waiting = [each for each in waiting if each.user_id == user_id]
            devices = await self._answers.devices(user_id)
            page = page_of([{"user_id": user_id, **each} for each in devices], offset, limit, "devices")
        else:
            certified = await self._devices.certified_by(key, offset, limit + 1)
            page = {
                "devices": [
                    {
                        "user_id": owner,
                        "device_id": each.device_id,
                        "certified": True,
                        "certified_ts": each.certified_ts,
                    }
                    for owner, each in certified[:limit]
                ]
            }
            if len(certified) > limit:
                page["next_batch"] = str(offset + limit)
        page["requests"] = [request_answer(each) for each in waiting]
        names = await self._devices.names([each["user_id"] for each in [*page["devices"], *page["requests"]]])
        for each in [*page["devices"], *page["requests"]]:
            each["person"] = names.get(each["user_id"], each["user_id"])
        return 200, page


class OrganizationDeviceServlet(RestServlet):
    """`DELETE` revokes a device of one of the organisation's people; `POST …/lost` ends all sessions of the person."""

    PATTERNS = client_patterns_of_ours(_DEVICE + "$")

    def __init__(self, answers: DeviceAnswers, gate: AdministratorGate) -> None:
        super().__init__()
        self._answers = answers
        self._gate = gate

    async def on_DELETE(
        self, request: SynapseRequest, organization: str, user_id: str, device_id: str
    ) -> tuple[int, JsonDict]:
        actor = await self._gate.actor(request, organization, user_id)
        await self._answers.desk.revoke(actor, user_id, device_id)
        return 200, {}

    async def on_POST(
        self, request: SynapseRequest, organization: str, user_id: str, device_id: str
    ) -> tuple[int, JsonDict]:
        actor = await self._gate.actor(request, organization, user_id)
        if device_id != LOST:
            raise not_visible()
        return 200, {"devices": await self._answers.desk.lost(actor, user_id)}


class OrganizationCertifyServlet(RestServlet):
    """`POST …/certify`: the administrator certifies a device that is signed in already."""

    PATTERNS = client_patterns_of_ours(_DEVICE + "/certify$")

    def __init__(self, answers: DeviceAnswers, gate: AdministratorGate) -> None:
        super().__init__()
        self._answers = answers
        self._gate = gate

    async def on_POST(
        self, request: SynapseRequest, organization: str, user_id: str, device_id: str
    ) -> tuple[int, JsonDict]:
        actor = await self._gate.actor(request, organization, user_id)
        await self._answers.desk.certify(actor, user_id, device_id, OrganizationKey(organization))
        return 200, {}


class OrganizationDecideServlet(RestServlet):
    """`POST …/requests/{number}/approve` and `…/deny`: as `/devices/requests`, for the organisation named."""

    PATTERNS = client_patterns_of_ours(_ORGANIZATION + "/requests/(?P<number>[0-9]{1,12})/(?P<word>approve|deny)$")

    def __init__(self, answers: DeviceAnswers, gate: AdministratorGate) -> None:
        super().__init__()
        self._answers = answers
        self._gate = gate

    async def on_POST(self, request: SynapseRequest, organization: str, number: str, word: str) -> tuple[int, JsonDict]:
        actor = await self._gate.actor(request, organization)
        return 200, await self._answers.decide(actor, number, word)
