"""What people, administrators, operators and the bot do with devices by the REST API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from kairan.zones import Zone
from kairan_modules.store.devices import shared_device_store
from kairan_modules.synapse_compat import ModuleApi

from tests.homeserver.bridge_process import eventually
from tests.homeserver.device_town import PASSWORD, DeviceTown, found_device_town
from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import API, ORGANIZATIONS, posting

CALLS = "/_matrix/client/v3"


@pytest.fixture(scope="module")
def town(
    homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database
) -> DeviceTown:
    return found_device_town(
        homeserver_factory, tmp_path_factory.mktemp("town"), database, refreshable_access_token_lifetime="1h"
    )


def errcode(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("errcode", "")


def is_certified(town: DeviceTown, localpart: str, device_id: str) -> bool:
    hs = town.server.hs
    store = shared_device_store(ModuleApi(hs, hs.get_auth_handler()))
    return town.server.run(store.is_certified, town.server.user_id(localpart), device_id)


def test_a_person_sees_their_own_devices_with_this_one_marked(town: DeviceTown) -> None:
    signed_in = town.certified("1001").json()
    answer = town.ask("1001", "GET", "/devices?limit=100", Zone.INTERNET, token=signed_in["access_token"])
    devices = {each["device_id"]: each for each in answer.json()["devices"]}
    this = devices[signed_in["device_id"]]
    assert (this["this"], this["name"], this["certified"]) == (True, "わたしの電話", True)
    assert sum(each["this"] for each in devices.values()) == 1
    assert {each["certified"] for key, each in devices.items() if key != signed_in["device_id"]} == {False}
    pages = town.ask("1001", "GET", "/devices?limit=1").json()
    assert (len(pages["devices"]), pages["next_batch"]) == (1, "1")


def test_a_device_gets_a_name(town: DeviceTown) -> None:
    device_id = town.certified("1001").json()["device_id"]
    assert town.ask("1001", "PUT", f"/devices/{device_id}", body={"name": "防災用"}).status_code == 200
    assert town.devices("1001")[device_id]["name"] == "防災用"
    assert errcode(town.ask("1001", "PUT", f"/devices/{device_id}", body={"name": ""})) == (400, "M_INVALID_PARAM")
    assert town.ask("1002", "PUT", f"/devices/{device_id}", body={"name": "乗っ取り"}).status_code == 404


def test_a_revoked_device_is_out_at_once_with_its_refresh_token_and_never_back(town: DeviceTown) -> None:
    assert town.decide("1001", town.number("1001")).status_code == 200
    signed_in = town.sign_in("1001", refresh_token=True).json()
    device_id = signed_in["device_id"]
    assert is_certified(town, "1001", device_id)
    assert town.ask("1002", "DELETE", f"/devices/{device_id}").status_code == 404
    assert town.works(signed_in["access_token"])
    assert town.ask("1001", "DELETE", f"/devices/{device_id}").status_code == 200
    assert not town.works(signed_in["access_token"])
    assert not is_certified(town, "1001", device_id)
    with town.client(Zone.INTERNET) as client:
        answer = client.post(f"{CALLS}/refresh", json={"refresh_token": signed_in["refresh_token"]})
    assert answer.status_code in (401, 403), answer.text
    for zone in (Zone.INTERNET, Zone.LGWAN):
        answer = town.sign_in("1001", zone, device_id=device_id)
        assert errcode(answer) == (403, "JP.KAIRAN.DEVICE_REVOKED")
    # Nor by an approval of another device.
    assert town.decide("1001", town.number("1001")).status_code == 200
    assert errcode(town.sign_in("1001", device_id=device_id)) == (403, "JP.KAIRAN.DEVICE_REVOKED")
    assert town.sign_in("1001").status_code == 200


def test_a_revoked_device_does_not_come_back_where_any_device_signs_in(town: DeviceTown) -> None:
    device_id = town.sign_in("2001").json()["device_id"]
    assert town.ask("2001", "DELETE", f"/devices/{device_id}").status_code == 200
    assert errcode(town.sign_in("2001", device_id=device_id)) == (403, "JP.KAIRAN.DEVICE_REVOKED")


def test_a_lost_telephone_ends_everything_in_one_action(town: DeviceTown) -> None:
    first, second = town.certified("1004", name="一台目"), town.certified("1004", name="二台目")
    waiting = town.number("1004", name="三台目")
    approved = town.number("1004", name="四台目")
    assert town.decide("1004", approved).status_code == 200
    session = town.town.tokens["1004"]
    answer = town.ask("1004", "POST", "/devices/lost", Zone.INTERNET, token=second.json()["access_token"])
    assert answer.json()["devices"] >= 3
    for token in (first.json()["access_token"], second.json()["access_token"], session):
        assert not town.works(token)
        assert not town.works(token, Zone.LGWAN)
    again = town.sign_in("1004", Zone.LGWAN)
    town.town.tokens["1004"] = again.json()["access_token"]
    assert errcode(town.decide("1004", waiting)) == (404, "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN")
    town.number("1004", name="四台目")
    device_id = first.json()["device_id"]
    assert errcode(town.sign_in("1004", device_id=device_id)) == (403, "JP.KAIRAN.DEVICE_REVOKED")


def test_one_certifies_a_device_that_is_signed_in_from_lgwan_only(town: DeviceTown) -> None:
    signed_in = town.sign_in("2001").json()
    path = f"/devices/{signed_in['device_id']}/certify"
    assert not is_certified(town, "2001", signed_in["device_id"])
    answer = town.ask("2001", "POST", path, Zone.INTERNET, token=signed_in["access_token"])
    assert errcode(answer) == (403, "JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN")
    assert town.ask("2001", "POST", path).status_code == 200
    assert is_certified(town, "2001", signed_in["device_id"])
    assert town.ask("2001", "POST", "/devices/NOTTHERE/certify").status_code == 404


def test_nobody_certifies_their_own_where_the_administrator_does(town: DeviceTown) -> None:
    device_id = town.sign_in("3001", Zone.LGWAN).json()["device_id"]
    answer = town.ask("3001", "POST", f"/devices/{device_id}/certify")
    assert errcode(answer) == (403, "JP.KAIRAN.DEVICE_NOT_YOURS_TO_CERTIFY")
    owner = quote(town.server.user_id("3001"))
    assert town.ask("3002", "POST", f"/organizations/271403/devices/{owner}/{device_id}/certify").status_code == 200
    assert is_certified(town, "3001", device_id)


def test_an_administrator_sees_and_revokes_what_their_organisation_certified(town: DeviceTown) -> None:
    signed_in = town.certified("1002").json()
    number = town.number("1002", name="待つ端末")
    listed = town.ask("1003", "GET", "/organizations/272060/devices?limit=100").json()
    [device] = [each for each in listed["devices"] if each["device_id"] == signed_in["device_id"]]
    assert device["person"] == "田中 花子（泉大津市 危機管理課）"
    assert number in [each["number"] for each in listed["requests"]]
    user_id = town.server.user_id("1002")
    listed = town.ask("1003", "GET", f"/organizations/272060/devices?limit=100&user_id={quote(user_id)}").json()
    assert {each["user_id"] for each in listed["devices"]} == {user_id}
    path = f"/organizations/272060/devices/{quote(user_id)}/{signed_in['device_id']}"
    assert town.ask("1003", "DELETE", path).status_code == 200
    assert not town.works(signed_in["access_token"])
    assert town.ask("1003", "POST", f"/organizations/272060/devices/requests/{number}/deny").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "?user_id={user}"),
        ("DELETE", "/{user}/ANYTHING"),
        ("POST", "/{user}/ANYTHING/certify"),
        ("POST", "/{user}/lost"),
        ("POST", "/requests/0000/approve"),
    ],
)
def test_nobody_acts_for_an_organisation_that_they_do_not_administer(town: DeviceTown, method: str, path: str) -> None:
    full = "/organizations/272060/devices" + path.format(user=quote(town.server.user_id("1002")))
    for stranger in ("1001", "3002"):
        assert errcode(town.ask(stranger, method, full)) == (403, "JP.KAIRAN.NOT_ADMINISTRATOR")


def test_an_administrator_reaches_nobody_of_another_organisation(town: DeviceTown) -> None:
    stranger = quote(town.server.user_id("2001"))
    for method, path in (("GET", f"?user_id={stranger}"), ("POST", f"/{stranger}/lost"), ("DELETE", f"/{stranger}/X")):
        assert town.ask("1003", method, "/organizations/272060/devices" + path).status_code == 404


def test_an_administrator_approves_from_lgwan_only(town: DeviceTown) -> None:
    number = town.number("3001", name="庁用")
    inside = town.sign_in("3002", Zone.LGWAN).json()["access_token"]
    path = f"/organizations/271403/devices/requests/{number}/approve"
    answer = town.ask("3002", "POST", path, Zone.INTERNET, token=inside)
    assert errcode(answer) == (403, "JP.KAIRAN.DEVICE_OF_LGWAN")
    assert town.ask("3002", "POST", path).status_code == 200


def test_the_operator_lists_approves_revokes_and_ends_sessions(town: DeviceTown) -> None:
    user_id = town.server.user_id("1005")
    number = town.number("1005")
    assert town.operate("POST", "/provision/devices/approve", {"number": number}).status_code == 200
    signed_in = town.sign_in("1005").json()
    listed = town.operate("GET", f"/provision/devices?user_id={quote(user_id)}").json()["devices"]
    assert signed_in["device_id"] in [each["device_id"] for each in listed if each["certified"]]
    body = {"user_id": user_id, "device_id": signed_in["device_id"]}
    assert town.operate("POST", "/provision/devices/revoke", body).status_code == 200
    assert not town.works(signed_in["access_token"])
    token = town.sign_in("1005", Zone.LGWAN).json()["access_token"]
    assert town.operate("POST", "/provision/devices/lost", {"user_id": user_id}).json()["devices"] >= 1
    assert not town.works(token, Zone.LGWAN)
    assert town.operate("POST", "/provision/devices/approve", {}).status_code == 400


def test_staff_are_no_operators(town: DeviceTown) -> None:
    for zone in (Zone.INTERNAL, Zone.LGWAN):
        answer = town.ask("1003", "POST", "/provision/devices/lost", zone, body={"user_id": "@x:y"})
        assert answer.status_code == 403


def test_a_certification_ends_with_the_posting_and_when_the_rules_grow_stricter(town: DeviceTown) -> None:
    device_id = town.certified("1001").json()["device_id"]
    mover = {"localpart": "1001", "name": "山田 太郎", "kana": "ヤマダ タロウ"}
    assert is_certified(town, "1001", device_id)
    for there, mode, certified in (("272035", "", False), ("272060", "admin", False), ("272060", "self", True)):
        assert town.town.declare("people", {"people": [{**mover, "postings": [posting(there)]}]}).status_code == 200
        if mode:
            [own] = [each for each in ORGANIZATIONS if each["organization"] == "272060"]
            body = {"organizations": [{**own, "policy": {"sign_in": mode}}]}
            assert town.town.declare("organizations", body).status_code == 200
        assert is_certified(town, "1001", device_id) is certified, (there, mode)


def tell_bot(town: DeviceTown, localpart: str, body: str, zone: Zone = Zone.LGWAN, token: str = "") -> str:
    """Say something in a room; returns the event's ID."""
    with town.client(zone, token or town.town.tokens[localpart]) as client:
        room_id = client.post(f"{CALLS}/createRoom", json={}).json()["room_id"]
        path = f"{CALLS}/rooms/{room_id}/send/m.room.message/1"
        answer = client.put(path, json={"msgtype": "m.text", "body": body})
    assert answer.status_code == 200, answer.text
    event_id: str = answer.json()["event_id"]
    return event_id


