"""Serves the documents and the files that they load."""

from aiohttp import web
from kairan.language import Language

from kairan_bridge.pages.assets import compressible
from kairan_bridge.pages.documents import Document
from kairan_bridge.pages.errors import UNKNOWN_PATH
from kairan_bridge.pages.keys import ASSETS
from kairan_bridge.pages.language import page_language

DOCUMENTS = web.AppKey[dict[tuple[str, Language], Document]]("documents", dict)


async def document(request: web.Request) -> web.StreamResponse:
    """A page in the language of the browser. It is asked for anew each time, and sent only if it changed."""
    found = request.app[DOCUMENTS][(request.path, page_language(request))]
    response = compressible(request, found.body, found.compressed, "text/html")
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    response.headers["Cache-Control"] = "no-cache"
    response.etag = found.etag
    if any(tag.value == found.etag for tag in request.if_none_match or ()):
        unchanged = web.Response(status=304, headers={"Cache-Control": "no-cache", "Vary": response.headers["Vary"]})
        unchanged.etag = found.etag
        return unchanged
    return response


async def asset(request: web.Request) -> web.StreamResponse:
    """A file. Its address names its content, so it may be kept for good."""
    assets = request.app[ASSETS]
    found = assets.files.get(request.match_info["path"])
    if found is None or request.match_info["digest"] != assets.digest:
        raise UNKNOWN_PATH
    response = compressible(request, found.body, found.compressed, found.content_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


async def front_door(request: web.Request) -> web.StreamResponse:
    """The bare address leads to the phone book."""
    raise web.HTTPFound("/phonebook")
