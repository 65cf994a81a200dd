"""What the policy does for an ordinary message: nothing that waits, and no state of the room."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import attrs
import pytest
from kairan.zones import Zone
from synapse.logging.context import current_context

from tests.homeserver.harness import HomeserverFactory, Server, kairan_modules

MESSAGE = {"msgtype": "m.text", "body": "明日の防災訓練は9時に庁舎前へ集合してください", "m.mentions": {}}
_NUMBERS = count()


@attrs.frozen
class Room:
    """A room of two on one server."""

    server: Server
    token: str
    room_id: str

    def send(self) -> str:
        """An ordinary message; returns its transaction ID."""
        number = f"m{next(_NUMBERS)}"
        with self.server.client(self.token, Zone.LGWAN) as client:
            path = f"/_matrix/client/v3/rooms/{self.room_id}/send/m.room.message/{number}"
            answer = client.put(path, json=MESSAGE)
        assert answer.status_code == 200, answer.text
        return number


def furnished(server: Server) -> Room:
    """A room with somebody else in it, in which something was said."""
    token, other = server.register("alice"), server.register("bob")
    with server.client(token, Zone.LGWAN) as client:
        made = client.post("/_matrix/client/v3/createRoom", json={"preset": "public_chat"}).json()
    with server.client(other, Zone.LGWAN) as client:
        assert client.post(f"/_matrix/client/v3/join/{made['room_id']}", json={}).status_code == 200
    room = Room(server, token, made["room_id"])
    for _ in range(3):
        # What is asked the first time only is nobody's cost.
        room.send()
    return room


@pytest.fixture(scope="module")
def ours(homeserver_factory: HomeserverFactory) -> Room:
    """A room where our modules are."""
    return furnished(homeserver_factory(kairan_modules))


@pytest.fixture(scope="module")
def stock(homeserver_factory: HomeserverFactory) -> Room:
    """The same without them."""
    return furnished(homeserver_factory())


@pytest.fixture
def asked(ours: Room, stock: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Room], Counter[str]]]:
    """Counts what a request asks of the database and of the state of rooms, by name."""
    counted: dict[str, Counter[str]] = {}

    def watch(owner: Any, method: str, name_of: Callable[[Any], str]) -> None:
        original = getattr(owner, method)

        def watched(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            request = current_context().request
            if request is not None:
                transaction = request.url.rpartition("/")[2]
                counted.setdefault(transaction, Counter())[name_of(args)] += 1
            result: Awaitable[Any] = original(*args, **kwargs)
            return result

        monkeypatch.setattr(owner, method, watched)

    for room in (ours, stock):
        stores = room.server.hs.get_datastores()
        watch(stores.main.db_pool, "runInteraction", lambda args: f"transaction {args[0]}")
        for method in ("_get_state_for_groups", "_get_state_groups_from_groups"):
            watch(stores.state, method, lambda args, method=method: method)  # type: ignore[misc]
        state = room.server.hs.get_storage_controllers().state
        for method in ("get_current_state", "get_current_state_ids", "get_state_for_events", "get_state_ids_for_event"):
            watch(state, method, lambda args, method=method: method)  # type: ignore[misc]
    yield lambda room: counted[room.send()]


def test_a_message_asks_for_the_same_with_our_modules_and_without(
    ours: Room, stock: Room, asked: Callable[[Room], Counter[str]]
) -> None:
    with_modules = [asked(ours) for _ in range(5)]
    without = [asked(stock) for _ in range(5)]
    assert with_modules == without
    assert with_modules[0], "nothing was counted"


def test_no_callback_asks_synapse_for_the_state_of_the_room(ours: Room) -> None:
    # Synapse loads the whole state for each event if one such callback is there.
    rules = ours.server.hs.get_module_api_callbacks().third_party_event_rules
    assert rules._check_event_allowed_callbacks == []
    assert rules._on_new_event_callbacks == []


def test_every_callback_lets_a_message_through_without_waiting_for_anything(ours: Room) -> None:
    with ours.server.client(ours.token, Zone.LGWAN) as client:
        messages = client.get(f"/_matrix/client/v3/rooms/{ours.room_id}/messages?dir=b&limit=1").json()["chunk"]
    event = ours.server.run(ours.server.hs.get_datastores().main.get_event, messages[0]["event_id"])
    assert event.type == "m.room.message"
    callbacks = ours.server.hs.get_module_api_callbacks().spam_checker._check_event_for_spam_callbacks
    assert callbacks
    for callback in callbacks:
        running: Any = callback(event)
        with pytest.raises(StopIteration) as done:
            # A coroutine that waits would hand out what it waits for.
            running.send(None)
        assert done.value.value == "NOT_SPAM"
