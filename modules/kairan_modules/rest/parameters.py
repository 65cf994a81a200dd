"""Reading what callers give: paging, words, keys. Each raises `M_INVALID_PARAM` for what it cannot take."""

import re
from collections.abc import Sequence
from typing import Any

from kairan_modules.rest.errors import invalid
from kairan_modules.synapse_compat import JsonDict, SynapseRequest, parse_integer, parse_string

MAX_WORDS = 1000
"""The longest search text, in characters; no name is near it."""


def limit_of(request: SynapseRequest, default: int = 20, highest: int = 100) -> int:
    """`limit`, 1 to `highest`."""
    limit: int = parse_integer(request, "limit", default=default)
    if not 1 <= limit <= highest:
        raise invalid(f"limit: 1 to {highest}")
    return limit


def offset_of(request: SynapseRequest) -> int:
    """`from` as an offset into the list, 0 where it is not given."""
    token = text_of(request, "from")
    if token is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", token, re.ASCII):
        raise invalid("from: not a next_batch of ours")
    return int(token)


def text_of(request: SynapseRequest, name: str) -> str | None:
    """A text parameter in UTF-8, None where it is not given."""
    text: str | None = parse_string(request, name, encoding="utf-8")
    if text is not None and len(text) > MAX_WORDS:
        raise invalid(f"{name}: longer than {MAX_WORDS} characters")
    return text


def page_of(items: Sequence[Any], offset: int, limit: int, name: str) -> JsonDict:
    """`items[offset:offset + limit]` under `name`, with `next_batch` while there is more."""
    page: JsonDict = {name: list(items[offset : offset + limit])}
    if len(items) > offset + limit:
        page["next_batch"] = str(offset + limit)
    return page
