"""Requests that wait for news: a session that ends while they wait gets none.

Synapse asks for the token when such a request comes in, and answers it up to half a minute later. A telephone that is
reported lost would still be told what is said meanwhile.
"""

from kairan_modules.synapse_compat import (
    EventStreamRestServlet,
    JsonDict,
    ModuleApi,
    RestServlet,
    SlidingSyncRestServlet,
    SynapseRequest,
    SyncRestServlet,
    check_token_again,
    homeserver,
)


class WatchedSyncServlet(SyncRestServlet):
    """`/sync`."""

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        answer = await super().on_GET(request)
        await check_token_again(self.auth, request)
        return answer


class WatchedSlidingSyncServlet(SlidingSyncRestServlet):
    """Sliding sync (MSC4186)."""

    async def on_POST(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        answer = await super().on_POST(request)
        await check_token_again(self.auth, request)
        return answer


class WatchedEventsServlet(EventStreamRestServlet):
    """`/events`, which old clients have."""

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        answer = await super().on_GET(request)
        await check_token_again(self.auth, request)
        return answer


def waiting_servlets(api: ModuleApi) -> list[RestServlet]:
    """In place of Synapse's own."""
    hs = homeserver(api)
    return [WatchedSyncServlet(hs), WatchedSlidingSyncServlet(hs), WatchedEventsServlet(hs)]
