"""Which devices sign in on the Internet side, and everything that must not help one in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from kairan.devices import APPROVAL_LIFE, REQUEST_LIFE
from kairan.zones import Zone
from kairan_modules.store.devices import shared_device_store
from kairan_modules.synapse_compat import ModuleApi

from tests.homeserver.device_town import (
    AUTHORITY,
    EDGE,
    OTHER_AUTHORITY,
    DeviceTown,
    found_device_town,
)
from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.town import API


@pytest.fixture(scope="module")
def town(
    homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory, database: Database
) -> DeviceTown:
    return found_device_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)


def test_an_open_organisation_lets_any_device_in_and_certifies_none(town: DeviceTown) -> None:
    answer = town.sign_in("2001")
    assert answer.status_code == 200, answer.text
    device = town.devices("2001")[answer.json()["device_id"]]
    assert (device["certified"], device["zone"]) == (False, "internet")


def test_a_new_device_is_refused_with_a_number_and_let_in_after_approval_on_lgwan(town: DeviceTown) -> None:
    number = town.number("1001")
    assert len(number) == 4
    [notice] = [each for each in town.notices("asked") if each["number"] == number]
    assert notice["recipient"] == town.server.user_id("1001")
    assert (notice["name"], notice["address"]) == ("わたしの電話", "127.0.0.1")
    assert town.decide("1001", number).status_code == 200
    answer = town.sign_in("1001")
    assert answer.status_code == 200, answer.text
    device = town.devices("1001")[answer.json()["device_id"]]
    assert (device["certified"], device["how"], device["organization"]) == (True, "self", "272060")
    assert town.works(answer.json()["access_token"])
    assert [each["recipient"] for each in town.notices("certified") if each["number"] == number] == [
        town.server.user_id("1001")
    ]


def test_signing_in_on_lgwan_needs_no_certification_and_gives_none(town: DeviceTown) -> None:
    answer = town.sign_in("1002", Zone.LGWAN)
    assert answer.status_code == 200, answer.text
    device = town.devices("1002")[answer.json()["device_id"]]
    assert (device["certified"], device["zone"]) == (False, "lgwan")
    # Nor does its ID open the Internet side.
    town.number("1002", device_id=answer.json()["device_id"])


def test_a_repeated_attempt_keeps_its_number_and_asks_nobody_again(town: DeviceTown) -> None:
    number = town.number("1004", name="くり返し")
    assert {town.number("1004", name="くり返し") for _ in range(5)} == {number}
    assert len([each for each in town.notices("asked") if each["number"] == number]) == 1


def test_a_certified_device_comes_back_by_its_id(town: DeviceTown) -> None:
    device_id = town.certified("1001").json()["device_id"]
    assert town.sign_in("1001", device_id=device_id).status_code == 200
    newer = "Element/1.7.0 (Google Pixel 7; Android 15)"
    assert town.sign_in("1001", device_id=device_id, user_agent=newer).status_code == 200


def test_the_id_of_a_certified_device_is_not_enough_for_another_client(town: DeviceTown) -> None:
    device_id = town.certified("1001").json()["device_id"]
    town.number("1001", device_id=device_id, user_agent="curl/8.0", name="")


def test_the_id_of_another_persons_certified_device_opens_nothing(town: DeviceTown) -> None:
    device_id = town.certified("1001").json()["device_id"]
    town.number("1002", device_id=device_id)


def test_an_approval_is_for_the_device_that_asked(town: DeviceTown) -> None:
    number = town.number("1002", name="公用スマホ")
    assert town.decide("1002", number).status_code == 200
    other = town.number("1002", name="だれかの端末", user_agent="Other/1.0")
    assert other != number
    assert town.sign_in("1002", name="公用スマホ").status_code == 200


def test_an_approval_works_once(town: DeviceTown) -> None:
    town.certified("1002", name="一度だけ")
    town.number("1002", name="一度だけ")


def test_an_approval_ends_after_ten_minutes(town: DeviceTown) -> None:
    number = town.number("1001", name="のんびり")
    assert town.decide("1001", number).status_code == 200
    town.age("decided_ts", number, APPROVAL_LIFE)
    assert town.number("1001", name="のんびり") != number


def test_a_number_ends_after_a_day(town: DeviceTown) -> None:
    number = town.number("1004", name="きのう")
    town.age("created_ts", number, REQUEST_LIFE)
    answer = town.decide("1004", number)
    assert (answer.status_code, answer.json()["errcode"]) == (404, "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN")
    assert town.number("1004", name="きのう") != number


def test_of_two_sign_ins_at_once_only_one_uses_the_approval(town: DeviceTown) -> None:
    for _ in range(3):
        assert town.decide("5001", "0000").status_code == 404
        number = town.number("1003", name="競争")
        assert town.decide("1003", number).status_code == 200
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: town.sign_in("1003", name="競争").status_code, range(4)))
        assert sorted(answers) == [200, 403, 403, 403]
        assert town.decide("1003", town.number("1003", name="競争"), "deny").status_code == 200


def test_a_wrong_password_makes_no_request(town: DeviceTown) -> None:
    before = len(town.notices("asked"))
    assert town.sign_in("1001", name="盗人", password="guess").status_code == 403
    assert len(town.notices("asked")) == before


@pytest.mark.parametrize("word", ["approve", "deny"])
def test_a_wrong_number_and_somebody_elses_are_refused_alike(town: DeviceTown, word: str) -> None:
    number = town.number("1001", name=f"他人 {word}")
    wrong = "0000" if number != "0000" else "1111"
    answers = [town.decide("1002", each, word) for each in (wrong, number)]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert answers[0].json()["errcode"] == "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN"
    # An administrator of another organisation is somebody else too.
    assert town.decide("3002", number, word).status_code == 404
    assert town.decide("1001", number, "deny").status_code == 200


def test_an_approval_from_the_internet_side_is_refused_and_noted(town: DeviceTown) -> None:
    inside = town.certified("1001").json()["access_token"]
    number = town.number("1001", name="外から")
    for zone in (Zone.INTERNET, Zone.INTERNAL):
        answer = town.ask("1001", "POST", f"/devices/requests/{number}/approve", zone, token=inside)
        assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN")
    town.number("1001", name="外から")
    [entry, *_] = [
        each
        for each in town.audit("1003", "272060", action="approve_device", outcome="refused")
        if each["zone"] == "internet"
    ]
    assert (entry["reason"], entry["detail"]) == ("JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN", number)


def test_a_denied_number_lets_nobody_in(town: DeviceTown) -> None:
    number = town.number("1004", name="ことわる")
    assert town.decide("1004", number, "deny").status_code == 200
    assert town.decide("1004", number).status_code == 404
    town.number("1004", name="ことわる")


def test_where_the_administrator_certifies_only_one_of_that_organisation_can(town: DeviceTown) -> None:
    number = town.number("3001")
    assert [each["recipient"] for each in town.notices("asked") if each["number"] == number] == [
        town.server.user_id("3002")
    ]
    for stranger in ("3001", "1003", "2002"):
        assert town.decide(stranger, number).status_code == 404
    with_key = town.ask("3002", "POST", f"/organizations/271403/devices/requests/{number}/approve")
    assert with_key.status_code == 200, with_key.text
    assert [each["recipient"] for each in town.notices("approved") if each["number"] == number] == [
        town.server.user_id("3001")
    ]
    answer = town.sign_in("3001")
    assert answer.status_code == 200, answer.text
    assert town.devices("3001")[answer.json()["device_id"]]["how"] == "admin"


def test_of_several_organisations_the_strictest_decides(town: DeviceTown) -> None:
    number = town.number("5001")
    assert town.decide("5001", number).status_code == 404
    assert town.decide("2002", number).status_code == 404
    assert town.decide("3002", number).status_code == 200
    assert town.sign_in("5001").status_code == 200


def edge_headers(verdict: str = "SUCCESS", issuer: str = AUTHORITY) -> dict[str, str]:
    return {
        "X-Kairan-Client-Certificate": verdict,
        "X-Kairan-Client-Certificate-Subject": "CN=telephone 7",
        "X-Kairan-Client-Certificate-Issuer": issuer,
    }


def test_a_certificate_that_the_edge_saw_lets_a_device_in(town: DeviceTown) -> None:
    answer = town.sign_in("4001", address=EDGE, headers=edge_headers())
    assert answer.status_code == 200, answer.text
    device = town.devices("4001")[answer.json()["device_id"]]
    assert (device["certified"], device["how"], device["certified_by"]) == (True, "certificate", "CN=telephone 7")
    # Its ID without the certificate is worth nothing.
    assert town.sign_in("4001", device_id=answer.json()["device_id"]).status_code == 403


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("127.0.0.1", edge_headers()),
        ("127.0.0.1", {**edge_headers(), "X-Forwarded-For": EDGE}),
        (EDGE, {}),
        (EDGE, edge_headers(verdict="NONE")),
        (EDGE, edge_headers(verdict="FAILED:expired")),
        (EDGE, edge_headers(issuer=OTHER_AUTHORITY)),
        (EDGE, edge_headers(issuer="CN=Home-made CA")),
    ],
    ids=["other address", "forged X-Forwarded-For", "nothing", "none", "failed", "other organisation", "home-made"],
)
def test_a_certificate_that_is_not_believed_opens_nothing(
    town: DeviceTown, address: str, headers: dict[str, str]
) -> None:
    answer = town.sign_in("4001", address=address, headers=headers)
    assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.DEVICE_CERTIFICATE_NEEDED")


def test_whoever_has_no_posting_today_stays_outside_but_the_operator(town: DeviceTown) -> None:
    for localpart in ("1006", "1007"):
        answer = town.sign_in(localpart)
        assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.NO_POSTING")
        assert town.sign_in(localpart, Zone.LGWAN).status_code == 200
    assert town.sign_in("operator").status_code == 200


def test_nobody_is_asked_more_than_three_times_at_once(town: DeviceTown) -> None:
    waiting = len(town.ask("1005", "GET", "/devices").json()["requests"])
    assert waiting == 0
    numbers = {town.number("1005", name=f"端末 {index}") for index in range(3)}
    assert len(numbers) == 3
    answer = town.sign_in("1005", name="端末 4")
    assert (answer.status_code, answer.json()["errcode"]) == (429, "JP.KAIRAN.DEVICE_REQUESTS_TOO_MANY")
    assert {each["number"] for each in town.ask("1005", "GET", "/devices").json()["requests"]} == numbers


def test_a_first_password_is_not_used_up_by_a_refused_device(town: DeviceTown) -> None:
    newcomer = {
        "localpart": "1900",
        "name": "新人 入",
        "kana": "シンジン イル",
        "postings": [{"organization": "272060"}],
        "first_password": "once and only once",
    }
    assert town.town.declare("people", {"people": [newcomer]}).status_code == 200
    number = town.number("1900", password="once and only once")
    assert town.operate("POST", "/provision/devices/approve", {"number": number}).status_code == 200
    assert town.sign_in("1900", password="once and only once").status_code == 200


def test_an_approval_survives_a_refusal_by_another_rule(town: DeviceTown) -> None:
    spent = {
        "localpart": "1901",
        "name": "使用 済",
        "kana": "シヨウ スミ",
        "postings": [{"organization": "272060"}],
        "first_password": "once and only once",
    }
    assert town.town.declare("people", {"people": [spent]}).status_code == 200
    assert town.sign_in("1901", Zone.LGWAN, password="once and only once").status_code == 200
    number = town.number("1901", password="once and only once")
    assert town.operate("POST", "/provision/devices/approve", {"number": number}).status_code == 200
    answer = town.sign_in("1901", password="once and only once")
    assert answer.json()["errcode"] == "JP.KAIRAN.FIRST_PASSWORD_USED"
    body = {"password": "another one that is long", "logout_devices": False}
    path = f"/_synapse/admin/v2/users/{town.server.user_id('1901')}"
    with town.client(Zone.INTERNAL, town.town.operator) as client:
        assert client.put(path, json=body).status_code == 200
    assert town.sign_in("1901", password="another one that is long").status_code == 200


def test_every_refusal_is_in_the_trail_of_the_persons_organisation_only(town: DeviceTown) -> None:
    number = town.number("3001", name="足あと")
    [entry] = [each for each in town.audit("3002", "271403", action="sign_in") if number in each["detail"]]
    assert (entry["user_id"], entry["outcome"], entry["reason"], entry["zone"]) == (
        town.server.user_id("3001"),
        "refused",
        "JP.KAIRAN.DEVICE_APPROVAL_NEEDED",
        "internet",
    )
    assert all(number not in each["detail"] for each in town.audit("1003", "272060"))


def test_a_session_of_lgwan_is_worth_nothing_on_the_internet_side(town: DeviceTown) -> None:
    signed_in = town.sign_in("1002", Zone.LGWAN).json()
    token, device_id = signed_in["access_token"], signed_in["device_id"]
    assert town.works(token, Zone.LGWAN)
    with town.client(Zone.INTERNET, token) as client:
        for path in ("/_matrix/client/v3/sync?timeout=0", "/_matrix/client/r0/account/whoami", f"{API}/me"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["errcode"]) == (403, "JP.KAIRAN.DEVICE_OF_LGWAN"), path
    noted = [e for e in town.audit("1003", "272060", action="use_session") if e["device_id"] == device_id]
    assert len(noted) == 1, "a client that tries again and again fills no trail"
    assert town.works(token, Zone.LGWAN)
    # Certified from LGWAN, it may be carried about.
    assert town.ask("1002", "POST", f"/devices/{device_id}/certify").status_code == 200
    assert town.works(token)


def test_where_any_device_signs_in_a_session_may_change_sides(town: DeviceTown) -> None:
    assert town.works(town.sign_in("2001", Zone.LGWAN).json()["access_token"])


def test_a_device_that_is_revoked_while_it_signs_in_stays_outside(town: DeviceTown) -> None:
    signed_in = town.certified("1003", name="すれちがい").json()
    store = shared_device_store(ModuleApi(town.server.hs, town.server.hs.get_auth_handler()))
    # The row alone, as between the two steps of revoking.
    town.server.run(store.revoke, town.server.user_id("1003"), [signed_in["device_id"]], "somebody")
    for zone in (Zone.INTERNET, Zone.LGWAN):
        with town.client(zone, signed_in["access_token"]) as client:
            answer = client.get("/_matrix/client/v3/account/whoami")
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
