"""`kairan devices` as an operator uses it, against a real homeserver."""

import json

import pytest
from kairan.zones import Zone
from kairan_provisioning.cli import app
from typer.testing import CliRunner, Result

from tests.homeserver.device_town import DeviceTown, found_device_town
from tests.homeserver.harness import HomeserverFactory


@pytest.fixture(scope="module")
def town(homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory) -> DeviceTown:
    return found_device_town(homeserver_factory, tmp_path_factory.mktemp("town"))


def kairan(town: DeviceTown, *arguments: str, typed: str = "", token: str = "") -> Result:
    environment = {"KAIRAN_TOKEN": token or town.town.operator, "KAIRAN_HOMESERVER": town.server.url(Zone.INTERNAL)}
    return CliRunner().invoke(app, ["devices", *arguments], env=environment, input=typed)


def test_an_operator_approves_lists_and_revokes(town: DeviceTown) -> None:
    number = town.number("1001")
    listed = kairan(town, "list", "1001")
    assert listed.exit_code == 0, listed.output
    assert f"waiting: {number}  {town.server.user_id('1001')}  わたしの電話  127.0.0.1" in listed.stdout
    assert kairan(town, "approve", number).exit_code == 0
    signed_in = town.sign_in("1001").json()
    device_id = signed_in["device_id"]
    [line] = [each for each in kairan(town, "list", "1001").stdout.splitlines() if each.startswith(device_id)]
    assert "登録済み" in line
    assert "インターネット" in line
    assert line.endswith("わたしの電話")
    answer = json.loads(kairan(town, "list", town.server.user_id("1001"), "--json").stdout)
    assert device_id in [each["device_id"] for each in answer["devices"]]
    assert kairan(town, "revoke", "1001", device_id).exit_code == 0
    assert not town.works(signed_in["access_token"])


def test_an_operator_turns_a_number_away(town: DeviceTown) -> None:
    number = town.number("1002")
    assert kairan(town, "deny", number).exit_code == 0
    again = kairan(town, "approve", number)
    assert again.exit_code == 1
    assert "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN" in again.output


def test_a_lost_telephone_is_asked_back(town: DeviceTown) -> None:
    token = town.town.tokens["1004"]
    assert kairan(town, "lost", "1004", typed="n\n").exit_code != 0
    assert town.works(token, Zone.LGWAN)
    assert kairan(town, "lost", "1004", typed="y\n").exit_code == 0
    assert not town.works(token, Zone.LGWAN)


def test_staff_cannot_use_it(town: DeviceTown) -> None:
    refused = kairan(town, "lost", "1002", "--yes", token=town.town.tokens["1003"])
    assert refused.exit_code == 1
    assert "JP.KAIRAN.NOT_OPERATOR" in refused.output
    assert town.works(town.town.tokens["1002"], Zone.LGWAN)
