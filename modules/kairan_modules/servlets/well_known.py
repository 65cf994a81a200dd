"""`/.well-known/matrix/client` of each face: the face names itself, and no other."""

from collections.abc import Mapping, Sequence

from attrs import frozen
from kairan.zones import Zone

from kairan_modules.synapse_compat import (
    DirectServeJsonResource,
    JsonDict,
    ModuleApi,
    SynapseError,
    SynapseRequest,
    clock_of,
    request_zone,
)


@frozen
class FaceDescription:
    """What a face says of itself: its base URL, and where its group calls run (MSC4143), the preferred one first."""

    base_url: str
    rtc_foci: Sequence[JsonDict] = ()


def client_well_known(zone: Zone, faces: Mapping[Zone, FaceDescription]) -> JsonDict | None:
    """What clients of this zone discover (client-server API, 4.3); None where there is nothing for clients."""
    if not zone.serves_clients or zone not in faces:
        return None
    answer: JsonDict = {
        "m.homeserver": {"base_url": faces[zone].base_url},
        # Element reads these two: https://github.com/element-hq/element-web/blob/develop/docs/e2ee.md
        "io.element.e2ee": {"default": False, "force_disable": True},
    }
    if faces[zone].rtc_foci:
        answer["org.matrix.msc4143.rtc_foci"] = list(faces[zone].rtc_foci)
    return answer


class WellKnownResource(DirectServeJsonResource):
    """Replaces Synapse's `/.well-known`, which knows one address only."""

    isLeaf = True  # noqa: N815 (the name is Twisted's)

    def __init__(self, api: ModuleApi, faces: Mapping[Zone, FaceDescription]) -> None:
        super().__init__(clock=clock_of(api))
        self._faces = faces

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        if request.path != b"/.well-known/matrix/client":
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        answer = client_well_known(request_zone(request), self._faces)
        if answer is None:
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        # Browsers' clients ask across origins (client-server API, 4.1).
        request.setHeader(b"Access-Control-Allow-Origin", b"*")  # type: ignore[no-untyped-call]
        return 200, answer