def carried_out(town: DeviceTown, event_id: str) -> dict[str, Any]:
    """What the modules made of it, asked as the bridge."""
    answer = town.service("POST", f"/service/device_instructions/{quote(event_id)}")
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


@pytest.mark.parametrize("said", ["!承認 {}", "！承認　{}", "!approve {}", "> <@kairan> 番号 1\n> x\n\n!Approve {}"])
def test_what_is_told_the_bot_on_lgwan_approves(town: DeviceTown, said: str) -> None:
    number = town.number("1002", name=said)
    full_width = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    event_id = tell_bot(town, "1002", said.format(full_width))
    outcome = carried_out(town, event_id)
    assert (outcome["outcome"], outcome["number"], outcome["name"]) == ("approved", number, said)
    # Asked again, for the bridge may have died in between, it is answered again.
    assert carried_out(town, event_id) == outcome
    assert town.sign_in("1002", name=said).status_code == 200


def test_what_is_told_the_bot_from_the_internet_side_approves_nothing(town: DeviceTown) -> None:
    inside = town.certified("1002", name="持ち歩き").json()["access_token"]
    number = town.number("1002", name="盗人の端末")
    event_id = tell_bot(town, "1002", f"!承認 {number}", Zone.INTERNET, inside)
    outcome = carried_out(town, event_id)
    assert outcome == {"outcome": "refused", "errcode": "JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN"}
    assert town.number("1002", name="盗人の端末") == number
    [entry, *_] = town.audit("1003", "272060", action="approve_device", outcome="refused")
    assert (entry["zone"], entry["detail"]) == ("internet", number)
    assert carried_out(town, tell_bot(town, "1002", f"!拒否 {number}"))["outcome"] == "denied"


