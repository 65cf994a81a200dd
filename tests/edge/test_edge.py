"""The edge as shipped: what it tells the homeserver, signing in, certificates, logs."""

import json
import socket
import ssl
from typing import Any

import pytest
from kairan.zones import Zone

from tests.edge import mirror
from tests.edge.authority import Authority, Pair
from tests.edge.conftest import Site
from tests.edge.homeserver_process import PASSWORD
from tests.edge.nginx import Answer

FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Port": "1",
    "Forwarded": "for=203.0.113.7;host=evil.test",
    "X-Real-IP": "203.0.113.7",
    "X-Kairan-Client-Certificate": "SUCCESS",
    "x-kairan-client-certificate-subject": "O=272060,CN=forged",
    "X-KAIRAN-CLIENT-CERTIFICATE-ISSUER": "CN=forged",
    "X_Kairan_Client_Certificate": "SUCCESS",
    "X-Kairan-Zone": "internal",
    "X-Original-URL": "/_synapse/admin/v2/users",
    "Cookie": "a=b",
    "Via": "1.1 forged",
}


def _mirrored(site: Site, zone: Zone, **options: Any) -> dict[str, Any]:
    answer = site.edge.ask(site.edge.sides[zone], "GET", mirror.PATH, **options)
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET])
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_header_does_not_reach_the_homeserver(site: Site, zone: Zone, name: str) -> None:
    seen = _mirrored(site, zone, headers={name: FORGED[name]})
    reached = {value for values in seen["headers"].values() for value in values}
    # Single sign-on has a cookie; nothing else has anything.
    assert (FORGED[name] in reached) is (name == "Cookie")
    assert seen["zone"] == zone.value
    assert seen["address"] == "127.0.0.1"
    assert seen["headers"]["x-forwarded-for"] == ["127.0.0.1"]
    assert seen["headers"]["x-forwarded-proto"] == ["https"]
    assert seen["headers"]["x-kairan-client-certificate"] == ["NONE"]
    assert "x-kairan-client-certificate-subject" not in seen["headers"]


def test_the_homeserver_gets_these_headers_and_no_others(site: Site) -> None:
    sent = {"Accept": "a/b", "Accept-Language": "ja", "User-Agent": "a phone", "Origin": "https://x.test"}
    seen = _mirrored(site, Zone.INTERNET, headers={**sent, **FORGED, "Accept-Encoding": "gzip", "X-Anything": "1"})
    assert set(seen["headers"]) == {
        "host",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-kairan-client-certificate",
        "cookie",
        *(name.lower() for name in sent),
    }
    assert seen["headers"]["host"] == [site.edge.sides[Zone.INTERNET].name]


def test_a_certificate_of_an_organisation_is_passed_on_with_whose_it_is(site: Site) -> None:
    device = site.edge.organizations.for_device("phone-1", "272060")
    headers = _mirrored(site, Zone.INTERNET, device=device, headers=FORGED)["headers"]
    assert headers["x-kairan-client-certificate"] == ["SUCCESS"]
    assert headers["x-kairan-client-certificate-subject"] == ["CN=phone-1,O=272060"]
    assert headers["x-kairan-client-certificate-issuer"] == ["CN=organizations"]


def test_what_a_certificate_says_of_its_owner_stays_one_value(site: Site) -> None:
    device = site.edge.organizations.for_device("x,O=270008\r\nX-Kairan-Zone: internal", "272060")
    headers = _mirrored(site, Zone.INTERNET, device=device)["headers"]
    (subject,) = headers["x-kairan-client-certificate-subject"]
    assert subject.endswith(",O=272060")
    assert "\\,O=270008" in subject
    assert "x-kairan-zone" not in headers


def test_on_lgwan_nobody_asks_for_a_certificate(site: Site) -> None:
    device = site.edge.organizations.for_device("phone-2", "272060")
    assert _mirrored(site, Zone.LGWAN, device=device)["headers"]["x-kairan-client-certificate"] == ["NONE"]


def test_a_certificate_that_has_ended_is_refused_with_what_to_do(site: Site) -> None:
    device = site.edge.organizations.for_device("old-phone", "272060", ended=True)
    answer = site.edge.ask(site.edge.sides[Zone.INTERNET], "GET", mirror.PATH, device=device)
    assert answer.status == 403
    assert answer.json["errcode"] == "JP.KAIRAN.BAD_CLIENT_CERTIFICATE"
    assert "所属の管理者" in answer.json["error"]


