"""The relay as configured: whom it serves, and whom it lets them reach."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.calls.relay import SECRET, Relay, running_relay
from tests.calls.turn_client import TCP, TurnClient, credentials

pytestmark = pytest.mark.needs("coturn")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with running_relay(tmp_path_factory.mktemp("relay")) as running:
        yield running


def _client(relay: Relay, name: str, lifetime: int = 60, secret: str = SECRET) -> TurnClient:
    return TurnClient(relay.port, *credentials(secret, name, lifetime))


def test_credentials_of_the_homeserver_open_it(relay: Relay) -> None:
    with closing(_client(relay, "@someone:kairan.test")) as client:
        assert client.allocate() == 0


@pytest.mark.parametrize(
    ("lifetime", "secret"), [(-1, SECRET), (60, SECRET[::-1])], ids=["run out", "signed by somebody else"]
)
def test_other_credentials_do_not(relay: Relay, lifetime: int, secret: str) -> None:
    with closing(_client(relay, "@someone:kairan.test", lifetime, secret)) as client:
        assert client.allocate() == 401


def test_without_credentials_there_is_nothing(relay: Relay) -> None:
    with closing(TurnClient(relay.port)) as client:
        assert client.allocate() == 401


def test_a_longer_life_than_was_signed_is_refused(relay: Relay) -> None:
    username, password = credentials(SECRET, "@someone:kairan.test")
    later = f"{int(time.time()) + 10**6}:{username.partition(':')[2]}"
    with closing(TurnClient(relay.port, later, password)) as client:
        assert client.allocate() == 401


def test_connections_by_tcp_are_not_relayed(relay: Relay) -> None:
    with closing(_client(relay, "@by-tcp:kairan.test")) as client:
        assert client.allocate(TCP) == 442


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "10.20.30.40", "100.64.0.1", "127.0.0.2", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
    ],
)
def test_networks_that_are_not_the_internet_are_out_of_reach(relay: Relay, address: str) -> None:
    with closing(_client(relay, "@curious:kairan.test")) as client:
        assert client.allocate() == 0
        assert client.permit(address) == 403
        assert client.permit("1.1.1.1") == 0


def test_one_person_gets_a_few_at_a_time_and_no_more(relay: Relay) -> None:
    clients = [_client(relay, "@greedy:kairan.test") for _ in range(13)]
    try:
        assert [client.allocate() for client in clients] == [0] * 12 + [486]
        with closing(_client(relay, "@modest:kairan.test")) as other:
            assert other.allocate() == 0
    finally:
        for client in clients:
            client.close()
