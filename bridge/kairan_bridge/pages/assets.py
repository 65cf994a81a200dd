"""The files that browsers load, read and compressed once at start.

All of them stand below one address that contains a digest of them all, so they may be kept for good, relative
imports between modules just work, and a new version is new addresses.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

from aiohttp import web
from attrs import frozen

STATIC = Path(__file__).parents[1] / "static"

CONTENT_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
"""What is served; other files of the folder (licences, catalogues) are not."""

_IMPORT = re.compile(r"""\b(?:from|import)\s*["'](?P<path>\.[^"']+)["']""")


@frozen
class Asset:
    """One file: its bytes, the same compressed, and its media type."""

    body: bytes
    compressed: bytes
    content_type: str


@frozen
class Assets:
    """All files by their path below `static/`; `digest` changes when any of them does."""

    files: Mapping[str, Asset]
    digest: str

    def url(self, path: str) -> str:
        """The address of a file.

        Raises:
            KeyError: there is no such file.
        """
        if path not in self.files:
            raise KeyError(path)
        return f"/static/{self.digest}/{path}"

    def imports(self, entry: str) -> list[str]:
        """`entry` and every module that it imports, directly or not, each once."""
        found: list[str] = []
        waiting = [entry]
        while waiting:
            path = waiting.pop(0)
            if path in found:
                continue
            found.append(path)
            folder = PurePosixPath(path).parent
            source = self.files[path].body.decode()
            waiting.extend(normpath(str(folder / match["path"])) for match in _IMPORT.finditer(source))
        return found


@cache
def load_assets(folder: Path = STATIC) -> Assets:
    """Read the folder. It is done once: all zones of a process share the bytes."""
    files: dict[str, Asset] = {}
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        content_type = CONTENT_TYPES.get(file.suffix)
        if content_type is None or not file.is_file():
            continue
        path, body = file.relative_to(folder).as_posix(), file.read_bytes()
        files[path] = Asset(body, gzip.compress(body, mtime=0), content_type)
        digest.update(f"{path} {len(body)} ".encode() + body)
    return Assets(files, digest.hexdigest()[:16])


def compressible(request: web.Request, body: bytes, compressed: bytes, content_type: str) -> web.Response:
    """An answer in the form that the browser takes."""
    takes = "gzip" in request.headers.get("Accept-Encoding", "")
    response = web.Response(body=compressed if takes else body, content_type=content_type, charset="utf-8")
    response.headers["Vary"] = "Accept-Encoding"
    if takes:
        response.headers["Content-Encoding"] = "gzip"
    return response
