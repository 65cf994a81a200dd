"""The zone policy on workers: the same table as on one process, each request going where nginx would send it."""

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

import attrs
import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.town import API, ORGANIZATIONS
from tests.homeserver.worker_stack import MAIN, SERVER_NAME, Process, WorkerStack, wait_for, worker_stack
from tests.homeserver.zone_attempts import ALLOWED, CALL, NO_ADMIN, NO_CALL, ROWS, SEND, reason_of
from tests.homeserver.zone_world import SETTINGS, World, furnished
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")

CLIENT: Final = "client1"
MEDIA: Final = "media1"
FACES: Final = [Zone.LGWAN, Zone.INTERNET]

MEDIA_PATHS: Final = re.compile(
    r"/_matrix/media/|/_matrix/client/v1/media/"
    r"|/_synapse/admin/v1/(purge_media_cache$|room/[^/]*/media|user/[^/]*/media|media/|quarantine_media/|users/[^/]*/media)"
)
CLIENT_PATHS: Final = re.compile(
    r"/_matrix/client/((r0|v3|unstable|api/v1)/("
    r"sync$|events$|initialSync$|createRoom$|publicRooms$|account/whoami$|devices|voip/turnServer$|joined_rooms$|search$"
    r"|user_directory/search$|keys/|login$|register$|join/|knock/|profile/|sendToDevice/"
    r"|rooms/[^/]*/(send|state|redact|members|joined_members|messages|event|context|join|invite|leave|initialSync)"
    r")|versions$|v1/rooms/[^/]*/hierarchy)"
)
"""Of Synapse's worker documentation what the attempts use; sendToDevice as the worker owns that stream."""


def route(path: str) -> str:
    """The process that serves a path. Like nginx, look at it decoded and with single slashes; it is sent as it came."""
    plain = re.sub("/+", "/", unquote(path.partition("?")[0]))
    if MEDIA_PATHS.match(plain):
        return MEDIA
    return CLIENT if CLIENT_PATHS.match(plain) else MAIN


@pytest.fixture(scope="module")
def stack(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerStack]:
    """What only the main process serves is asked of it by both faces; files are the media worker's alone."""
    everywhere = [*FACES, Zone.INTERNAL]
    with worker_stack(
        postgres,
        tmp_path_factory.mktemp("workers"),
        Process(MAIN, everywhere),
        [
            Process(CLIENT, FACES, writer=True),
            Process(MEDIA, everywhere, resources=["client", "media"], settings={"enable_media_repo": True}),
        ],
        enable_media_repo=False,
        media_instance_running_background_jobs=MEDIA,
        stream_writers={"events": CLIENT, "to_device": CLIENT},
        **SETTINGS,
    ) as running:
        running.declare("organizations", {"organizations": ORGANIZATIONS})
        running.declare_people()
        yield running


@pytest.fixture(scope="module")
def world(stack: WorkerStack) -> World:
    def url(path: str, zone: Zone) -> str:
        process = route(path)
        # The bridge and the operator have no listener at the client worker.
        return stack.urls[MAIN if zone is Zone.INTERNAL and process == CLIENT else process, zone]

    tokens = {who: stack.sign_in(who, stack.urls[CLIENT, Zone.LGWAN]) for who in ("1001", "1002", "1003")}
    return furnished(World(SERVER_NAME, tokens, stack.operator, url))


@pytest.mark.parametrize(("name", "reason", "attempt"), ROWS, ids=[name for name, _, _ in ROWS])
def test_a_way_around_the_policy_is_refused_on_workers(
    world: World, name: str, reason: tuple[int, str], attempt: Callable[[World], httpx.Response]
) -> None:
    answer = attempt(world)
    assert reason_of(answer) == reason, answer.text


@pytest.mark.parametrize(("name", "attempt"), ALLOWED, ids=[name for name, _ in ALLOWED])
def test_what_is_allowed_is_done_on_workers(
    world: World, name: str, attempt: Callable[[World], httpx.Response]
) -> None:
    answer = attempt(world)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("process", [MAIN, CLIENT, MEDIA])
