"""Runs aiohttp applications on loopback, in a thread of their own beside the browser's."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self

from aiohttp import web


class Serving:
    """A context in which applications are served; all of them stop at its end."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runners: list[web.AppRunner] = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _stop(self) -> None:
        for runner in reversed(self._runners):
            await runner.cleanup()
        # Answers that were still being delayed for a request that has gone.
        late = asyncio.all_tasks() - {asyncio.current_task()}
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def serve(self, application: web.Application, listener: socket.socket) -> None:
        """Serve on a socket that is bound already, so that an application may know its own address."""

        async def start() -> None:
            runner = web.AppRunner(application, shutdown_timeout=0.05)
            await runner.setup()
            self._runners.append(runner)
            await web.SockSite(runner, listener).start()

        asyncio.run_coroutine_threadsafe(start(), self._loop).result(timeout=10)


def bound() -> tuple[socket.socket, str]:
    """A listening socket on a free port of loopback, and the URL that leads to it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"
