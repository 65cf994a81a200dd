"""The table of ways around the zone policy, each with its reason, and of what may be done all the same.

`test_zone_policy.py` tries it on one process, `test_zone_policy_workers.py` on several.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
from kairan.zones import Zone

from tests.homeserver.town import API, SERVICE_TOKEN
from tests.homeserver.zone_world import World

CALL = {"call_id": "c1", "party_id": "p1", "version": "1", "lifetime": 60000, "offer": {"type": "offer", "sdp": "x"}}
MEMBER = {"application": "m.call", "call_id": "", "scope": "m.room", "device_id": "D"}
PLACE = {"msgtype": "m.location", "body": "市役所", "geo_uri": "geo:34.5,135.4"}
BEACON = {"live": True, "timeout": 60000, "m.asset": {"type": "m.self"}}

SEND = "/_matrix/client/v3/rooms/{room}/send/"
STATE = "/_matrix/client/v3/rooms/{room}/state/"

NO_CALL = (403, "JP.KAIRAN.CALL_NOT_HERE")
NO_PLACE = (403, "JP.KAIRAN.LOCATION_NOT_HERE")
NO_DEVICE = (403, "JP.KAIRAN.LOCATION_NEEDS_CERTIFIED_DEVICE")
NO_SECRET = (403, "JP.KAIRAN.NO_ENCRYPTION")
WITHHELD = (403, "JP.KAIRAN.MEDIA_WITHHELD")
NO_ADMIN = (403, "JP.KAIRAN.WRONG_FACE")
NOTHING = (404, "")

_TRANSACTIONS = count()

Row = tuple[str, tuple[int, str], Callable[[World], httpx.Response]]


def _sent(event_type: str, content: object = CALL, query: str = "", **others: Any) -> Callable[[World], httpx.Response]:
    def attempt(world: World) -> httpx.Response:
        return world.ask("PUT", f"{SEND}{event_type}/{next(_TRANSACTIONS)}{query}", content, **others)

    return attempt


def _stated(event_type: str, content: object, key: str = "", **others: Any) -> Callable[[World], httpx.Response]:
    return lambda world: world.ask("PUT", f"{STATE}{event_type}/{key}", content, **others)


def _asked(method: str, path: str, body: object = None, **others: Any) -> Callable[[World], httpx.Response]:
    return lambda world: world.ask(method, path, body, **others)


def made(**request: Any) -> Callable[[World], httpx.Response]:
    """An attempt to make a room from LGWAN, with this in the request."""
    return lambda world: world.ask("POST", "/_matrix/client/v3/createRoom", request)


def _file(path: str, which: str = "internet_file", **others: Any) -> Callable[[World], httpx.Response]:
    return lambda world: world.ask("GET", path.replace("FILE", getattr(world, which)), **others)


def begins(event_type: str, content: object, key: str = "") -> dict[str, Any]:
    """A request for a room that begins with one state event."""
    return {"initial_state": [{"type": event_type, "state_key": key, "content": content}]}


def reason_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the error code of an answer, which is empty where nothing is served at all."""
    is_json = answer.headers.get("Content-Type") == "application/json" and answer.content
    code = answer.json().get("errcode", "") if is_json else ""
    return answer.status_code, "" if code == "M_UNRECOGNIZED" else code


