"""The `kairan stack` command."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from kairan_provisioning.stack import make
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import Stack, parse_port
from kairan_provisioning.stack.processes import Supervisor

app = typer.Typer(
    help="デモ環境（連合する二つの都府県）を動かす / The demonstration: two prefectures that federate.",
    no_args_is_help=True,
)

_DECLARED = Path(__file__).resolve().parents[3] / "configs" / "demo"
"""The declared files of the demonstration, in the repository."""


@app.callback()
def _stack() -> None:
    """Keeps `up` a command of its own while it is the only one."""


@app.command()
def up(
    home: Annotated[
        Path, typer.Option(envvar="KAIRAN_HOME", help="データの置き場所 / Where the data are kept.")
    ] = Path("var"),
    port: Annotated[
        str, typer.Option(envvar="KAIRAN_PORT", help="20 個のポートの最初の番号 / First port of a block of 20.")
    ] = "8400",
    declared: Annotated[
        Path, typer.Option(help="デモの登録ファイル / The declared files of the demonstration.")
    ] = _DECLARED,
) -> None:
    """デモ環境を起動し、Ctrl-C まで動かす / Start the demonstration and run it until Ctrl-C.

    Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 a part of ours does not start, 2 the port, the
    home or a file in it cannot be used.
    """
    try:
        first = parse_port(port)
        asyncio.run(_run(Stack(home=home.absolute(), port=first), declared.absolute()))
    except StackError as error:
        sys.stderr.write(f"kairan: {error}\n")
        raise typer.Exit(error.exit_code) from None


async def _run(stack: Stack, declared: Path) -> None:
    """Run the stack until a signal, and leave nothing of it behind."""
    # Imported here: httpx and Rich cost half of what every `kairan --help` would take.
    from kairan_provisioning.stack.demonstration import Demonstration
    from kairan_provisioning.stack.home import Home
    from kairan_provisioning.stack.readiness import check_ports
    from kairan_provisioning.stack.report import Report

    with Home(stack), Report() as report:
        check_ports(port for server in stack.servers for port in server.ports.used)
        supervisor = Supervisor(report.tell)
        stopped = _stop_on_signals(supervisor)
        try:
            demonstration = Demonstration(stack, declared, supervisor, report)
            starting = asyncio.create_task(demonstration.bring_up())
            waiting = asyncio.create_task(_first_of(stopped.wait(), make.interrupted()))
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                report.close()
                report.ready(stack, starting.result())
                await waiting
            report.close()
            report.tell("終了しています / stopping")
            starting.cancel()
            await asyncio.wait({starting})
        finally:
            await supervisor.stop()


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _stop_on_signals(supervisor: Supervisor) -> asyncio.Event:
    """An event that the first SIGINT, SIGTERM or SIGHUP sets; the second kills all parts at once."""
    stopped = asyncio.Event()

    def stop() -> None:
        if stopped.is_set():
            supervisor.kill()
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A SIGHUP that is ignored is `nohup`: the stack is meant to outlive its terminal.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)
    return stopped
