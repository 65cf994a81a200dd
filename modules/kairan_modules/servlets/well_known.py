"""`/.well-known/matrix/client` of each face: the face names itself, and no other."""

from collections.abc import Mapping

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


def client_well_known(zone: Zone, base_urls: Mapping[Zone, str]) -> JsonDict | None:
    """What clients of this zone discover (client-server API, 4.3); None where there is nothing for clients."""
    if not zone.serves_clients or zone not in base_urls:
        return None
    return {
        "m.homeserver": {"base_url": base_urls[zone]},
        # Element reads these two: https://github.com/element-hq/element-web/blob/develop/docs/e2ee.md
        "io.element.e2ee": {"default": False, "force_disable": True},
    }


class WellKnownResource(DirectServeJsonResource):
    """Replaces Synapse's `/.well-known`, which knows one address only."""

    isLeaf = True  # noqa: N815 (the name is Twisted's)

    def __init__(self, api: ModuleApi, base_urls: Mapping[Zone, str]) -> None:
        super().__init__(clock=clock_of(api))
        self._base_urls = base_urls

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        if request.path != b"/.well-known/matrix/client":
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        answer = client_well_known(request_zone(request), self._base_urls)
        if answer is None:
            raise SynapseError(404, "Not found", "M_NOT_FOUND")
        # Browsers' clients ask across origins (client-server API, 4.1).
        request.setHeader(b"Access-Control-Allow-Origin", b"*")  # type: ignore[no-untyped-call]
        return 200, answer
