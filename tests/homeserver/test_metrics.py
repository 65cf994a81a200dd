"""The modules' figures on Synapse's metrics listener."""

import pytest
from kairan.zones import Zone
from prometheus_client import REGISTRY

from tests.homeserver.harness import HomeserverFactory
from tests.homeserver.town import found_town
from tests.homeserver.zone_attempts import CALL


def figure(name: str, **labels: str) -> float | None:
    """The value of one figure now, None where it is not there."""
    return REGISTRY.get_sample_value(name, labels)


def test_figures_are_there_from_the_start_and_count(
    homeserver_factory: HomeserverFactory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    town = found_town(homeserver_factory, tmp_path_factory.mktemp("town"))
    name = town.server.server_name
    refused = {"server_name": name, "code": "JP.KAIRAN.CALL_NOT_HERE"}
    assert figure("kairan_refusals_total", **refused) == 0
    assert figure("kairan_directory_search_seconds_count", server_name=name) == 0
    town.search("1001", "田中")
    with town.server.client(town.tokens["1001"], Zone.LGWAN) as client:
        room = client.post("/_matrix/client/v3/createRoom", json={}).json()["room_id"]
        assert client.put(f"/_matrix/client/v3/rooms/{room}/send/m.call.invite/1", json=CALL).status_code == 403
    assert figure("kairan_refusals_total", **refused) == 1
    assert figure("kairan_directory_search_seconds_count", server_name=name) == 1
