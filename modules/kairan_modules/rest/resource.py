"""The resource under which all calls of our REST API are served, on client listeners only."""

from kairan.errors import ErrorCode

from kairan_modules.rest.errors import refusal
from kairan_modules.synapse_compat import (
    JsonResource,
    ModuleApi,
    RestServlet,
    ServletCallback,
    SynapseRequest,
    homeserver,
    request_zone,
)

PREFIX = "/_synapse/client/kairan"


class KairanResource(JsonResource):
    """Serves the given servlets; on a listener that is no client zone there is nothing here."""

    def __init__(self, api: ModuleApi, servlets: list[RestServlet]) -> None:
        super().__init__(homeserver(api), canonical_json=False)
        for servlet in servlets:
            servlet.register(self)

    def _get_handler_for_request(self, request: SynapseRequest) -> tuple[ServletCallback, str, dict[str, str]]:
        if not request_zone(request).serves_clients:
            raise refusal(404, ErrorCode.WRONG_FACE)
        return super()._get_handler_for_request(request)