def test_what_somebody_else_tells_the_bot_approves_nothing(town: DeviceTown) -> None:
    number = town.number("1002", name="他人の番号")
    outcome = carried_out(town, tell_bot(town, "3002", f"!承認 {number}"))
    assert outcome == {"outcome": "refused", "errcode": "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN"}
    assert carried_out(town, tell_bot(town, "1002", "!承認"))["outcome"] == "number_needed"
    assert carried_out(town, tell_bot(town, "1002", f"!deny {number}"))["outcome"] == "denied"


def test_the_bridge_cannot_make_an_instruction_up(town: DeviceTown) -> None:
    for said in ("承認 1234", "!ヘルプ", "きょうは !承認 1234"):
        answer = town.service("POST", f"/service/device_instructions/{quote(tell_bot(town, '1002', said))}")
        assert errcode(answer) == (404, "JP.KAIRAN.NOT_VISIBLE")
    with town.client(Zone.LGWAN, town.town.tokens["1002"]) as client:
        assert client.post(f"{API}/service/device_instructions/x", json={}).status_code == 403


def test_losing_a_telephone_is_asked_back_once(town: DeviceTown) -> None:
    assert carried_out(town, tell_bot(town, "5001", "!紛失")) == {"outcome": "confirm"}
    assert town.works(town.town.tokens["5001"], Zone.LGWAN)
    outcome = carried_out(town, tell_bot(town, "5001", "!紛失 はい"))
    assert outcome["outcome"] == "lost"
    assert not town.works(town.town.tokens["5001"], Zone.LGWAN)