ROWS: list[Row] = [
    # Calls from LGWAN, under every name.
    ("1:1 call", NO_CALL, _sent("m.call.invite")),
    ("answering a call", NO_CALL, _sent("m.call.answer")),
    ("candidates of a call", NO_CALL, _sent("m.call.candidates", {"call_id": "c1", "candidates": []})),
    ("renegotiating a call", NO_CALL, _sent("m.call.negotiate")),
    ("choosing an answer", NO_CALL, _sent("m.call.select_answer")),
    ("stream metadata", NO_CALL, _sent("org.matrix.call.sdp_stream_metadata_changed")),
    ("ringing for a group call", NO_CALL, _sent("org.matrix.msc4075.call.notify", {"application": "m.call"})),
    ("ringing, newer name", NO_CALL, _sent("org.matrix.msc4075.rtc.notification", {"sender_ts": 1})),
    ("ringing, stable name", NO_CALL, _sent("m.rtc.notification", {"sender_ts": 1})),
    ("keys of a group call", NO_CALL, _sent("io.element.call.encryption_keys", {"keys": []})),
    ("joining a group call, MSC3401", NO_CALL, _stated("org.matrix.msc3401.call.member", MEMBER, "{me}")),
    ("joining with a device's key", NO_CALL, _stated("org.matrix.msc3401.call.member", MEMBER, "_{me}_D_m.call")),
    ("joining a group call, stable name", NO_CALL, _stated("m.call.member", MEMBER, "{me}")),
    (
        "joining, old form with a list",
        NO_CALL,
        _stated("org.matrix.msc3401.call.member", {"m.calls": [{"x": 1}]}, "{me}"),
    ),
    ("joining, MSC4143", NO_CALL, _stated("org.matrix.msc4143.rtc.member", MEMBER, "{me}")),
    ("opening a slot, MSC4143", NO_CALL, _stated("org.matrix.msc4143.rtc.slot", {"application": {}}, "m.call#1")),
    ("starting a group call, MSC3401", NO_CALL, _stated("org.matrix.msc3401.call", {"m.intent": "m.room"}, "1")),
    ("a conference widget", NO_CALL, _stated("im.vector.modular.widgets", {"type": "jitsi", "url": "https://x"}, "1")),
    ("a call as state that is timeline elsewhere", NO_CALL, _stated("m.call.invite", CALL)),
    ("a member event as timeline", NO_CALL, _sent("m.call.member", MEMBER)),
    ("empty member content as timeline", NO_CALL, _sent("m.call.member", {})),
    ("a call in a new room's state", NO_CALL, made(**begins("org.matrix.msc3401.call", {"m.intent": "m.room"}, "1"))),
    ("a member in a new room's state", NO_CALL, made(**begins("m.call.member", MEMBER, "@x:y"))),
    ("a widget in a new room's state", NO_CALL, made(**begins("im.vector.modular.widgets", {"type": "jitsi"}, "1"))),
    # The same, by other paths of the same action.
    ("r0 path", NO_CALL, _asked("PUT", "/_matrix/client/r0/rooms/{room}/send/m.call.invite/r0", CALL)),
    ("api/v1 path", NO_CALL, _asked("PUT", "/_matrix/client/api/v1/rooms/{room}/send/m.call.invite/v1", CALL)),
    ("unstable path", NO_CALL, _asked("PUT", "/_matrix/client/unstable/rooms/{room}/send/m.call.invite/un", CALL)),
    ("POST without transaction", NO_CALL, _asked("POST", "/_matrix/client/r0/rooms/{room}/send/m.call.invite", CALL)),
    ("percent-encoded type", NO_CALL, _asked("PUT", "/_matrix/client/v3/rooms/{room}/send/m%2Ecall%2Einvite/pc", CALL)),
    ("every letter encoded", NO_CALL, _asked("PUT", SEND + "%6d%2e%63%61%6c%6c%2e%69%6e%76%69%74%65/all", CALL)),
    ("state without key", NO_CALL, _asked("PUT", "/_matrix/client/v3/rooms/{room}/state/m.call", {"x": 1})),
    ("a doubled slash", NOTHING, _asked("PUT", "//_matrix/client/v3/rooms/{room}/send/m.call.invite/ds", CALL)),
    (
        "a slash in the middle",
        NOTHING,
        _asked("PUT", "/_matrix/client//v3/rooms/{room}/send/m.call.invite/dm", CALL),
    ),
    ("capitals in the path", NOTHING, _asked("PUT", "/_Matrix/Client/v3/rooms/{room}/send/m.call.invite/up", CALL)),
    ("a delayed call", NO_CALL, _sent("m.call.invite", query="?org.matrix.msc4140.delay=60000")),
    ("a delayed member", NO_CALL, _stated("m.call.member", MEMBER, "{me}?org.matrix.msc4140.delay=60000")),
    ("signalling to devices", NO_CALL, lambda w: _to_device(w, "m.call.invite", CALL)),
    ("signalling to devices, r0", NO_CALL, lambda w: _to_device(w, "m.call.candidates", CALL, version="r0")),
    ("keys of a call to devices", NO_CALL, lambda w: _to_device(w, "io.element.call.encryption_keys", {"keys": {}})),
    ("hidden among others", NO_CALL, lambda w: _to_device(w, "m.rtc.x", CALL, first={"y": 1})),
    ("a secret to devices", NO_SECRET, lambda w: _to_device(w, "m.room.encrypted", {"ciphertext": {}})),
    # What a client may claim of itself changes nothing.
    ("forged X-Forwarded-For", NO_CALL, _sent("m.call.invite", headers={"X-Forwarded-For": "203.0.113.5"})),
    ("forged X-Forwarded-Proto", NO_CALL, _sent("m.call.invite", headers={"X-Forwarded-Proto": "https"})),
    ("forged X-Forwarded-Host", NO_CALL, _sent("m.call.invite", headers={"X-Forwarded-Host": "internet.example"})),
    ("forged X-Forwarded-Port", NO_CALL, _sent("m.call.invite", headers={"X-Forwarded-Port": "443"})),
    ("forged Forwarded", NO_CALL, _sent("m.call.invite", headers={"Forwarded": "for=203.0.113.5;host=internet"})),
    ("forged Host", NO_CALL, _sent("m.call.invite", headers={"Host": "internet.example"})),
    ("forged zone header", NO_CALL, _sent("m.call.invite", headers={"X-Kairan-Zone": "internet"})),
    ("forged certificate", NO_CALL, _sent("m.call.invite", headers={"X-Kairan-Client-Certificate": "SUCCESS"})),
    ("a token of the Internet side", NO_CALL, lambda w: _with_token_of_the_other_side(w)),
    ("the bridge on a face", NO_CALL, lambda w: _masquerade(w, Zone.LGWAN)),
    ("the bridge on its own listener", NO_CALL, lambda w: _masquerade(w, Zone.INTERNAL)),
    # Locations.
    ("a location from LGWAN", NO_PLACE, _sent("m.room.message", PLACE)),
    ("in an edit", NO_PLACE, _sent("m.room.message", {"msgtype": "m.text", "body": "*", "m.new_content": PLACE})),
    (
        "MSC3488 in a text",
        NO_PLACE,
        _sent("m.room.message", {"msgtype": "m.text", "body": "", "m.location": {"uri": "geo:1,2"}}),
    ),
    ("as an event of its own", NO_PLACE, _sent("m.location", {"m.location": {"uri": "geo:1,2"}})),
    ("live location", NO_PLACE, _stated("m.beacon_info", BEACON, "{me}")),
    ("live location, unstable", NO_PLACE, _stated("org.matrix.msc3672.beacon_info", BEACON, "{me}")),
    ("a beacon", NO_PLACE, _sent("m.beacon", {"m.location": {"uri": "geo:1,2"}})),
    ("a beacon, unstable", NO_PLACE, _sent("org.matrix.msc3672.beacon", {"org.matrix.msc3488.location": {}})),
    (
        "hidden in a sticker",
        NO_PLACE,
        _sent("m.sticker", {"body": "", "url": "mxc://a/b", "info": {"geo_uri": "geo:1,2"}}),
    ),
    ("a beacon in a new room's state", NO_PLACE, made(**begins("m.beacon_info", BEACON, "@x:y"))),
    ("from the Internet, uncertified", NO_DEVICE, _sent("m.room.message", PLACE, zone=Zone.INTERNET)),
    ("live from the Internet, uncertified", NO_DEVICE, _stated("m.beacon_info", BEACON, "{me}", zone=Zone.INTERNET)),
    # Encryption, on either side.
    ("encrypting a room", NO_SECRET, _stated("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})),
    ("from the Internet", NO_SECRET, _stated("m.room.encryption", {"algorithm": "x"}, zone=Zone.INTERNET)),
    ("an encrypted message", NO_SECRET, _sent("m.room.encrypted", {"algorithm": "x", "ciphertext": "y"})),
    (
        "encryption, delayed",
        NO_SECRET,
        _stated("m.room.encryption", {"algorithm": "x"}, "?org.matrix.msc4140.delay=1000"),
    ),
    # Files that came in by the other side, by every path.
    ("download", WITHHELD, _file("/_matrix/client/v1/media/download/{server}/FILE")),
    ("download with a name", WITHHELD, _file("/_matrix/client/v1/media/download/{server}/FILE/a.png")),
    ("thumbnail", WITHHELD, _file("/_matrix/client/v1/media/thumbnail/{server}/FILE?width=1&height=1")),
    ("old download", WITHHELD, _file("/_matrix/media/v3/download/{server}/FILE")),
    ("old download with a name", WITHHELD, _file("/_matrix/media/r0/download/{server}/FILE/a.png")),
    ("old thumbnail", WITHHELD, _file("/_matrix/media/v3/thumbnail/{server}/FILE?width=1&height=1")),
    ("older download", WITHHELD, _file("/_matrix/media/v1/download/{server}/FILE")),
    ("another server's file", WITHHELD, _file("/_matrix/client/v1/media/download/elsewhere.test/FILE")),
    (
        "another server's thumbnail",
        WITHHELD,
        _file("/_matrix/client/v1/media/thumbnail/elsewhere.test/FILE?width=1&height=1"),
    ),
    ("old download, doubled slash", NOTHING, _file("//_matrix/media/v3/download/{server}/FILE")),
    ("HEAD", (403, ""), lambda w: w.ask("HEAD", "/_matrix/client/v1/media/download/{server}/" + w.internet_file)),
    # Previews.
    (
        "preview",
        (403, "JP.KAIRAN.PREVIEW_NOT_HERE"),
        _asked("GET", "/_matrix/client/v1/media/preview_url?url=http://a.test"),
    ),
    (
        "old preview",
        (403, "JP.KAIRAN.PREVIEW_NOT_HERE"),
        _asked("GET", "/_matrix/media/v3/preview_url?url=http://a.test"),
    ),
    # The admin API, with an administrator's own token.
    ("admin on LGWAN", NO_ADMIN, lambda w: _as_operator(w, "/_synapse/admin/v2/users", Zone.LGWAN)),
    ("admin on the Internet", NO_ADMIN, lambda w: _as_operator(w, "/_synapse/admin/v2/users", Zone.INTERNET)),
    ("admin registration", NO_ADMIN, lambda w: _as_operator(w, "/_synapse/admin/v1/register", Zone.INTERNET)),
    ("admin, encoded", NO_ADMIN, lambda w: _as_operator(w, "/_synapse/%61dmin/v2/users", Zone.INTERNET)),
    # Synapse looks past the empty segment; so must whoever closes the path.
    ("admin, doubled slash", NO_ADMIN, lambda w: _as_operator(w, "//_synapse/admin/v2/users", Zone.INTERNET)),
    (
        "admin below the client API",
        NO_ADMIN,
        lambda w: _as_operator(w, "/_matrix/client/v3/admin/whois/{me}", Zone.LGWAN),
    ),
    ("the same, r0", NO_ADMIN, lambda w: _as_operator(w, "/_matrix/client/r0/admin/whois/{me}", Zone.INTERNET)),
    ("the same, api/v1", NO_ADMIN, lambda w: _as_operator(w, "/_matrix/client/api/v1/admin/whois/{me}", Zone.INTERNET)),
    ("provisioning on LGWAN", NO_ADMIN, lambda w: _as_operator(w, API + "/provision/organizations", Zone.LGWAN)),
]


def _to_device(
    world: World, message_type: str, content: object, *, version: str = "v3", first: object = None
) -> httpx.Response:
    messages: dict[str, Any] = {world.user_id("1002"): {"*": content}}
    if first is not None:
        messages = {world.user_id("1001"): {"*": first}, **messages}
    return world.ask("PUT", f"/_matrix/client/{version}/sendToDevice/{message_type}/t{version}", {"messages": messages})


def _with_token_of_the_other_side(world: World) -> httpx.Response:
    assert world.ask("GET", "/_matrix/client/v3/account/whoami", zone=Zone.INTERNET, who="1002").status_code == 200
    return world.ask("PUT", SEND + "m.call.invite/other", CALL, who="1002")


def _masquerade(world: World, zone: Zone) -> httpx.Response:
    world.ask(
        "POST",
        "/_matrix/client/v3/register",
        {"type": "m.login.application_service", "username": "kairan_test"},
        zone=Zone.INTERNAL,
        token=SERVICE_TOKEN,
    )
    puppet = world.user_id("kairan_test")
    path = f"/_matrix/client/v3/createRoom?user_id={puppet}"
    made = world.ask("POST", path, {}, zone=Zone.INTERNAL, token=SERVICE_TOKEN)
    room = made.json()["room_id"]
    return world.ask(
        "PUT",
        f"/_matrix/client/v3/rooms/{room}/send/m.call.invite/as?user_id={puppet}",
        CALL,
        zone=zone,
        token=SERVICE_TOKEN,
    )


def _as_operator(world: World, path: str, zone: Zone) -> httpx.Response:
    return world.ask("GET", path, zone=zone, token=world.operator)


ALLOWED: list[tuple[str, Callable[[World], httpx.Response]]] = [
    ("a message from LGWAN", _sent("m.room.message", {"msgtype": "m.text", "body": "こんにちは"})),
    ("a call from the Internet", _sent("m.call.invite", zone=Zone.INTERNET)),
    ("joining a group call there", _stated("m.call.member", MEMBER, "{me}", zone=Zone.INTERNET)),
    ("signalling to devices there", lambda w: _signal_from_the_internet(w)),
    ("declining from LGWAN", _sent("m.call.reject", {"call_id": "c1"})),
    ("hanging up from LGWAN", _sent("m.call.hangup", {"call_id": "c1"})),
    ("leaving a group call from LGWAN", _stated("m.call.member", {}, "{me}")),
    ("ending a live location from LGWAN", _stated("m.beacon_info", {"live": False, "timeout": 1}, "{me}")),
    ("a room asked to be encrypted is made without", made(**begins("m.room.encryption", {"algorithm": "x"}))),
    ("upgrading a room", lambda w: _upgraded(w)),
    ("a file of LGWAN on LGWAN", _file("/_matrix/client/v1/media/download/{server}/FILE", "lgwan_file")),
    (
        "a file of LGWAN on the Internet",
        _file("/_matrix/client/v1/media/download/{server}/FILE", "lgwan_file", zone=Zone.INTERNET),
    ),
    ("a file of the Internet there", _file("/_matrix/client/v1/media/download/{server}/FILE", zone=Zone.INTERNET)),
    ("the admin API on its listener", lambda w: _as_operator(w, "/_synapse/admin/v2/users", Zone.INTERNAL)),
]


def _signal_from_the_internet(world: World) -> httpx.Response:
    messages = {world.user_id("1002"): {"*": CALL}}
    return world.ask(
        "PUT", "/_matrix/client/v3/sendToDevice/m.call.invite/net", {"messages": messages}, zone=Zone.INTERNET
    )


def _upgraded(world: World) -> httpx.Response:
    room = made(name="危機管理課")(world).json()["room_id"]
    return world.ask("POST", f"/_matrix/client/v3/rooms/{room}/upgrade", {"new_version": "11"})
