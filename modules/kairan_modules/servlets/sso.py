"""`/login/sso/redirect` of each face: single sign-on begins and ends on the face where the person is.

Synapse sends everybody to `public_baseurl` first, which terminals on LGWAN cannot reach and must not be told.
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

from kairan.zones import Zone

from kairan_modules.servlets.well_known import FaceDescription
from kairan_modules.synapse_compat import ModuleApi, SynapseError, SynapseRequest, homeserver, request_zone
from kairan_modules.synapse_sign_in import SsoRedirectServlet, identity_providers


def providers_by_zone(api: ModuleApi, faces: Mapping[Zone, FaceDescription]) -> dict[Zone, list[str]]:
    """Which OIDC providers belong to a face: those that send browsers back to its base URL."""
    providers = identity_providers(api)
    return {
        zone: [provider for provider, address in providers.items() if address.startswith(face.base_url)]
        for zone, face in faces.items()
    }


class SsoRedirect(SsoRedirectServlet):
    """Leaves for a provider of this face, and for no other."""

    def __init__(self, api: ModuleApi, faces: Mapping[Zone, FaceDescription]) -> None:
        super().__init__(homeserver(api))
        self._faces = faces
        self._providers = providers_by_zone(api, faces)

    async def on_GET(self, request: SynapseRequest, idp_id: str | None = None) -> None:
        zone = request_zone(request)
        providers = self._providers.get(zone, [])
        if idp_id is None and len(providers) == 1:
            idp_id = providers[0]
        if idp_id not in providers:
            raise SynapseError(
                404, "この認証は、このネットワークでは使えません。 / No such sign-on here.", "M_NOT_FOUND"
            )
        bound: Any = copy(self)
        # Asked by another address, Synapse sends the browser to this one first, where the cookie will be looked for.
        bound._public_baseurl = self._faces[zone].base_url
        await super(SsoRedirect, bound).on_GET(request, idp_id)
