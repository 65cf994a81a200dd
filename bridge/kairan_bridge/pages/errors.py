"""What the pages' own server refuses, in the homeserver's error form.

The homeserver's errors are passed on as they are; these are only for what never reached it.
"""

from typing import Any

from aiohttp import web
from attrs import frozen


@frozen
class PageError(Exception):
    """An answer other than what was asked for. `japanese` and `english` are one sentence each."""

    status: int
    errcode: str
    japanese: str
    english: str

    def body(self) -> dict[str, Any]:
        """The standard error object."""
        return {"errcode": self.errcode, "error": f"{self.japanese} / {self.english}"}

    def response(self) -> web.Response:
        """The whole answer."""
        return web.json_response(self.body(), status=self.status)


NOT_SIGNED_IN = PageError(401, "M_MISSING_TOKEN", "サインインしてください。", "Please sign in.")
HOMESERVER_UNREACHABLE = PageError(
    502,
    "JP.KAIRAN.HOMESERVER_UNREACHABLE",
    "チャットのサーバーにつながりません。しばらくしてから、もう一度試してください。",
    "The chat server cannot be reached. Please try again in a while.",
)
FOREIGN_ORIGIN = PageError(
    403,
    "M_FORBIDDEN",
    "ほかのサイトからの操作は受け付けません。",
    "Requests from other sites are not accepted.",
)
NOT_JSON = PageError(415, "M_NOT_JSON", "JSON で送ってください。", "Send JSON, with the content type application/json.")
BAD_JSON = PageError(400, "M_BAD_JSON", "送られた内容を読み取れません。", "The body is not what this call takes.")
UNKNOWN_PATH = PageError(404, "M_UNRECOGNIZED", "このアドレスには何もありません。", "There is nothing at this address.")
WRONG_METHOD = PageError(405, "M_UNRECOGNIZED", "この操作はできません。", "This method is not available here.")
TOO_LARGE = PageError(413, "M_TOO_LARGE", "送られた内容が大きすぎます。", "The body is too large.")
INTERNAL = PageError(
    500,
    "M_UNKNOWN",
    "ページのサーバーに問題が起きました。運用者に連絡してください。",
    "The pages' server has a fault. Please tell its operator.",
)
