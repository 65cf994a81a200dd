"""Lockout and the list of sign-ins, against a real homeserver on both engines."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from kairan.lockout import RULES, Scope, keys
from kairan.zones import Zone
from kairan_modules.store.misses import MissStore

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.signing_in import (
    FREE,
    PASSWORD,
    at,
    declare_policies,
    give_password,
    identified,
    later,
    miss,
    refused,
    sign_in,
)
from tests.homeserver.town import Town, found_town, token_of


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"), database)
    declare_policies(town)
    return town


def test_a_right_password_is_refused_after_repeated_misses_until_the_wait_is_over(town: Town) -> None:
    give_password(town, "1001")
    miss(town, "1001", FREE + 1, address="127.0.1.1")
    assert refused(sign_in(town, "1001", address="127.0.1.1")) == 30
    with later(town, seconds=31):
        assert sign_in(town, "1001", address="127.0.1.1").status_code == 200


@pytest.mark.parametrize("user", ["2001", "nobody-of-that-name"])
def test_waits_grow_alike_for_an_account_that_is_there_and_one_that_is_not(town: Town, user: str) -> None:
    address = f"127.0.2.{len(user)}"
    miss(town, user, FREE, address=address)
    ahead = 0.0
    for wait in RULES[Scope.PAIR].waits:
        with later(town, seconds=ahead):
            miss(town, user, 1, address=address)
            assert refused(sign_in(town, user, "wrong", address=address)) == wait
        ahead += wait + 1


def test_a_success_resets_the_count_of_the_account(town: Town) -> None:
    give_password(town, "1002")
    for _ in range(2):
        miss(town, "1002", FREE, address="127.0.3.1")
        assert sign_in(town, "1002", address="127.0.3.1").status_code == 200


def test_a_colleague_at_another_address_is_not_shut_out(town: Town) -> None:
    give_password(town, "1003")
    miss(town, "1003", FREE + 1, address="127.0.4.1")
    refused(sign_in(town, "1003", address="127.0.4.1"))
    assert sign_in(town, "1003", address="127.0.4.2").status_code == 200


def test_guessing_from_many_addresses_shuts_the_account_to_new_ones_but_not_to_known_ones_or_the_other_network(
    town: Town,
) -> None:
    give_password(town, "1004")
    assert sign_in(town, "1004", zone=Zone.INTERNET, address="127.0.5.1").status_code == 200
    for index in range(RULES[Scope.ACCOUNT].free + 1):
        miss(town, "1004", 1, Zone.INTERNET, address=f"127.0.6.{index % 250 + 1}")
    refused(sign_in(town, "1004", zone=Zone.INTERNET, address="127.0.5.2"))
    assert sign_in(town, "1004", zone=Zone.LGWAN, address="127.0.5.2").status_code == 200
    answer = sign_in(town, "1004", zone=Zone.INTERNET, address="127.0.5.1")
    assert answer.status_code == 200, answer.text


def test_one_address_that_tries_many_accounts_is_shut_out_of_all(town: Town) -> None:
    give_password(town, "1005")

    async def already_missed() -> None:
        key = keys("", Zone.LGWAN, "127.0.7.1")[Scope.ADDRESS]
        for _ in range(RULES[Scope.ADDRESS].free):
            await MissStore(api).miss({Scope.ADDRESS: key}, api.get_current_time_msec())

    api = town.server.hs.get_module_api()
    town.server.run(already_missed)
    miss(town, "name-1", 1, address="127.0.7.1")
    refused(sign_in(town, "1005", address="127.0.7.1"))
    assert sign_in(town, "1005", address="127.0.7.2").status_code == 200


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("/_matrix/client/r0/login", "4001"),
        ("/_matrix/client/api/v1/login", "4001"),
        ("/_matrix/client/v3/login", "@4001:SERVER"),
        ("/_matrix/client/v3/login/", "4001"),
        ("/_matrix/client/v3%2Flogin", "4001"),
    ],
)
def test_no_other_way_to_write_path_or_name_looks_at_the_password(town: Town, path: str, user: str) -> None:
    give_password(town, "4001")
    try:
        miss(town, "4001", FREE + 1, address="127.0.8.1")
        answer = sign_in(town, user.replace("SERVER", town.server.server_name), path=path, address="127.0.8.1")
        assert answer.status_code in (404, 429), answer.text
        assert "access_token" not in answer.text
        # Nor do headers that say where a request comes from: no proxy stands before this listener.
        for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
            refused(sign_in(town, "4001", address="127.0.8.1", headers={header: "192.0.2.7"}))
    finally:
        with later(town, seconds=3600):
            assert sign_in(town, "4001", address="127.0.8.1").status_code == 200


def test_old_forms_of_a_sign_in_are_counted_as_well(town: Town) -> None:
    with at("127.0.9.1", town.server.url(Zone.LGWAN)) as client:
        body = {"type": "m.login.password", "user": "3001", "password": "wrong"}
        for _ in range(FREE + 1):
            assert client.post("/_matrix/client/r0/login", json=body).status_code == 403
        refused(client.post("/_matrix/client/r0/login", json=body))


def confirm(town: Town, localpart: str, tried: str, password: str, address: str) -> httpx.Response:
    """Answer user-interactive authentication, for deleting a device."""
    token = token_of(town.server, localpart)
    with at(address, town.server.url(Zone.INTERNET), token) as client:
        device = client.get("/_matrix/client/v3/account/whoami").json()["device_id"]
        session = client.post("/_matrix/client/v3/delete_devices", json={"devices": [device]}).json()["session"]
        auth = identified(tried, password) | {"session": session}
        return client.post("/_matrix/client/v3/delete_devices", json={"devices": [device], "auth": auth})


def test_confirming_an_action_by_password_is_counted_together_with_signing_in(town: Town) -> None:
    give_password(town, "1007")
    for _ in range(FREE + 1):
        assert confirm(town, "1007", "1007", "wrong", "127.0.10.1").status_code == 401
    refused(confirm(town, "1007", "1007", PASSWORD, "127.0.10.1"))
    refused(sign_in(town, "1007", zone=Zone.INTERNET, address="127.0.10.1"))


def test_a_colleagues_password_cannot_be_tried_by_confirming_ones_own_action(town: Town) -> None:
    give_password(town, "1006")
    for _ in range(FREE + 1):
        assert confirm(town, "1001", "1006", "wrong", "127.0.11.1").status_code == 401
    refused(confirm(town, "1001", "1006", PASSWORD, "127.0.11.1"))


def test_tries_sent_all_at_once_are_counted_like_those_sent_one_by_one(town: Town) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: sign_in(town, "at-once", "wrong", address="127.0.12.1"), range(40)))
    assert [answer.status_code for answer in answers].count(403) == FREE + 1
    assert [answer.status_code for answer in answers].count(429) == 40 - FREE - 1


def test_misses_and_lockouts_are_in_the_persons_list_and_the_organisations_trail(town: Town) -> None:
    give_password(town, "3001")
    assert sign_in(town, "3001", address="127.0.13.1", headers={"User-Agent": "たんまつ".encode().hex()}).is_success
    miss(town, "3001", FREE + 1, address="127.0.13.2")
    refused(sign_in(town, "3001", address="127.0.13.2"))
    listed = town.get("3001", "/sign_ins", limit=FREE + 3).json()
    newest = listed["sign_ins"]
    assert [each["outcome"] for each in newest] == ["locked_out"] + ["missed"] * (FREE + 1) + ["done"]
    done = newest[-1]
    assert (done["zone"], done["address"], done["client"]) == ("lgwan", "127.0.13.1", "たんまつ".encode().hex())
    assert done["device_id"]
    older = town.get("3001", "/sign_ins", **{"from": newest[0]["entry"], "limit": 1}).json()
    assert older["sign_ins"] == [newest[1]]
    assert "next_batch" in older
    with later(town, seconds=91 * 24 * 3600):
        assert town.get("3001", "/sign_ins").json() == {"sign_ins": []}


def test_administrators_see_the_sign_ins_of_their_own_people_only(town: Town) -> None:
    miss(town, "1002", FREE + 1, address="127.0.14.1")
    miss(town, "3001", 1, address="127.0.14.1")
    entries = town.get("1003", "/audit", organization="272060", limit=100).json()["entries"]
    lockout = next(each for each in entries if each["action"] == "lockout" and each["user_id"].startswith("@1002"))
    assert (lockout["address"], lockout["reason"]) == ("127.0.14.1", "JP.KAIRAN.LOCKED_OUT")
    assert {"refused", "done"} <= {each["outcome"] for each in entries if each["action"] == "sign_in"}
    assert not [each for each in entries if each["user_id"].startswith(("@3001", "@nobody", "@name-"))]
    # What somebody typed for a name is kept nowhere: it may have been a password.
    assert not [each for each in entries if not each["user_id"]]


def test_neither_a_miss_nor_a_lockout_tells_by_its_cost_whether_there_is_such_an_account(
    homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Rounds as in production would take long; 10 make a check 60 ms, far more than all else that is done.
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("rounds"), bcrypt_rounds=10)
    give_password(town, "1001")

    def cost(user: str, status: int) -> float:
        """Seconds that the processors spent, which is what a busy machine does not change much."""
        begin = time.process_time()
        answer = sign_in(town, user, "wrong")
        spent = time.process_time() - begin
        assert answer.status_code == status
        return spent

    # In turns, so that whatever else the homeserver does meets both.
    missed = [(cost("1001", 403), cost("nobody", 403)) for _ in range(FREE + 1)]
    locked = [(cost("1001", 429), cost("nobody", 429)) for _ in range(2 * FREE)]
    (miss_there, miss_nowhere), (locked_there, locked_nowhere) = (
        [min(column) for column in zip(*pairs, strict=True)] for pairs in (missed, locked)
    )
    assert 0.8 < miss_there / miss_nowhere < 1.25, missed
    assert 0.6 < locked_there / locked_nowhere < 1.67, locked
    # No password is looked at during a lockout.
    assert max(locked_there, locked_nowhere) < min(miss_there, miss_nowhere) / 2, (missed, locked)
