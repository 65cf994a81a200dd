"""What the person at the terminal sees while a stack starts and runs."""

import contextlib
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kairan_provisioning.stack.description import Account
from kairan_provisioning.stack.layout import Stack

_WIDTH = 200
"""Columns of the table where the output is no terminal: wide enough to break no address."""

_ROLES = {
    "operator": "運用者 operator",
    "organization_admin": "団体管理者 admin",
    "staff": "職員 staff",
    "guest": "ゲスト guest",
}


class Report:
    """Progress of a start, one row for each server; plain lines where the output is no terminal."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self._console = Console(width=None if terminal else _WIDTH, highlight=False)
        self._progress = (
            Progress(
                TextColumn("[bold]{task.fields[server]}"),
                BarColumn(bar_width=24),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            if terminal
            else None
        )
        self._rows: dict[str, TaskID] = {}
        self._began = time.monotonic()

    def __enter__(self) -> "Report":
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the progress away."""
        if self._progress:
            self._progress.stop()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    def step(self, server: str, text: str) -> None:
        """Say what a server is doing now (Japanese / English)."""
        if self._progress is None:
            self._print(f"{self.seconds:5.1f} s  {server}: {text}")
        else:
            self._progress.update(self._row(server), description=text, total=None)

    def advance(self, server: str, done: int, total: int) -> None:
        """Show how far the step of a server is. Only a terminal sees it."""
        if self._progress is not None:
            self._progress.update(self._row(server), completed=done, total=total)

    def tell(self, text: str) -> None:
        """Say something out of turn."""
        self._print(text)

    def ready(self, stack: Stack, accounts: Sequence[Account]) -> None:
        """The addresses, the sample accounts, and the line that says that all is up."""
        addresses = Table("server", "LGWAN", "Internet", "pages LGWAN", "pages Internet", title="接続先 / Addresses")
        for server in stack.servers:
            addresses.add_row(
                f"{server.name} {server.prefecture}",
                server.lgwan,
                server.internet,
                server.web_lgwan,
                server.web_internet,
            )
        people = Table("server", "user ID", "password", "名前 / name", "role", title="アカウント / Accounts")
        for account in accounts:
            people.add_row(
                account.server,
                account.user_id,
                account.password,
                account.name,
                _ROLES.get(account.role, account.role),
            )
        self._console.print(addresses)
        self._console.print(people)
        self._print(
            f"ready in {self.seconds:.1f} s: 準備ができました。Ctrl-C で終了します / all is up, Ctrl-C stops it"
            f" ({stack.description})"
        )

    def _row(self, server: str) -> TaskID:
        assert self._progress is not None  # noqa: S101 - only called where there is one
        if server not in self._rows:
            self._rows[server] = self._progress.add_task("", server=server, total=None)
        return self._rows[server]

    def _print(self, text: str) -> None:
        # Whoever read us may have gone (`| head`); the stack goes on.
        with contextlib.suppress(BrokenPipeError):
            # No wrapping: a line stays one line for whoever reads it by program.
            self._console.print(text, soft_wrap=True, markup=False)
            sys.stdout.flush()
