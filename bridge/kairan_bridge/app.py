"""Puts the bridge together, starts it and stops it."""

import asyncio
import errno
import logging
from contextlib import AsyncExitStack, suppress

from aiohttp import web
from mautrix.util.async_db import Database, DatabaseException

from kairan_bridge.bot import Bot
from kairan_bridge.commands import COMMANDS
from kairan_bridge.commands.devices import device_commands
from kairan_bridge.commands.dispatch import Commands
from kairan_bridge.config import Config, Listen
from kairan_bridge.database import open_database
from kairan_bridge.devices import Announcer, Devices
from kairan_bridge.health import Health
from kairan_bridge.homeserver import Homeserver, RefusedError, TemporaryError
from kairan_bridge.inbox import Inbox
from kairan_bridge.listener import Listener
from kairan_bridge.people import People
from kairan_bridge.rooms import Rooms
from kairan_bridge.worker import Worker

_STOP_PATIENCE = 10.0
_CLOSE_PATIENCE = 3.0
_TOUCH_EVERY = 60.0
_TOUCH_AGAIN = 5.0
_SET_UP_WAITS = (0.5, 1.0, 2.0, 5.0, 15.0)

log = logging.getLogger(__name__)


class StartError(Exception):
    """Something outside is not as the configuration says. The text is one line for an operator."""


async def run(config: Config, stop: asyncio.Event) -> None:
    """Run the bridge until `stop` is set.

    Raises:
        StartError: a port is taken, or the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await _open_database(config, stack)
        session = await stack.enter_async_context(Homeserver.new_session())
        inbox = Inbox(database)
        homeserver = Homeserver(config, session)
        people, rooms = People(homeserver), Rooms(homeserver)
        commands = (*COMMANDS, *device_commands(Devices(homeserver)))
        bot = Bot(homeserver, people, rooms, Commands(commands, homeserver, people, rooms))
        worker = Worker(inbox, bot, homeserver.versions)
        health = Health(database, inbox, homeserver)

        await _listen(stack, "appservice.listen", config.appservice.listen, _service_app(config, inbox, worker, health))
        for face, web_config in config.web.items():
            await _listen(stack, f"web.{face}.listen", web_config.listen, _web_app(config, face, health))

        work = asyncio.create_task(_work(bot, worker, health, stop))
        announce = asyncio.create_task(Announcer(homeserver, rooms).run(stop, lambda: health.bot_ready))
        touch = asyncio.create_task(_keep_in_touch(homeserver, stop))
        stopped = asyncio.create_task(stop.wait())
        log.info("The bridge is running", extra={"listen": str(config.appservice.listen), "bot": config.bot})
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        worker.stop()
        touch.cancel()
        announce.cancel()
        await asyncio.wait({work}, timeout=_STOP_PATIENCE)
        work.cancel()
        if work.done() and not work.cancelled():
            work.result()
        log.info("The bridge stops")


async def _work(bot: Bot, worker: Worker, health: Health, stop: asyncio.Event) -> None:
    """Make the bot ready, however long the homeserver takes to come up, then handle the inbox."""
    tries = 0
    while not stop.is_set():
        try:
            await bot.set_up()
        except (TemporaryError, RefusedError) as failure:
            wait = _SET_UP_WAITS[min(tries, len(_SET_UP_WAITS) - 1)]
            tries += 1
            log.warning("The bot could not be set up yet", extra={"why": str(failure), "seconds": wait})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
        else:
            health.bot_ready = True
            await worker.run()


async def _keep_in_touch(homeserver: Homeserver, stop: asyncio.Event) -> None:
    """Ping by way of the homeserver now and then: it delivers at once what it held back while we were away."""
    reached = False
    while not stop.is_set():
        was, reached = reached, True
        try:
            await homeserver.ping()
        except (TemporaryError, RefusedError) as failure:
            reached = False
            if was:
                log.warning("The homeserver does not reach the bridge", extra={"why": str(failure)})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _TOUCH_EVERY if reached else _TOUCH_AGAIN)


def _service_app(config: Config, inbox: Inbox, worker: Worker, health: Health) -> web.Application:
    application = Listener(config.appservice.hs_token, inbox, worker.wake).application()
    health.add_routes(application, metrics=True)
    return application


def _web_app(config: Config, face: str, health: Health) -> web.Application:
    try:
        from kairan_bridge.pages import make_app
    except ModuleNotFoundError as error:
        if error.name != "kairan_bridge.pages":
            raise
        application = web.Application()
    else:
        application = make_app(config, face)
    health.add_routes(application, metrics=False)
    return application


async def _open_database(config: Config, stack: AsyncExitStack) -> Database:
    try:
        return await stack.enter_async_context(open_database(config.database))
    except DatabaseException as error:
        raise StartError(f"database: {error}") from None
    except Exception as error:
        raise StartError(f"database: cannot be opened: {type(error).__name__}: {_first_line(error)}") from None


async def _listen(stack: AsyncExitStack, key: str, listen: Listen, application: web.Application) -> None:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSE_PATIENCE)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as error:
        raise StartError(f"{key}: {listen} cannot be used: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program has taken it"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")
