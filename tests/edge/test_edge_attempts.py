"""Ways past the edge, each with what becomes of it: the real nginx before a real homeserver."""

import ssl
from collections.abc import Mapping

import httpx
import pytest
from attrs import frozen
from kairan.zones import Zone

from tests.edge import mirror
from tests.edge.conftest import Site

USERS = "/_synapse/admin/v2/users"
VERSIONS = "/_matrix/client/versions"


@frozen
class Attempt:
    """What is asked, always with the operator's token, and the status and error code that come back."""

    path: str
    status: int = 404
    errcode: str = "M_UNRECOGNIZED"
    method: str = "GET"
    headers: Mapping[str, str] = {}
    host: str | None = None


CLOSED = {
    "the admin API": Attempt(USERS),
    "the admin API by POST": Attempt("/_synapse/admin/v1/reset_password/@yamada:kairan.test", method="POST"),
    "the admin API by DELETE": Attempt("/_synapse/admin/v2/rooms/!x:kairan.test", method="DELETE"),
    "registration with the shared secret": Attempt("/_synapse/admin/v1/register"),
    "its first letter encoded": Attempt("/_synapse/%61dmin/v2/users"),
    "its underscore encoded": Attempt("/%5Fsynapse/admin/v2/users"),
    "its slash encoded": Attempt("/_synapse%2Fadmin/v2/users"),
    "encoded twice": Attempt("/_synapse/%2561dmin/v2/users"),
    "two slashes before it": Attempt("//_synapse/admin/v2/users"),
    "two slashes in it": Attempt("/_synapse//admin/v2/users"),
    "in capitals": Attempt("/_SYNAPSE/ADMIN/v2/users"),
    "a dot segment in it": Attempt("/_synapse/./admin/v2/users"),
    "climbing up to it": Attempt("/_matrix/client/../../_synapse/admin/v2/users"),
    "climbing up, dots encoded": Attempt("/_matrix/client/%2e%2e/%2E%2E/_synapse/admin/v2/users"),
    "climbing up, slashes encoded": Attempt("/_matrix/client/..%2F..%2F_synapse/admin/v2/users"),
    # nginx alone takes this for /_matrix/client/versions, Synapse for the admin API's GET of a user of that name.
    "an admin path that only seems to climb out": Attempt(f"{USERS}/@x{'%2F..' * 5}%2F_matrix%2Fclient%2Fversions"),
    "a parameter before it": Attempt("/_matrix/client/;/../../_synapse/admin/v2/users"),
    "a fragment before it": Attempt("/_synapse/admin/v2/users#/_matrix/client/versions"),
    "the whole address as path": Attempt("https://HOST/_synapse/admin/v2/users"),
    "replication": Attempt("/_synapse/replication/get_repl_stream/x"),
    "metrics": Attempt("/_synapse/metrics"),
    "metrics at the root": Attempt("/metrics"),
    "health": Attempt("/health"),
    "the server-server API on a face": Attempt("/_matrix/federation/v1/version"),
    "keys on a face": Attempt("/_matrix/key/v2/server"),
    "the application service API": Attempt("/_matrix/app/v1/ping", method="POST"),
    "static pages of Synapse": Attempt("/_matrix/static/"),
    "the root": Attempt("/"),
    "the well-known of servers": Attempt("/.well-known/matrix/server"),
    "a method of no use": Attempt(VERSIONS, 405, method="PATCH"),
    "TRACE": Attempt(VERSIONS, 405, method="TRACE", errcode=""),
    "CONNECT": Attempt(VERSIONS, 405, method="CONNECT", errcode=""),
    "PROPFIND": Attempt(VERSIONS, 405, method="PROPFIND"),
    "a token in the address": Attempt("/_matrix/client/v3/account/whoami?access_token=x", 401, "M_MISSING_TOKEN"),
    "a token in the address, its name encoded": Attempt(
        "/_matrix/client/v3/account/whoami?access%5Ftoken=x", 401, "M_MISSING_TOKEN"
    ),
    "a token after a semicolon": Attempt(
        "/_matrix/client/v3/account/whoami?x=1;access_token=x", 401, "M_MISSING_TOKEN"
    ),
    "another host than in the handshake": Attempt(VERSIONS, 421, host="chat.elsewhere.test", errcode=""),
    "the other side's host": Attempt(VERSIONS, 421, host="OTHER", errcode=""),
    "the homeserver's own address as host": Attempt(VERSIONS, 421, host="127.0.0.1:8402", errcode=""),
    "two ways to say where a body ends": Attempt(
        VERSIONS, 400, method="POST", headers={"Transfer-Encoding": "chunked", "Content-Length": "3"}, errcode=""
    ),
}


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET], ids=lambda zone: zone.value)
@pytest.mark.parametrize("attempt", CLOSED.values(), ids=CLOSED)
def test_what_is_closed_stays_closed(site: Site, attempt: Attempt, zone: Zone) -> None:
    other = Zone.INTERNET if zone is Zone.LGWAN else Zone.LGWAN
    answer = site.edge.ask(
        site.edge.sides[zone],
        attempt.method,
        attempt.path.replace("HOST", site.edge.sides[zone].name),
        headers={"Authorization": f"Bearer {site.operator}", **attempt.headers},
        host=site.edge.sides[other].name if attempt.host == "OTHER" else attempt.host,
    )
    assert answer.status == attempt.status, answer.text
    if attempt.errcode:
        assert answer.json["errcode"] == attempt.errcode
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["access-control-allow-origin"] == "*"


