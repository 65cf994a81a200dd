"""People with a client that is not ours: matrix-nio, as its documentation uses it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from nio import (  # type: ignore[import-untyped]
    AsyncClient,
    AsyncClientConfig,
    InviteMemberEvent,
    JoinedRoomsResponse,
    JoinResponse,
    LoginError,
    LoginResponse,
    RoomCreateResponse,
    RoomGetStateEventResponse,
    RoomMessageFormatted,
    RoomSendResponse,
    SyncResponse,
)

from tests.e2e.approving import approve, number_in
from tests.e2e.running import PATIENCE, Account, Server


class Person:
    """One signed-in session of a sample account on one face."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.messages: list[tuple[str, str, str]] = []
        """Room, sender and text of what this session has seen."""
        self.invitations: set[str] = set()

    @property
    def user_id(self) -> str:
        """Who it is."""
        return str(self.client.user_id)

    async def create_room(self, *invite: str, direct: bool = False) -> str:
        """A private room with these people invited."""
        made = await self.client.room_create(invite=list(invite), is_direct=direct)
        assert isinstance(made, RoomCreateResponse), made
        return str(made.room_id)

    async def join(self, room: str) -> None:
        """Wait for the invitation and accept it."""
        await self._sync_until(lambda: room in self.invitations, f"an invitation to {room}")
        joined = await self.client.join(room)
        assert isinstance(joined, JoinResponse), joined

    async def joined_rooms(self) -> list[str]:
        """The rooms that it is in."""
        answer = await self.client.joined_rooms()
        assert isinstance(answer, JoinedRoomsResponse), answer
        return list(answer.rooms)

    async def room_named(self, among: Iterable[str], part: str) -> str:
        """The one of these rooms whose name has `part` in it."""
        found = []
        for room in among:
            answer = await self.client.room_get_state_event(room, "m.room.name")
            assert isinstance(answer, RoomGetStateEventResponse), answer
            if part in answer.content["name"]:
                found.append(room)
        (room,) = found
        return room

    async def say(self, room: str, text: str) -> None:
        """Send a text message."""
        content = {"msgtype": "m.text", "body": text}
        sent = await self.client.room_send(room, "m.room.message", content)
        assert isinstance(sent, RoomSendResponse), sent

    async def wait_for(self, room: str, sender: str, part: str = "") -> str:
        """Wait for a message of `sender` that contains `part`; gives its whole text."""

        def found() -> bool:
            return any(r == room and s == sender and part in text for r, s, text in self.messages)

        await self._sync_until(found, f"{sender} saying {part!r}")
        return next(text for r, s, text in self.messages if r == room and s == sender and part in text)

    async def wait_for_member(self, room: str, user_id: str) -> None:
        """Wait until somebody has joined the room."""

        def present() -> bool:
            known = self.client.rooms.get(room)
            # nio counts those who are invited as users of the room.
            return known is not None and user_id in known.users and user_id not in known.invited_users

        await self._sync_until(present, f"{user_id} in {room}")

    async def _sync_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE / 3
        while not condition():
            assert time.monotonic() < deadline, f"{self.user_id} waited in vain for {what}; saw {self.messages}"
            answer = await self.client.sync(timeout=1000, full_state=False)
            assert isinstance(answer, SyncResponse), answer
            for room, invited in answer.rooms.invite.items():
                if any(isinstance(e, InviteMemberEvent) and e.state_key == self.user_id for e in invited.invite_state):
                    self.invitations.add(room)
            for room, joined in answer.rooms.join.items():
                self.messages.extend(
                    (room, event.sender, event.body)
                    for event in joined.timeline.events
                    if isinstance(event, RoomMessageFormatted)
                )


@asynccontextmanager
async def signed_in(account: Account, face: str, home: Server | None = None) -> AsyncIterator[Person]:
    """Sign in on a face, and out at the end.

    Args:
        home: the person's server, where they approve this device if their organisation wants that.
    """
    client = AsyncClient(face, account.user_id, config=AsyncClientConfig(encryption_enabled=False))
    try:
        answer = await client.login(account.password, device_name="nio")
        if home is not None and isinstance(answer, LoginError) and (number := number_in(answer.message)):
            await asyncio.to_thread(approve, home, account, number)
            answer = await client.login(account.password, device_name="nio")
        assert isinstance(answer, LoginResponse), answer
        yield Person(client)
        await client.logout()
    finally:
        await client.close()
        # aiohttp closes its connections in the next turn of the loop.
        await asyncio.sleep(0)
