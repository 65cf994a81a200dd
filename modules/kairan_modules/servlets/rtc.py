"""Group calls: where they run (MSC4143), and the way to there, for those only who may join one here."""

from collections.abc import Mapping
from typing import Any

from kairan.zones import Action, Zone

from kairan_modules.judge import Judge
from kairan_modules.servlets.well_known import FaceDescription
from kairan_modules.synapse_compat import (
    JsonDict,
    JsonResource,
    MatrixRTCRestServlet,
    ModuleApi,
    ServletCallback,
    SynapseRequest,
    homeserver,
    owner_of_token,
    request_zone,
    requester_of,
    wrap_routes,
)


class RtcTransportsServlet(MatrixRTCRestServlet):
    """`GET /org.matrix.msc4143/rtc/transports`: the zone's `rtc_foci`, or nothing, as Synapse says of having none.

    Synapse's own answers the same everywhere, so ours stands there whether or not Synapse's is turned on.
    """

    def __init__(self, api: ModuleApi, judge: Judge, faces: Mapping[Zone, FaceDescription]) -> None:
        super().__init__(homeserver(api))
        self._judge = judge
        self._faces = faces

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        # Synapse's asks for a token; its answer is not of interest.
        await super().on_GET(request)
        requester = requester_of(request)
        face = self._faces.get(request_zone(request))
        foci = face.rtc_foci if face else ()
        if foci and await self._judge.allows(Action.CALL, requester.user.to_string(), requester.device_id or ""):
            return 200, {"rtc_transports": list(foci)}
        return 200, {}


def guard_call_services(api: ModuleApi, resource: JsonResource, judge: Judge) -> None:
    """Judge what Synapse hands on to an application service under `/rtc/livekit` (MSC4512): the way into a call.

    Synapse knows such paths only where its experimental setting is on.
    """

    def guarded(callback: ServletCallback) -> ServletCallback:
        async def judged(request: SynapseRequest, **parts: str) -> Any:
            requester = await owner_of_token(api, request)
            await judge.check(
                Action.CALL, requester.user.to_string(), requester.device_id or "", request.path.decode("ascii")
            )
            answer: Any = callback(request, **parts)
            return await answer

        return judged

    wrap_routes(resource, "ApplicationServiceClientProxy", guarded)