def test_a_notice_is_given_until_it_was_told(town: DeviceTown) -> None:
    number = town.number("1003", name="知らせ")
    [notice] = [each for each in town.notices("asked") if each["number"] == number]
    assert (notice["person"], notice["language"]) == ("田中 一郎（泉大津市 人事課）", "ja")
    assert town.notices("asked") == town.notices("asked")
    assert town.service("DELETE", f"/service/device_notices/{notice['notice']}").status_code == 200
    assert number not in [each["number"] for each in town.notices("asked")]


def test_nobody_is_asked_about_what_was_decided_meanwhile(town: DeviceTown) -> None:
    number = town.number("1003", name="もう済んだ")
    assert town.decide("1003", number, "deny").status_code == 200
    assert number not in [each["number"] for each in town.notices("asked")]


def test_what_was_done_to_a_device_is_in_the_trail(town: DeviceTown) -> None:
    device_id = town.certified("1003", name="足あと").json()["device_id"]
    assert town.ask("1003", "DELETE", f"/devices/{device_id}").status_code == 200
    actions = {each["action"] for each in town.audit("1003", "272060", user_id=town.server.user_id("1003"))}
    assert {"sign_in", "approve_device", "certify", "revoke_device"} <= actions


def test_a_telephone_that_waits_for_news_hears_nothing_after_it_was_reported_lost(town: DeviceTown) -> None:
    signed_in = town.certified("1002", name="待ち受け").json()
    desk = town.town.tokens["1002"]
    with town.client(Zone.LGWAN, desk) as client:
        room_id = client.post(f"{CALLS}/createRoom", json={}).json()["room_id"]
    with town.client(Zone.INTERNET, signed_in["access_token"]) as client, ThreadPoolExecutor(1) as pool:
        since = client.get(f"{CALLS}/sync?timeout=0").json()["next_batch"]
        waiting = pool.submit(client.get, f"{CALLS}/sync?timeout=30000&since={since}")
        streams = town.server.hs.get_notifier().user_to_user_stream

        def waits() -> bool:
            stream = streams.get(town.server.user_id("1002"))
            return stream is not None and stream.count_listeners() > 0

        eventually(waits, "the request waits")
        assert town.ask("1002", "DELETE", f"/devices/{signed_in['device_id']}").status_code == 200
        with town.client(Zone.LGWAN, desk) as other:
            said = {"msgtype": "m.text", "body": "紛失後の話"}
            assert other.put(f"{CALLS}/rooms/{room_id}/send/m.room.message/1", json=said).status_code == 200
        answer = waiting.result(60)
    assert errcode(answer) == (401, "M_UNKNOWN_TOKEN")
    assert "紛失後の話" not in answer.text


