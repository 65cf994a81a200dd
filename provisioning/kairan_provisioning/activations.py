"""Activation links, written to a file that only its owner reads, to be handed out like first passwords."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from kairan_provisioning.client import BATCH, ProvisioningClient
from kairan_provisioning.wire import Link

HEADER = ("職員番号", "氏名", "有効期限", "リンク")

_FORMULA_STARTS = ("=", "+", "-", "@")


class LinkFileError(Exception):
    """The file cannot be used; the sentence says why. It never holds a link."""


class LinkFile:
    """A new file of mode 0600, a line for each person and a column for the pages of each network.

    Use it as a context manager.
    """

    def __init__(self, path: Path, pages: Sequence[str]) -> None:
        """Make the file.

        Args:
            pages: the addresses of the pages, without `/` at the end.

        Raises:
            LinkFileError: there is one already, or it cannot be made.
        """
        self._path = path
        self._pages = pages
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags, 0o600)
            os.fchmod(self._descriptor, 0o600)
        except FileExistsError:
            raise LinkFileError(
                f"{path} はすでにあります。別の名前にしてください / the file is there already, choose another name"
            ) from None
        except OSError as error:
            raise LinkFileError(f"{path} を作れません: {error.strerror} / the file cannot be made") from None
        self._append([(*HEADER, *(f"リンク {number}" for number in range(2, len(pages) + 1)))], "\ufeff")

    def __enter__(self) -> "LinkFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def add(self, links: Iterable[Link]) -> None:
        """Write links; they are on the disk on return."""
        self._append(
            (link.localpart, _safe(link.name), link.expires.isoformat(), *(page + link.path for page in self._pages))
            for link in links
        )

    def _append(self, rows: Iterable[Sequence[str]], before: str = "") -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        data = (before + text.getvalue()).encode()
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise LinkFileError(f"{self._path} に書けません: {error.strerror} / the file cannot be written") from None


def issue_links(
    client: ProvisioningClient, links: LinkFile, localparts: Sequence[str], *, only_without_password: bool
) -> int:
    """Make a link for each of these people and write it; returns how many there are.

    Where it breaks off, the links of the file work; run it again for all with another file, and those end.
    """
    count = 0
    for start in range(0, len(localparts), BATCH):
        made = client.issue_links(localparts[start : start + BATCH], only_without_password=only_without_password)
        links.add(made)
        count += len(made)
    return count


def _safe(name: str) -> str:
    """A name that Excel would take for a formula is made text."""
    return f"'{name}" if name.startswith(_FORMULA_STARTS) else name
