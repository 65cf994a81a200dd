"""Who may declare: an administrator of the server, on the internal listener."""

from kairan.errors import ErrorCode
from kairan.zones import Zone

from kairan_modules.rest.errors import refusal
from kairan_modules.synapse_compat import ModuleApi, SynapseRequest, is_server_admin, request_zone


async def check_operator(api: ModuleApi, request: SynapseRequest) -> None:
    """Raise unless the request may change the registry."""
    requester = await api.get_user_by_req(request)
    if request_zone(request) is not Zone.INTERNAL:
        raise refusal(403, ErrorCode.WRONG_FACE)
    if not await is_server_admin(api, requester):
        raise refusal(403, ErrorCode.NOT_OPERATOR)
