"""Waiting until the parts of a stack answer, and seeing beforehand that their ports are free."""

import asyncio
import errno
import socket
from collections.abc import Iterable

import httpx

from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import HOST
from kairan_provisioning.stack.processes import Part, Supervisor

_INTERVAL = 0.05
"""Seconds between two questions."""

LONGEST_START = 120.0
"""Seconds that a part may take to answer; a cold and busy machine needs many."""


def check_ports(ports: Iterable[int]) -> None:
    """See that nobody listens on these ports of this machine.

    Raises:
        StackError: one is taken.
    """
    for port in ports:
        with socket.socket() as probe:
            # Connections of a stack that has just stopped do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise StackError(
                        f"ポート {port} を使えません（{error.strerror}）。",
                        f"port {port} cannot be used ({error.strerror}): set KAIRAN_PORT to another block of 20.",
                    ) from error
                raise StackError(
                    f"ポート {port} は使用中です。KAIRAN_PORT で別の番号を指定してください。",
                    f"port {port} is taken: stop what uses it, or set KAIRAN_PORT to another block of 20.",
                ) from error


async def wait_until_healthy(
    client: httpx.AsyncClient, part: Part, supervisor: Supervisor, urls: Iterable[str]
) -> None:
    """Wait until each of `urls` answers 200.

    Raises:
        StackError: the part does not come up.
    """
    deadline = asyncio.get_running_loop().time() + LONGEST_START
    for url in urls:
        while not await _healthy(client, url):
            supervisor.check_starting(part)
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(
                    f"{part.name} が応答しません。",
                    f"{part.name} does not answer at {url} after {LONGEST_START:g} s: {part.last_words()}",
                    exit_code=1,
                )
            await asyncio.sleep(_INTERVAL)


async def _healthy(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
