"""What the configuration of group calls lets through at the edge. LiveKit and its token service are stand-ins here."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from attrs import evolve, frozen
from kairan.zones import Zone
from ruamel.yaml import YAML

from tests import packages
from tests.browser.serving import Serving, bound
from tests.edge.filling import example_values, fill, write_values
from tests.edge.homeserver_process import HomeserverProcess, homeserver_process
from tests.edge.nginx import Edge, Side, filled, prepared, running_nginx
from tests.edge.processes import free_ports

WEB_SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@frozen
class Calls:
    """The edge with the host of the group calls and Element Call's, and what the stand-ins were asked."""

    edge: Edge
    homeserver: HomeserverProcess
    rtc: Side
    element_call: Side
    asked: list[str]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    packages.require("nginx")
    folder = tmp_path_factory.mktemp("calls")
    edge = prepared(folder)
    asked: list[str] = []
    with ExitStack() as stack:
        serving = stack.enter_context(Serving())
        values = example_values("calls")
        values["rtc"] |= {
            "listen": f"127.0.0.1:{edge.sides[Zone.INTERNET].port}",
            "name": "rtc.osaka.test",
            "secret": "0123456789abcdef0123456789abcdef",
            "tokens": _serve(serving, "tokens", asked),
            "sfu": _serve(serving, "sfu", asked),
        }
        (page := folder / "element-call").mkdir()
        (page / "index.html").write_text("<!doctype html><title>Element Call</title>")
        (page / "index.js.map").write_text("{}")
        values["element_call"] |= {"name": "call.osaka.test", "folder": page}
        pair = edge.authority.for_hosts("rtc.osaka.test", "call.osaka.test")
        values["rtc"] |= {"certificate": pair.certificate, "certificate_key": pair.key}
        done = fill("calls", write_values(folder / "calls.toml", values), folder / "kairan/calls")
        assert done.returncode == 0, done.stderr
        settings = YAML(typ="safe").load((folder / "kairan/calls/homeserver.yaml").read_text(encoding="utf-8"))
        base_urls = {zone: f"{edge.sides[zone].url}/" for zone in (Zone.LGWAN, Zone.INTERNET)}
        homeserver = stack.enter_context(
            homeserver_process(tmp_path_factory.mktemp("homeserver"), base_urls, settings=settings)
        )
        filled(edge, homeserver, dict(zip(edge.pages, free_ports(2), strict=True)))
        stack.enter_context(running_nginx(edge, "kairan", "calls/rtc"))
        internet = edge.sides[Zone.INTERNET]
        yield Calls(
            edge,
            homeserver,
            rtc=evolve(internet, name="rtc.osaka.test"),
            element_call=evolve(internet, name="call.osaka.test"),
            asked=asked,
        )


def _serve(serving: Serving, name: str, asked: list[str]) -> str:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(f"{name} {request.method} {request.path_qs}")
        if "Upgrade" in request.headers:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.close()
            return socket
        return web.json_response({"from": name, "headers": sorted(key.lower() for key in request.headers)})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    listener, url = bound()
    serving.serve(application, listener)
    return url.removeprefix("http://")


@pytest.mark.parametrize("path", ["sfu/get", "get_token", "delegate_delayed_leave"])
def test_clients_reach_the_token_service(calls: Calls, path: str) -> None:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "203.0.113.7", "X-Matrix-Origin": "forged"}
    answer = calls.edge.ask(calls.rtc, "POST", f"/livekit/jwt/{path}", headers=headers, body="{}")
    assert answer.json["from"] == "tokens"
    assert "x-matrix-origin" not in answer.json["headers"]
    assert calls.asked[-1] == f"tokens POST /{path}"


@pytest.mark.parametrize("path", ["rtc", "rtc/v1", "rtc/validate"])
def test_signalling_goes_through_as_a_web_socket(calls: Calls, path: str) -> None:
    answer = calls.edge.ask(calls.rtc, "GET", f"/livekit/sfu/{path}?access_token=a.b.c", headers=WEB_SOCKET)
    assert answer.status == 101
    assert answer.headers["upgrade"] == "websocket"
    assert calls.asked[-1] == f"sfu GET /{path}?access_token=a.b.c"
    assert "a.b.c" not in calls.edge.log("access.log") + calls.edge.log("error.log")