OPEN = {
    "versions": ("GET", VERSIONS, 200),
    "versions by HEAD": ("HEAD", VERSIONS, 200),
    "a preflight": ("OPTIONS", "/_matrix/client/v3/sync", 204),
    "one's own account": ("GET", "/_matrix/client/v3/account/whoami", 200),
    "an old prefix": ("GET", "/_matrix/client/r0/account/whoami", 200),
    "the well-known": ("GET", "/.well-known/matrix/client", 200),
    "the modules' API": ("GET", "/_synapse/client/kairan/v1/me", 200),
    "media's settings": ("GET", "/_matrix/client/v1/media/config", 200),
    "media's old settings": ("GET", "/_matrix/media/v3/config", 200),
    "a filter with a query": ("GET", "/_matrix/client/v3/sync?timeout=0&filter=%7B%22room%22%3A%7B%7D%7D", 200),
    "a state key with slashes and dots in it": (
        "GET",
        "/_matrix/client/v3/rooms/%21x%3Akairan.test/state/jp.kairan.x/a%2F.b%2F...%2Fc",
        403,
    ),
}


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET], ids=lambda zone: zone.value)
@pytest.mark.parametrize(("method", "path", "status"), OPEN.values(), ids=OPEN)
def test_what_clients_need_is_served(site: Site, zone: Zone, method: str, path: str, status: int) -> None:
    answer = site.edge.ask(site.edge.sides[zone], method, path, headers={"Authorization": f"Bearer {site.operator}"})
    assert answer.status == status, answer.text


def test_the_operator_that_the_attempts_use_may_do_all_that_on_the_internal_listener(site: Site) -> None:
    url = site.homeserver.url(Zone.INTERNAL)
    for path in (USERS, f"{USERS}/@yamada:kairan.test"):
        answer = httpx.get(url + path, headers={"Authorization": f"Bearer {site.operator}"}, trust_env=False)
        assert answer.status_code == 200


def test_a_handshake_for_another_name_is_refused(site: Site) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        site.edge.ask(site.edge.sides[Zone.INTERNET], "GET", VERSIONS, handshake="chat.elsewhere.test")


def test_the_federation_side_serves_nothing_for_clients(site: Site) -> None:
    side = site.edge.sides[Zone.FEDERATION]
    assert site.edge.ask(side, "GET", "/_matrix/key/v2/server").json["server_name"] == site.homeserver.server_name
    assert site.edge.ask(side, "GET", "/_matrix/federation/v1/version").status == 200
    for path in (VERSIONS, USERS, "/_synapse/client/kairan/v1/me", "/_matrix/key/../client/versions", mirror.PATH):
        assert site.edge.ask(side, "GET", path).json["errcode"] == "M_UNRECOGNIZED", path
