"""How far a long step is: a bar on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LINE_EVERY_S = 5.0
"""The time between two lines where there is no terminal, in seconds."""

PATIENCE_S = 2.0
"""Reading says how far it is only once it has taken so long, in seconds."""

Advance = Callable[[int], None]
"""Is told how many more are done."""


class Reporter:
    """Shows progress on a console that is not the one results go to."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str) -> None:
        """One line of text as it is."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Advance]:
        """A step of `total` things; the function that it gives takes how many more are done."""
        if self._console.is_terminal:
            with Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
            ) as progress:
                task = progress.add_task(label, total=total)
                yield lambda more: progress.advance(task, more)
        else:
            yield self._lines(label, total)

    def _lines(self, label: str, total: int) -> Advance:
        done, shown = 0, time.monotonic()

        def advance(more: int) -> None:
            nonlocal done, shown
            done += more
            now = time.monotonic()
            if more and (now - shown >= LINE_EVERY_S or done == total):
                shown = now
                self.line(f"{label} {done}/{total}")

        return advance

    def reading(self) -> Callable[[str, int], None]:
        """For `read_folder`: says nothing to those who wait less than `PATIENCE_S`."""
        begun = shown = time.monotonic()

        def tick(file: str, rows: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - begun >= PATIENCE_S and now - shown >= PATIENCE_S:
                shown = now
                self.line(f"読み込み中 / reading {file}: {rows}")

        return tick