def test_a_certificate_of_a_stranger_that_bears_the_organisation_is_refused(site: Site) -> None:
    (folder := site.edge.folder / "stranger").mkdir()
    device = Authority(folder, "organizations").for_device("phone-3", "272060")
    answer = site.edge.ask(site.edge.sides[Zone.INTERNET], "GET", mirror.PATH, device=device)
    assert answer.status == 403
    assert answer.json["errcode"] == "JP.KAIRAN.BAD_CLIENT_CERTIFICATE"


def test_an_authority_cannot_pass_another_off_as_an_organisations(site: Site) -> None:
    (folder := site.edge.folder / "below").mkdir()
    # Issued by 大阪府's authority, say, in the name of 豊中市's.
    below = site.edge.organizations.names_authority("CN=Toyonaka Device CA", folder)
    device = below.for_device("phone-4", "272035")
    device.certificate.write_bytes(device.certificate.read_bytes() + below.path.read_bytes())
    answer = site.edge.ask(site.edge.sides[Zone.INTERNET], "GET", mirror.PATH, device=device)
    assert answer.json["errcode"] == "JP.KAIRAN.BAD_CLIENT_CERTIFICATE"


def test_a_certificate_opens_the_door_of_an_organisation_that_asks_for_one(site: Site) -> None:
    site.homeserver.declare_town(site.operator)
    site.homeserver.let_sign_in(site.operator, "4001")
    side = site.edge.sides[Zone.INTERNET]
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "4001"}, "password": PASSWORD}

    def sign_in(headers: dict[str, str], device: Pair | None = None) -> Answer:
        path = "/_matrix/client/v3/login"
        return site.edge.ask(side, "POST", path, headers=headers, body=json.dumps(body), device=device)

    assert sign_in({}).json["errcode"] == "JP.KAIRAN.DEVICE_CERTIFICATE_NEEDED"
    forged = {
        "X-Kairan-Client-Certificate": "SUCCESS",
        "X-Kairan-Client-Certificate-Subject": "CN=phone-5",
        "X-Kairan-Client-Certificate-Issuer": "CN=organizations",
    }
    assert sign_in(forged).json["errcode"] == "JP.KAIRAN.DEVICE_CERTIFICATE_NEEDED"
    answer = sign_in({}, site.edge.organizations.for_device("phone-5", "272035"))
    assert answer.status == 200, answer.text


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET])
def test_each_side_names_itself_and_nothing_of_the_other(site: Site, zone: Zone) -> None:
    answer = site.edge.ask(site.edge.sides[zone], "GET", "/.well-known/matrix/client")
    assert answer.json["m.homeserver"]["base_url"] == site.edge.sides[zone].url + "/"
    other = Zone.INTERNET if zone is Zone.LGWAN else Zone.LGWAN
    assert site.edge.sides[other].name not in answer.text


def test_only_the_internet_side_insists_on_https_for_the_future(site: Site) -> None:
    for path in ("/_matrix/client/versions", "/closed"):
        answers = {zone: site.edge.ask(side, "GET", path) for zone, side in site.edge.sides.items()}
        assert "max-age=31536000" in answers[Zone.INTERNET].headers["strict-transport-security"]
        assert "strict-transport-security" not in answers[Zone.LGWAN].headers


def test_both_sides_speak_http_2_and_no_old_tls(site: Site) -> None:
    for zone in (Zone.LGWAN, Zone.INTERNET):
        side = site.edge.sides[zone]
        context = ssl.create_default_context(cafile=site.edge.authority.path)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", side.port)) as plain,
            context.wrap_socket(plain, server_hostname=side.name) as connection,
        ):
            assert connection.selected_alpn_protocol() == "h2"
        old = ssl.create_default_context(cafile=site.edge.authority.path)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.deprecated_call():
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(("127.0.0.1", side.port)) as plain,
            pytest.raises(ssl.SSLError),
            old.wrap_socket(plain, server_hostname=side.name),
        ):
            pass


