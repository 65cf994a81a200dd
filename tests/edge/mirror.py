"""A Synapse module that shows what reached the homeserver: the headers of the request, and by which zone it came."""

from typing import Any

from kairan_modules.synapse_compat import (
    DirectServeJsonResource,
    JsonDict,
    ModuleApi,
    SynapseRequest,
    clock_of,
    request_zone,
)

PATH = "/_synapse/client/kairan-mirror"


class Mirror:
    """The module; it has no configuration."""

    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        api.register_web_resource(PATH, _Resource(api))

    @staticmethod
    def parse_config(config: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return config


class _Resource(DirectServeJsonResource):
    isLeaf = True  # noqa: N815 (the name is Twisted's)

    def __init__(self, api: ModuleApi) -> None:
        super().__init__(clock=clock_of(api))

    async def _async_render_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        headers = {
            name.decode().lower(): [value.decode() for value in values]
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        address = str(request.getClientAddress().host)  # type: ignore[no-untyped-call]
        return 200, {"headers": headers, "zone": request_zone(request).value, "address": address}