def test_no_process_places_a_call_for_lgwan(world: World, stack: WorkerStack, process: str) -> None:
    # Where a request goes is up to the proxy, and a proxy's rules may be wrong.
    here = attrs.evolve(world, url=lambda _, zone: stack.urls[process, zone])
    answer = here.ask("PUT", f"{SEND}m.call.invite/at-{process}", CALL)
    assert reason_of(answer) == NO_CALL, answer.text


@pytest.mark.parametrize("zone", FACES)
@pytest.mark.parametrize(
    ("process", "method", "path"),
    [
        (MAIN, "GET", "/_synapse/admin/v2/users"),
        (CLIENT, "GET", "/_synapse/admin/v2/users/{me}"),
        (MEDIA, "POST", "/_synapse/admin/v1/purge_media_cache?before_ts=0"),
    ],
)
def test_no_process_has_an_admin_api_on_a_face(
    world: World, stack: WorkerStack, zone: Zone, process: str, method: str, path: str
) -> None:
    here = attrs.evolve(world, url=lambda _, zone: stack.urls[process, zone])
    answer = here.ask(method, path, {}, zone=zone, token=world.operator)
    assert reason_of(answer) == NO_ADMIN, answer.text


def test_the_media_worker_has_its_own_admin_api_on_the_internal_listener(world: World, stack: WorkerStack) -> None:
    here = attrs.evolve(world, url=lambda _, zone: stack.urls[MEDIA, zone])
    path = "/_synapse/admin/v1/purge_media_cache?before_ts=1600000000000"
    answer = here.ask("POST", path, {}, zone=Zone.INTERNAL, token=world.operator)
    assert answer.status_code == 200, answer.text


def test_the_media_worker_hands_no_files_to_servers_on_a_face(world: World, stack: WorkerStack) -> None:
    # Synapse serves this wherever it serves media; whoever signs as another server would have every file there.
    for zone in (*FACES, Zone.INTERNAL):
        url = stack.urls[MEDIA, zone] + f"/_matrix/federation/v1/media/download/{world.internet_file}"
        assert httpx.get(url, trust_env=False).status_code == 404


def test_a_call_that_was_scheduled_on_a_worker_is_not_sent_for_lgwan_by_the_main_process(world: World) -> None:
    path = SEND + "m.call.invite/later?org.matrix.msc4140.delay=600000"
    delayed = world.ask("PUT", path, CALL, zone=Zone.INTERNET).json()["delay_id"]
    answer = world.ask("POST", f"/_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayed}/send", {})
    assert reason_of(answer) == NO_CALL, answer.text


def test_a_refusal_on_a_worker_is_in_the_audit_trail(world: World) -> None:
    assert world.ask("PUT", SEND + "m.call.invite/audited", CALL, who="1002").status_code == 403
    [entry, *_] = world.ask(
        "GET", f"{API}/audit?organization=272060&user_id={world.user_id('1002')}", who="1003"
    ).json()["entries"]
    assert (entry["zone"], entry["reason"]) == ("lgwan", NO_CALL[1])
    assert entry["device_id"]


def test_a_stricter_policy_of_an_organisation_reaches_the_media_worker(world: World, stack: WorkerStack) -> None:
    def uploads() -> int:
        return world.ask(
            "POST", "/_matrix/media/v3/upload", zone=Zone.INTERNET, content=b"x", headers={"Content-Type": "text/plain"}
        ).status_code

    assert uploads() == 200
    strict = {"policy": {"rules": {"upload": {"internet": "deny"}}}}
    stack.declare(
        "organizations",
        {"organizations": [{**each, **(strict if each["organization"] == "272060" else {})} for each in ORGANIZATIONS]},
    )
    wait_for(lambda: uploads() == 403, "the rule reaches the worker")
    stack.declare("organizations", {"organizations": ORGANIZATIONS})
    wait_for(lambda: uploads() == 200, "the standard is back")
