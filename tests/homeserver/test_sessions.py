"""Sessions of the Internet side end by the rules of the organisation; those of LGWAN do not."""

from typing import Any

import httpx
import pytest
from kairan.zones import Zone
from kairan_modules.audit import Audit
from kairan_modules.sessions import Sessions
from kairan_modules.store import shared_store

from tests.homeserver.harness import Database, HomeserverFactory
from tests.homeserver.signing_in import declare_policies, give_password, later, sign_in
from tests.homeserver.town import Town, found_town

DAY = 24 * 3600.0
HOUR = 3600.0


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = found_town(
        homeserver_factory, tmp_path_factory.mktemp("town"), database, refreshable_access_token_lifetime="5m"
    )
    declare_policies(
        town,
        o272060={"sessions": {"days": 30, "idle_hours": 48}},
        o270008={"sessions": {"days": 0, "idle_hours": 0}},
    )
    for localpart in ("1001", "2001"):
        give_password(town, localpart)
    return town


def session(town: Town, localpart: str, zone: Zone, **others: object) -> dict[str, Any]:
    """A new session, used once."""
    answer = sign_in(town, localpart, zone=zone, **others)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    assert whoami(town, made, zone).status_code == 200
    return made


def whoami(town: Town, made: dict[str, Any], zone: Zone) -> httpx.Response:
    """Use a session."""
    with town.server.client(made["access_token"], zone) as client:
        return client.get("/_matrix/client/v3/account/whoami")


def look(town: Town) -> None:
    """What the homeserver does by itself every five minutes, after writing down who was seen."""

    async def look() -> None:
        api, main = town.server.hs.get_module_api(), town.server.hs.get_datastores().main
        await main._update_client_ips_batch()
        store = shared_store(api)
        await Sessions(api, store, Audit(api, store)).end()

    town.server.run(look)


def test_a_session_of_the_internet_side_ends_to_the_second_so_many_days_after_signing_in(town: Town) -> None:
    made = session(town, "1001", Zone.INTERNET)
    assert made["expires_in_ms"] == 30 * DAY * 1000
    with later(town, seconds=30 * DAY - 30):
        assert whoami(town, made, Zone.INTERNET).status_code == 200
    with later(town, seconds=30 * DAY + 1):
        answer = whoami(town, made, Zone.INTERNET)
        # The device is still there, so the client may keep its data and sign in again.
        assert (answer.status_code, answer.json()["errcode"], answer.json()["soft_logout"]) == (
            401,
            "M_UNKNOWN_TOKEN",
            True,
        )
        look(town)
        answer = whoami(town, made, Zone.INTERNET)
        assert (answer.status_code, answer.json()["soft_logout"]) == (401, False)
        assert made["device_id"] not in devices(town, "1001")


def test_refresh_tokens_do_not_reach_beyond_the_session(town: Town) -> None:
    made = session(town, "1001", Zone.INTERNET, refresh_token=True)
    with town.server.client(None, Zone.INTERNET) as client, later(town, seconds=30 * DAY - 60):
        answer = client.post("/_matrix/client/v3/refresh", json={"refresh_token": made["refresh_token"]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["expires_in_ms"] <= 60_000
        refreshed = made | answer.json()
    with town.server.client(None, Zone.INTERNET) as client, later(town, seconds=30 * DAY + 1):
        answer = client.post("/_matrix/client/v3/refresh", json={"refresh_token": refreshed["refresh_token"]})
        assert answer.status_code == 403
        assert whoami(town, refreshed, Zone.INTERNET).status_code == 401


def test_a_session_ends_after_so_many_hours_without_use_and_not_while_it_is_used(town: Town) -> None:
    made = session(town, "1001", Zone.INTERNET)
    with later(town, seconds=47 * HOUR):
        look(town)
        assert whoami(town, made, Zone.INTERNET).status_code == 200
        look(town)
    with later(town, seconds=(47 + 47) * HOUR):
        look(town)
        assert made["device_id"] in devices(town, "1001")
    with later(town, seconds=(47 + 48) * HOUR + 180):
        look(town)
        assert whoami(town, made, Zone.INTERNET).status_code == 401
        assert made["device_id"] not in devices(town, "1001")
    entries = town.get("1003", "/audit", organization="272060", action="session").json()["entries"]
    assert [each["detail"] for each in entries if each["device_id"] == made["device_id"]] == ["48 hours without use"]


def test_sessions_of_lgwan_do_not_end(town: Town) -> None:
    made = session(town, "1001", Zone.LGWAN)
    assert "expires_in_ms" not in made
    with later(town, seconds=400 * DAY):
        look(town)
        assert whoami(town, made, Zone.LGWAN).status_code == 200


def test_an_organisation_may_let_sessions_last(town: Town) -> None:
    made = session(town, "2001", Zone.INTERNET)
    with later(town, seconds=400 * DAY):
        look(town)
        assert whoami(town, made, Zone.INTERNET).status_code == 200


def test_stricter_rules_reach_sessions_that_are_there_already(town: Town) -> None:
    made = session(town, "2001", Zone.INTERNET)
    declare_policies(town, o270008={"sessions": {"days": 1}})
    with later(town, seconds=DAY + 1):
        look(town)
        assert whoami(town, made, Zone.INTERNET).status_code == 401


def devices(town: Town, localpart: str) -> list[str]:
    """The devices of an account."""
    with town.server.client(town.operator) as client:
        found = client.get(f"/_synapse/admin/v2/users/{town.server.user_id(localpart)}/devices").json()
    return [each["device_id"] for each in found["devices"]]
