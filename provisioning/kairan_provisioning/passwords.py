"""First passwords, kept in a file that only its owner reads.

A password is on the disk before the request that uses it is sent, so that killing this command
never leaves an account whose password nobody knows; and it stays the same when the command runs again.
"""

import csv
import fcntl
import io
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No 0, O, 1, l, I, o: people copy these from paper."""

LENGTH = 16

HEADER = ("ユーザーID", "氏名", "最初のパスワード")

_FORMULA_STARTS = ("=", "+", "-", "@")


class PasswordFileError(Exception):
    """The file cannot be used; the sentence says why. It never holds a password."""


class PasswordFile:
    """The file of `--first-passwords`, locked while it is open.

    Its lines are `ユーザーID,氏名,最初のパスワード`. Use it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it with mode 0600.

        Raises:
            PasswordFileError: others may read it, it is a link or not ours, another run uses it, or it holds
                something else.
        """
        self._path = path
        self._descriptor = _open(path)
        try:
            self._known = self._read()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> "PasswordFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def __repr__(self) -> str:
        return f"PasswordFile({str(self._path)!r})"

    def issue(self, people: Iterable[tuple[str, str]]) -> dict[str, str]:
        """A password for each user ID, those of the file where it has them; all are on the disk on return.

        Args:
            people: user ID and name of each.
        """
        wanted = dict(people)
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\r\n")
        for user_id, name in wanted.items():
            if user_id not in self._known:
                self._known[user_id] = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
                # A name that Excel would take for a formula is made text.
                safe = f"'{name}" if name.startswith(_FORMULA_STARTS) else name
                writer.writerow((user_id, safe, self._known[user_id]))
        self._append(lines.getvalue())
        return {user_id: self._known[user_id] for user_id in wanted}

    def _append(self, text: str) -> None:
        if not text:
            return
        data = text.encode()
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise PasswordFileError(
                f"{self._path} に書けません: {error.strerror} / the file cannot be written"
            ) from None

    def _read(self) -> dict[str, str]:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            data = file.read()
        # A line without its end was being written when the command was killed, and was never used.
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.ftruncate(self._descriptor, len(whole))
        if not whole:
            self._append("\ufeff" + ",".join(HEADER) + "\r\n")
            return {}
        try:
            header, *lines = csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""))
            if tuple(header) != HEADER:
                raise ValueError
            return {user_id: password for user_id, _, password in lines}
        except (ValueError, csv.Error):
            raise PasswordFileError(
                f"{self._path} は最初のパスワードのファイルではありません / not a file of first passwords"
            ) from None


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        try:
            descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
            os.fchmod(descriptor, 0o600)
            _sync_folder(path.parent)
        except FileExistsError:
            descriptor = os.open(path, flags | os.O_NONBLOCK)
    except OSError as error:
        raise PasswordFileError(f"{path} を開けません: {error.strerror} / the file cannot be opened") from None
    try:
        _check(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_uid != os.geteuid():
        raise PasswordFileError(f"{path} は自分だけのふつうのファイルではありません / not a plain file of your own")
    if status.st_mode & 0o077:
        raise PasswordFileError(
            f"{path} を他の人が読めます。chmod 600 してください / others may read the file, chmod it to 600"
        )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PasswordFileError(f"{path} は別の kairan が使っています / another kairan uses the file") from None


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
