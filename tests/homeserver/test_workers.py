"""A generic worker beside the main process, on PostgreSQL and Redis: the registry's caches follow each other."""

from collections.abc import Iterator

import httpx
import pytest
from kairan.zones import Zone

from tests.homeserver.town import API, ORGANIZATIONS, PEOPLE, person, posting
from tests.homeserver.worker_stack import MAIN, Process, WorkerStack, wait_for, worker_stack
from tests.postgres import PostgresCluster

pytestmark = pytest.mark.needs("postgresql", "redis-server")


@pytest.fixture(scope="module")
def workers(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerStack]:
    """A main process with the internal listener, and a worker with the LGWAN one."""
    main, worker = Process(MAIN, [Zone.INTERNAL]), Process("lgwan", [Zone.LGWAN])
    with worker_stack(postgres, tmp_path_factory.mktemp("workers"), main, [worker]) as stack:
        stack.declare("organizations", {"organizations": ORGANIZATIONS})
        stack.declare("people", {"people": PEOPLE})
        yield stack


def face(workers: WorkerStack) -> str:
    """The worker's listener."""
    return workers.urls["lgwan", Zone.LGWAN]


def found(workers: WorkerStack, token: str, term: str) -> list[str]:
    """The localparts that a search on the worker finds."""
    answer = httpx.post(
        face(workers) + "/_matrix/client/v3/user_directory/search",
        json={"search_term": term},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return [each["user_id"][1:].partition(":")[0] for each in answer.json()["results"]]


def test_a_worker_answers_by_the_same_policy(workers: WorkerStack) -> None:
    assert found(workers, workers.token_of("1001"), "田中") == ["1002", "1003", "2001"]
    assert found(workers, workers.token_of("3001"), "田中") == ["3001"]


def test_a_change_at_the_main_process_reaches_what_the_worker_has_cached(workers: WorkerStack) -> None:
    token = workers.token_of("1001")
    assert found(workers, token, "新田") == []
    newcomer = person("1900", "新田 進", "ニッタ ススム", posting("272060", "0101"))
    workers.declare("people", {"people": [newcomer]})
    wait_for(lambda: found(workers, token, "新田") == ["1900"], "the newcomer is found on the worker")
    closed = [{**each, "opens_to": []} if each["organization"] == "270008" else each for each in ORGANIZATIONS]
    workers.declare("organizations", {"organizations": closed})
    wait_for(lambda: found(workers, token, "府子") == [], "the closing reaches the worker")
    workers.declare("organizations", {"organizations": ORGANIZATIONS})
    wait_for(lambda: found(workers, token, "府子") == ["2001"], "the opening reaches the worker")
    workers.declare("people", {"people": [{**newcomer, "postings": []}]})
    wait_for(lambda: found(workers, token, "新田") == [], "the leaver is gone on the worker")


def test_the_worker_names_its_face_and_does_not_provision(workers: WorkerStack) -> None:
    answer = httpx.get(face(workers) + "/.well-known/matrix/client", trust_env=False)
    assert answer.json()["m.homeserver"] == {"base_url": face(workers) + "/"}
    answer = httpx.put(face(workers) + f"{API}/provision/people", json={"people": []}, trust_env=False)
    assert answer.status_code == 404


def test_nothing_of_the_client_api_is_served_on_the_replication_listener(workers: WorkerStack) -> None:
    for path in ("/_matrix/client/versions", API + "/me", "/.well-known/matrix/client"):
        answer = httpx.get(workers.replication_url + path, trust_env=False)
        assert answer.status_code == 404, (path, answer.text)