@pytest.mark.parametrize(
    "path",
    [
        "/livekit/jwt/sfu_webhook",
        "/livekit/jwt/../jwt/sfu_webhook",
        "/livekit/jwt/get_token/../sfu_webhook",
        "/livekit/sfu/twirp/livekit.RoomService/ListRooms",
        "/livekit/sfu/rtc/../twirp/livekit.RoomService/ListRooms",
        "/livekit/sfu/",
        "/livekit/sfu/debug/rooms",
        "/_matrix/client/versions",
        "/",
    ],
)
def test_nothing_else_of_them_is_reached(calls: Calls, path: str) -> None:
    before = list(calls.asked)
    assert calls.edge.ask(calls.rtc, "POST", path, body="{}").status == 404
    assert calls.asked == before


def test_the_lgwan_side_has_no_such_host(calls: Calls) -> None:
    lgwan = calls.edge.sides[Zone.LGWAN]
    for name in (calls.rtc.name, calls.element_call.name):
        assert calls.edge.ask(lgwan, "POST", "/livekit/jwt/get_token", host=name, body="{}").status == 421
    assert calls.edge.ask(lgwan, "POST", "/livekit/jwt/get_token", body="{}").status == 404


def test_the_page_is_shown_inside_of_the_web_client_only(calls: Calls) -> None:
    answer = calls.edge.ask(calls.element_call, "GET", "/room?widgetId=1")
    assert "Element Call" in answer.text
    assert answer.headers["content-security-policy"] == "frame-ancestors https://web.pref.osaka.example"
    assert calls.edge.ask(calls.element_call, "GET", "/index.js.map").status == 404


def test_synapse_delays_events_and_tells_state_as_group_calls_need_it(calls: Calls) -> None:
    internet = calls.edge.sides[Zone.INTERNET]
    headers = {"Authorization": f"Bearer {calls.homeserver.register('caller')}", "Content-Type": "application/json"}
    room = calls.edge.ask(internet, "POST", "/_matrix/client/v3/createRoom", headers=headers, body="{}").json["room_id"]
    quoted = quote(room)
    delayed = calls.edge.ask(
        internet,
        "PUT",
        f"/_matrix/client/v3/rooms/{quoted}/state/org.matrix.msc3401.call.member/x?org.matrix.msc4140.delay=8000",
        headers=headers,
        body="{}",
    )
    assert delayed.json["delay_id"]
    path = "/_matrix/client/v3/sync?org.matrix.msc4222.use_state_after=true"
    synced = calls.edge.ask(internet, "GET", path, headers=headers).json["rooms"]["join"][room]
    assert "org.matrix.msc4222.state_after" in synced


def test_the_files_for_livekit_and_its_token_service_fit_each_other(calls: Calls) -> None:
    folder: Path = calls.edge.folder / "kairan/calls"
    livekit = YAML(typ="safe").load((folder / "livekit.yaml").read_text(encoding="utf-8"))
    lines = (folder / "token-service.env").read_text(encoding="utf-8").splitlines()
    tokens = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert livekit["keys"] == {tokens["LIVEKIT_KEY"]: tokens["LIVEKIT_SECRET"]}
    assert livekit["webhook"]["api_key"] == tokens["LIVEKIT_KEY"]
    assert livekit["webhook"]["urls"] == [f"http://{tokens['LIVEKIT_JWT_BIND']}/sfu_webhook"]
    assert livekit["room"]["auto_create"] is False
    assert tokens["LIVEKIT_FULL_ACCESS_HOMESERVERS"] not in ("", "*")
    assert tokens["LIVEKIT_URL"] == f"wss://{calls.rtc.name}/livekit/sfu"
    assert "google" not in json.dumps(livekit)