def test_long_polls_are_let_wait_longer_than_any_client_asks(site: Site) -> None:
    text = (site.edge.folder / "kairan/snippets/server.conf").read_text()
    assert int(text.partition("proxy_read_timeout ")[2].partition("s;")[0]) >= 90


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/_matrix/client/v3/login", 65 * 1024, 413),
        ("/_matrix/client/v3/rooms/!x/send/m.room.message/1", 5 * 1024 * 1024, 413),
        ("/_matrix/media/v3/upload", 1024 * 1024 + 1, 413),
        ("/_matrix/media/v3/upload", 1024 * 1024, 200),
    ],
)
def test_what_is_too_large_is_refused_by_the_edge(site: Site, path: str, size: int, status: int) -> None:
    answer = site.edge.ask(
        site.edge.sides[Zone.LGWAN],
        "PUT" if "send" in path else "POST",
        path,
        headers={"Authorization": f"Bearer {site.token}", "Content-Type": "text/plain"},
        body=b"x" * size,
    )
    assert answer.status == status, answer.text
    if status == 413:
        assert answer.json["errcode"] == "M_TOO_LARGE"


def test_json_is_compressed_for_thin_lines(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.token}", "Accept-Encoding": "gzip"}
    answer = site.edge.ask(site.edge.sides[Zone.LGWAN], "GET", "/_matrix/client/v3/pushrules/", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"


def test_the_pages_stand_behind_the_same_edge(site: Site) -> None:
    for zone, side in site.edge.pages.items():
        answer = site.edge.ask(side, "GET", "/api/session")
        assert answer.status == 200, answer.text
        assert answer.json["zone"] == zone.value
        page = site.edge.ask(side, "GET", "/phonebook")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for path in ("/health", "/metrics", "/_matrix/client/versions", "/_synapse/admin/v2/users"):
            assert site.edge.ask(side, "GET", path).status == 404, path


def test_one_signs_in_to_the_pages_through_the_edge(site: Site) -> None:
    side = site.edge.pages[Zone.LGWAN]
    answer = site.edge.ask(
        side,
        "POST",
        "/api/session",
        headers={"Content-Type": "application/json", "Origin": side.url},
        body=json.dumps({"user": "yamada", "password": PASSWORD}),
    )
    assert answer.status == 200, answer.text
    assert "secure" in answer.headers["set-cookie"].lower()
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert site.edge.ask(side, "GET", "/api/session", headers={"Cookie": cookie}).json["user_id"] == (
        site.homeserver.user_id("yamada")
    )


def test_too_many_attempts_to_sign_in_are_refused_in_all_spellings_and_said_so(site: Site) -> None:
    side = site.edge.sides[Zone.INTERNET]
    # 6 a minute, and 5 more at once.
    paths = ["v3/login", "r0/login", "api/v1/login", "unstable/login", "v3//login", "v3/%6Cogin", "v3/login?x=1"]
    statuses = [site.sign_in(side, "wrong", path).status for path in paths * 3]
    assert statuses.count(429) >= 12
    refused = site.sign_in(side)
    assert refused.status == 429
    assert refused.json["errcode"] == "M_LIMIT_EXCEEDED"
    assert refused.json["retry_after_ms"] == int(refused.headers["retry-after"]) * 1000
    assert refused.headers["access-control-allow-origin"] == "*"
    for path in ("v3/register", "v3/account/password", "v3/account/deactivate", "v3/delete_devices", "v3/refresh"):
        assert site.sign_in(side, path=path).status == 429, path
    # Looking at the ways to sign in is free, and the other side is not touched.
    assert site.edge.ask(side, "GET", "/_matrix/client/v3/login").status == 200
    assert site.sign_in(site.edge.sides[Zone.LGWAN]).status == 200
    # The pages are another door to the same.
    pages = site.edge.pages[Zone.INTERNET]
    for path in ("/api/session", "/api/activation", "/api/activation/check"):
        assert site.edge.ask(pages, "POST", path, body="{}").status == 429, path
    assert site.edge.ask(side, "POST", "/_synapse/client/kairan/v1/activation/check", body="{}").status == 429


def test_logs_hold_neither_queries_nor_tokens(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.token}", "Cookie": "secret-cookie=1"}
    side = site.edge.sides[Zone.INTERNET]
    for path in (
        f"/_matrix/client/v3/account/whoami?access_token={site.token}",
        "/_matrix/client/v3/sync?timeout=0&x=secret-query",
        "/_synapse/client/oidc/callback?code=secret-code",
    ):
        site.edge.ask(side, "GET", path, headers=headers)
    for name in ("access.log", "error.log"):
        text = site.edge.log(name)
        for secret in (site.token, "secret-query", "secret-code", "secret-cookie"):
            assert secret not in text, name
    lines = [json.loads(line) for line in site.edge.log("access.log").splitlines()]
    last = next(line for line in reversed(lines) if line["path"] == "/_matrix/client/v3/sync")
    assert last["zone"] == "internet"
    assert last["status"] == 200
