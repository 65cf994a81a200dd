"""`/audit`: the trail of an organisation, for its own administrators."""

import csv
import datetime
import io
from urllib.parse import quote

from attrs import asdict
from kairan.errors import ErrorCode
from kairan.organizations import OrganizationKey
from kairan.people import TOKYO, administers, today

from kairan_modules.audit import Audit, Entry, Search
from kairan_modules.rest.errors import invalid, refusal
from kairan_modules.rest.parameters import limit_of, text_of
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import (
    JsonDict,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    respond_with_bytes,
)

_HIGHEST_EXPORT = 100_000


class AuditServlet(RestServlet):
    """`GET /audit?organization=…`: the newest first, with paging; `format=csv` exports for Excel."""

    PATTERNS = client_patterns_of_ours("/audit$")

    def __init__(self, api: ModuleApi, store: RegistryStore, audit: Audit) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._audit = audit

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict] | None:
        user_id = (await self._api.get_user_by_req(request)).user.to_string()
        organization = OrganizationKey(text_of(request, "organization") or "")
        if not administers(await self._store.postings(user_id), organization, today()):
            raise refusal(403, ErrorCode.NOT_ADMINISTRATOR)
        search = Search(
            user_id=text_of(request, "user_id") or "",
            action=text_of(request, "action") or "",
            outcome=text_of(request, "outcome") or "",
            since=_milliseconds(text_of(request, "since"), "since"),
            until=_milliseconds(text_of(request, "until"), "until"),
        )
        if text_of(request, "format") == "csv":
            entries = await self._audit.entries(organization, search, limit=_HIGHEST_EXPORT)
            name = quote(f"audit-{organization.replace('/', '-')}.csv")
            respond_with_bytes(
                request, _csv(entries), "text/csv; charset=utf-8", f"attachment; filename*=utf-8''{name}"
            )
            return None
        limit = limit_of(request)
        entries = await self._audit.entries(
            organization, search, before=text_of(request, "from") or "", limit=limit + 1
        )
        answer: JsonDict = {"entries": [asdict(entry) for entry in entries[:limit]]}
        if len(entries) > limit:
            answer["next_batch"] = entries[limit - 1].entry
        return 200, answer


def _milliseconds(day: str | None, name: str) -> int:
    """The beginning of a day in Asia/Tokyo; 0 for none."""
    if day is None:
        return 0
    try:
        start = datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(), TOKYO)
    except ValueError:
        raise invalid(f"{name}: a date such as 2026-04-01") from None
    return int(start.timestamp() * 1000)


def _csv(entries: list[Entry]) -> bytes:
    """With a byte order mark, so that Excel reads UTF-8, and no cell that it would take for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("日時", "利用者", "端末", "ネットワーク", "アドレス", "操作", "結果", "理由", "詳細"))
    for entry in entries:
        moment = datetime.datetime.fromtimestamp(entry.ts / 1000, TOKYO)
        cells = (
            moment.strftime("%Y-%m-%d %H:%M:%S"),
            entry.user_id,
            entry.device_id,
            entry.zone,
            entry.address,
            entry.action,
            entry.outcome,
            entry.reason,
            entry.detail,
        )
        writer.writerow(["'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()