def sign_off(town: DeviceTown, localpart: str, token: str, method: str, path: str, body: dict[str, Any]) -> None:
    """A call that Synapse lets one confirm by the password."""
    with town.client(Zone.INTERNET, token) as client:
        answer = client.request(method, CALLS + path, json=body)
        if answer.status_code == 401:
            auth = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": localpart},
                "password": PASSWORD,
                "session": answer.json()["session"],
            }
            answer = client.request(method, CALLS + path, json={**body, "auth": auth})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("way", ["delete_devices", "devices", "logout/all"])
def test_a_device_that_is_taken_off_the_list_in_a_client_is_revoked(town: DeviceTown, way: str) -> None:
    lost = town.certified("1003", name="なくした").json()["device_id"]
    here = town.certified("1003", name="手もと").json()["access_token"]
    calls = {
        "delete_devices": ("POST", "/delete_devices", {"devices": [lost]}),
        "devices": ("DELETE", f"/devices/{lost}", {}),
        "logout/all": ("POST", "/logout/all", {}),
    }
    sign_off(town, "1003", here, *calls[way])
    assert errcode(town.sign_in("1003", device_id=lost)) == (403, "JP.KAIRAN.DEVICE_REVOKED")
    if way == "logout/all":
        town.town.tokens["1003"] = town.sign_in("1003", Zone.LGWAN).json()["access_token"]


def test_a_device_that_signs_itself_out_may_come_back(town: DeviceTown) -> None:
    signed_in = town.certified("1003", name="持ち主").json()
    sign_off(town, "1003", signed_in["access_token"], "POST", "/logout", {})
    assert not town.works(signed_in["access_token"])
    assert town.sign_in("1003", device_id=signed_in["device_id"]).status_code == 200
