"""The edge: what it says about a client's certificate, believed from the edge's own address only.

The edge sends three headers with every request (configs/edge): the verdict as nginx words it (`SUCCESS`, `FAILED`,
`NONE`), and with `-Subject` and `-Issuer` after the same name the distinguished names (RFC 2253).
"""

import ipaddress
from collections.abc import Mapping

from attrs import field, frozen
from kairan.organizations import OrganizationKey, parse_organization_key

from kairan_modules.config import ConfigReader
from kairan_modules.synapse_compat import SynapseRequest, peer_of

HEADER = "X-Kairan-Client-Certificate"
"""The standard name of the verdict's header."""


@frozen
class EdgeConfig:
    """Whose word counts: no address, nobody's.

    Attributes:
        addresses: from which the edge connects. Not what `X-Forwarded-For` says.
        header: the name of the verdict's header.
        authorities: the distinguished names of issuers, each with the organisation whose authority it is.
    """

    addresses: frozenset[str] = frozenset()
    header: str = HEADER
    authorities: Mapping[str, OrganizationKey] = field(factory=dict)


@frozen
class Certificate:
    """What was seen of a certificate. `organization` is that of its issuer, None for nothing to be believed.

    `why` says in words why there is none, for the audit trail.
    """

    organization: OrganizationKey | None
    subject: str = ""
    why: str = ""


def certificate_of(request: SynapseRequest, config: EdgeConfig) -> Certificate:
    """The certificate that the edge saw behind a request."""
    peer = _plain(peer_of(request))
    if peer not in config.addresses:
        return Certificate(None, why=f"the connection is from {peer or 'a socket'}, which is not the edge")
    verdict = _header(request, config.header)
    if verdict != "SUCCESS":
        return Certificate(None, why=f"the edge says {verdict or 'nothing'}")
    issuer, subject = _header(request, f"{config.header}-Issuer"), _header(request, f"{config.header}-Subject")
    if issuer not in config.authorities:
        return Certificate(None, subject, why=f"no organisation's authority: {issuer}")
    return Certificate(config.authorities[issuer], subject)


def read_edge(config: ConfigReader, given: Mapping[str, object]) -> EdgeConfig:
    """Read `edge: {addresses: [...], certificate_header: ..., authorities: {"272060": "CN=…"}}`.

    Raises `ConfigError` with the path of the bad key.
    """
    path = ("edge",)
    header = config.text("certificate_header", default=HEADER)
    config.keys(allowed=("addresses", "certificate_header", "authorities"))
    addresses = given.get("addresses")
    if not isinstance(addresses, list) or not addresses:
        raise ConfigReader.error("a list of addresses is needed here", (*path, "addresses"))
    for index, address in enumerate(addresses):
        try:
            ipaddress.ip_address(str(address))
        except ValueError:
            raise ConfigReader.error(f"{address!r} is no IP address", (*path, "addresses", str(index))) from None
    authorities = given.get("authorities", {})
    if not isinstance(authorities, dict):
        raise ConfigReader.error("a mapping of organisations to issuers is needed here", (*path, "authorities"))
    return EdgeConfig(
        addresses=frozenset(_plain(str(address)) for address in addresses),
        header=header,
        authorities=dict(_authority(str(key), issuer, (*path, "authorities")) for key, issuer in authorities.items()),
    )


def _authority(key: str, issuer: object, path: tuple[str, ...]) -> tuple[str, OrganizationKey]:
    if not isinstance(issuer, str) or not issuer:
        raise ConfigReader.error("the distinguished name of the issuer is needed here", (*path, key))
    try:
        return issuer, parse_organization_key(key)
    except ValueError as error:
        raise ConfigReader.error(str(error), (*path, key)) from None


def _header(request: SynapseRequest, name: str) -> str:
    values = request.requestHeaders.getRawHeaders(name)
    # Twice is what a client's forgery beside the edge's own word looks like.
    return values[0].strip() if values is not None and len(values) == 1 else ""


def _plain(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
