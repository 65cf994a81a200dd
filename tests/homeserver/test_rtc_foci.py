"""Where group calls run is told on the Internet face, to those who may call, and nowhere else; nor is the way open."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from kairan.zones import CLIENT_ZONES, Zone
from synapse.config import ConfigError

from tests.browser.serving import Serving, bound
from tests.homeserver.harness import HomeserverFactory, ModuleList, Server

FOCUS = {"type": "livekit", "livekit_service_url": "https://rtc.osaka.test/livekit/jwt"}
TRANSPORTS = "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports"


def _modules(base_urls: Mapping[Zone, str], **rtc_foci: Any) -> ModuleList:
    zones: dict[str, dict[str, Any]] = {zone.value: {"base_url": url} for zone, url in base_urls.items()}
    for zone, foci in rtc_foci.items():
        zones[zone]["rtc_foci"] = foci
    return [
        {"module": "kairan_modules.Registry", "config": {"bot": "kairan"}},
        {"module": "kairan_modules.Faces", "config": {"zones": zones}},
    ]


@pytest.fixture(scope="module", params=["Synapse's own servlet off", "on"])
def calling(homeserver_factory: HomeserverFactory, request: pytest.FixtureRequest) -> Server:
    """A homeserver whose Internet face has a place for group calls; Synapse's own setting names one for everywhere."""
    return homeserver_factory(
        lambda base_urls: _modules(base_urls, internet=[FOCUS]),
        experimental_features={"msc4143_enabled": request.param == "on"},
        matrix_rtc={"transports": [{"type": "livekit", "livekit_service_url": "https://everywhere.test"}]},
    )


def test_only_the_internet_face_has_it_in_its_well_known(calling: Server) -> None:
    for zone in CLIENT_ZONES:
        with calling.client(None, zone) as client:
            answer = client.get("/.well-known/matrix/client")
        if zone is Zone.INTERNET:
            assert answer.json()["org.matrix.msc4143.rtc_foci"] == [FOCUS]
        else:
            assert "rtc_foci" not in answer.text
            assert "livekit" not in answer.text


def test_only_the_internet_face_tells_its_transports(calling: Server) -> None:
    token = calling.register("someone")
    for zone in CLIENT_ZONES:
        with calling.client(token, zone) as client:
            answer = client.get(TRANSPORTS)
        assert answer.status_code == 200
        assert answer.json() == ({"rtc_transports": [FOCUS]} if zone is Zone.INTERNET else {}), zone
    with calling.client(None, Zone.INTERNET) as client:
        assert client.get(TRANSPORTS).status_code == 401


def test_signing_in_on_lgwan_does_not_tell_it_either(calling: Server) -> None:
    calling.register("signing-in", password="a password")
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "signing-in"},
        "password": "a password",
    }
    for zone in (Zone.LGWAN, Zone.INTERNET):
        with calling.client(None, zone) as client:
            answer = client.post("/_matrix/client/v3/login", json=body)
        assert ("livekit" in answer.text) is (zone is Zone.INTERNET)


@pytest.mark.parametrize(
    ("rtc_foci", "place", "words"),
    [
        ({"lgwan": [FOCUS]}, "zones.lgwan.rtc_foci", "calls are not allowed in this zone"),
        ({"internal": [FOCUS]}, "zones.internal.rtc_foci", "calls are not allowed in this zone"),
        ({"internet": "livekit"}, "zones.internet.rtc_foci", "a list is needed here"),
        ({"internet": [{**FOCUS, "type": "zoom"}]}, "zones.internet.rtc_foci.0.type", "try one of: livekit"),
        ({"internet": [{"type": "livekit"}]}, "zones.internet.rtc_foci.0.livekit_service_url", "this is needed"),
        ({"internet": [{**FOCUS, "livekit_service_url": "x"}]}, "rtc_foci.0.livekit_service_url", "an address such as"),
        ({"internet": [FOCUS, {**FOCUS, "url": "x"}]}, "zones.internet.rtc_foci.1.url", "try one of:"),
    ],
)
def test_a_place_for_calls_that_cannot_be_is_refused_at_start(
    homeserver_factory: HomeserverFactory, rtc_foci: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        homeserver_factory(lambda base_urls: _modules(base_urls, **rtc_foci))
    message = f"{refusal.value} {'.'.join(str(step) for step in refusal.value.path or ())}"
    assert words in message
    assert place in message


def test_the_way_to_a_call_through_the_homeserver_is_open_on_the_internet_face_only(
    homeserver_factory: HomeserverFactory, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def token_service(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path} {request.headers['X-Matrix-User-Identifier']}")
        return web.json_response({"jwt": "the way in"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", token_service)
    with Serving() as serving:
        listener, url = bound()
        serving.serve(application, listener)
        registration: dict[str, object] = {
            "id": "livekit",
            "url": None,
            "as_token": "one token",
            "hs_token": "another token",
            "sender_localpart": "livekit",
            "namespaces": {},
            "io.element.msc4512.proxy_prefix": "rtc/livekit",
            "io.element.msc4512.proxy_url": url,
        }
        (tmp_path / "registration.yaml").write_text(json.dumps(registration))
        server = homeserver_factory(
            _modules,
            app_service_config_files=[str(tmp_path / "registration.yaml")],
            experimental_features={"msc4512_enabled": True},
        )
        token = server.register("caller")
        paths = [
            f"/_matrix/client/{version}/rtc/livekit/get_token" for version in ("v1", "unstable/io.element.msc4195")
        ]
        for zone in (Zone.LGWAN, Zone.INTERNAL):
            with server.client(token, zone) as client:
                for path in [*paths, "/_matrix/client/v1/rtc/livekit", "/_matrix/client/v99/rtc/livekit/a/b?c=d"]:
                    for method in ("GET", "POST", "PUT", "DELETE"):
                        answer = client.request(method, path, json={})
                        assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.CALL_NOT_HERE"), path
        assert asked == []
        with server.client(token, Zone.INTERNET) as client:
            for path in paths:
                assert client.post(path, json={}).json() == {"jwt": "the way in"}
        with server.client(None, Zone.INTERNET) as client:
            assert client.post(paths[0], json={}).status_code == 401
    assert asked == [f"POST {path} {server.user_id('caller')}" for path in paths]
