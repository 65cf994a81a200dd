"""The harness itself: what the other tests of this folder lean on."""

import threading

import pytest
from kairan.zones import Zone
from synapse.config import ConfigError
from synapse.logging.context import current_context

from tests.homeserver.harness import Database, HomeserverFactory, Server, port_is_free, reactor


@pytest.mark.parametrize("zone", [Zone.LGWAN, Zone.INTERNET, Zone.INTERNAL], ids=lambda zone: str(zone.value))
def test_a_password_signs_in_on_each_client_face(stock_server: Server, zone: Zone) -> None:
    name = f"signs-in-on-{zone.value}"
    stock_server.register(name, password="secret")
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": "secret"}
    with stock_server.client(zone=zone) as client:
        answer = client.post("/_matrix/client/v3/login", json=login).raise_for_status().json()
    assert answer["user_id"] == stock_server.user_id(name)


def test_federation_has_a_listener_of_its_own(stock_server: Server) -> None:
    with stock_server.client(zone=Zone.FEDERATION) as client:
        assert client.get("/_matrix/federation/v1/version").json()["server"]["name"] == "Synapse"
        assert client.get("/_matrix/client/versions").status_code == 404


def test_an_account_works_on_either_database(homeserver_factory: HomeserverFactory, database: Database) -> None:
    server = homeserver_factory(database=database)
    with server.client(server.register("alice", admin=True)) as client:
        assert client.get("/_synapse/admin/v2/users/" + server.user_id("alice")).json()["admin"] is True


def test_a_stopped_server_frees_its_ports_and_threads(homeserver_factory: HomeserverFactory) -> None:
    before = threading.active_count()
    server = homeserver_factory()
    assert not any(port_is_free(port) for port in server.faces.ports.values())
    server.stop()
    assert all(port_is_free(port) for port in server.faces.ports.values())
    # The reactor's own pool of threads stays for the session, and may have grown.
    assert threading.active_count() <= before + len(reactor.getThreadPool().threads)


def test_a_bad_configuration_is_an_exception_with_its_message(homeserver_factory: HomeserverFactory) -> None:
    with pytest.raises(ConfigError, match="not a bot") as error:
        homeserver_factory([{"module": f"{__name__}.StrictModule", "config": {}}])
    assert list(error.value.path or ()) == ["modules", "<item 0>", "config", "bot"]


def test_a_module_that_fails_to_start_is_an_exception_and_leaves_nothing(
    homeserver_factory: HomeserverFactory,
) -> None:
    before = {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="cannot start"):
        homeserver_factory([{"module": f"{__name__}.BrokenModule", "config": {}}])
    assert {thread.name for thread in threading.enumerate()} <= before


class StrictModule:
    """A Synapse module that likes no configuration."""

    @staticmethod
    def parse_config(config: object) -> object:
        raise ConfigError("not a bot", path=("bot",))


class BrokenModule:
    """A Synapse module that fails when it is started."""

    def __init__(self, config: object, api: object) -> None:
        raise RuntimeError("cannot start")

    @staticmethod
    def parse_config(config: object) -> object:
        return config


def test_what_runs_on_the_reactor_has_a_log_context_and_raises_here(stock_server: Server) -> None:
    async def name_of_context() -> str:
        return str(current_context())

    async def fail() -> None:
        raise LookupError("from the reactor")

    assert "test" in stock_server.run(name_of_context)
    with pytest.raises(LookupError, match="from the reactor"):
        stock_server.run(fail)


def test_two_servers_federate(homeserver_factory: HomeserverFactory) -> None:
    osaka, tokyo = homeserver_factory(federates=True), homeserver_factory(federates=True)
    tokyo.register("remote")
    with osaka.client(osaka.register("local")) as client:
        answer = client.get(f"/_matrix/client/v3/profile/{tokyo.user_id('remote')}")
    assert answer.raise_for_status().json()["displayname"] == "remote"
