"""The policy table as a page that an auditor reads, in Japanese or English: `docs/zones.md`, `docs/zones.ja.md`.

Everything that the code decides by is taken from the code; only the sentences around it are written here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kairan import events
from kairan.errors import MESSAGES, ErrorCode
from kairan.language import Language
from kairan.policy import OrganizationPolicy
from kairan.policy_words import ACTIONS, RULINGS, SIGN_IN, ZONES, Words
from kairan.zones import STANDARD, Action, Zone

EXAMPLE: Final = """\
272060:
  sign_in: self
  rules:
    upload: {internet: deny}
    location: {internet: deny}
"""
"""A policy as a file declares it."""

_TITLE: Words = (
    "ネットワークごとにできること",
    "Zones: what each network may do",
)

_INTRODUCTION: Words = (
    "この表は `core/kairan/zones.py` から作られます（`make docs`）。"
    "サーバーはこの表の通りに判断し、表にないことはすべて禁止です。"
    "どのネットワークからの要求かは、要求を受けた口（リスナー）だけで決まり、端末が送る内容では変わりません。"
    "「固定」の欄は、どの団体の設定でも変わりません。",
    "This table is made from `core/kairan/zones.py` (`make docs`). The server decides by it, and denies what is not in "
    "it. The network of a request is that of the listener which took it; nothing that a device sends changes it. A "
    "cell that is *fixed* is the same whatever an organisation declares.",
)

_FEDERATION: Words = (
    "「他の都道府県のサーバー」は、そのサーバーの人がすることです。そのサーバー自身の表がすでに判断しています。"
    "「不明」は、どの区分の口でもない口から来た要求です。",
    "*Other prefectures' servers* is what their people do; their own server has judged it by its own table before. "
    "*Unknown* is a request by a listener that belongs to no zone.",
)

_NOTES: Final[Mapping[Action, Words]] = {
    Action.SIGN_IN: (
        "パスワード、シングルサインオン、最初のパスワードのリンクのどれでも同じ。"
        "インターネット側ではさらに団体のサインインの方式（下）による。"
        "どの端末でもよい団体を除き、LGWAN 側のサインインはインターネット側では使えない",
        "by password, single sign-on or activation link alike; on the Internet the organisation's way to sign in "
        "(below) counts too. Unless that takes any device, a session of LGWAN cannot be used on the Internet",
    ),
    Action.CALL: (
        "通話を始める・加わるイベント（下）。中継サーバー（TURN）の認証情報とグループ通話の場所も、"
        "通話できるネットワークだけに渡す。拒否と終了は常にできる",
        "events that start or join a call (below); credentials of the relay (TURN) and the place of group calls are "
        "given only where calls are allowed. Declining and hanging up are always possible",
    ),
    Action.LOCATION: (
        "位置を示すイベント（下）。共有の終了は常にできる",
        "events that show a location (below). Ending a live location is always possible",
    ),
    Action.UPLOAD: ("画像と動画を含むすべてのファイル", "every file, pictures and videos too"),
    Action.DOWNLOAD_FOREIGN: (
        "サムネイルも同じ。他のサーバーのファイルは、インターネット側から来たものとして扱う",
        "thumbnails too; files of other servers count as having come in by the Internet",
    ),
    Action.PREVIEW_URL: (
        "サーバーがリンク先を読みに行くこと",
        "the server fetching what a link leads to",
    ),
    Action.CREATE_ROOM: (
        "1 対 1 のルーム、スペース、ルームのアップグレードも同じ。最初の状態も、後から送るイベントと同じく判断する",
        "direct rooms, Spaces and upgrades too; the state that a room begins with is judged like events sent later",
    ),
    Action.INVITE_GUEST: (
        "ゲストの機能はまだないため、この行を使う処理はない",
        "there are no guests yet, so nothing asks this row",
    ),
    Action.ADMIN_API: ("`/_synapse/admin`", "`/_synapse/admin`"),
    Action.ENCRYPT: (
        "新しいルームの要求からは暗号化を取り除き、後からの有効化と暗号化されたイベントは断る。"
        "他のサーバーの暗号化したルームへの招待と参加も断る",
        "taken out of the request for a new room; turning it on later and encrypted events are refused, as are invites "
        "to encrypted rooms of other servers and joining them",
    ),
}


def page(language: Language, refusals: Mapping[Action, Sequence[ErrorCode]]) -> str:
    """The whole page in Markdown.

    Args:
        refusals: the errors with which each action is refused, the usual one first; none for one that nothing asks.
    """
    return "\n".join(_Page(language).lines(refusals)) + "\n"


class _Page:
    """One of the two pages."""

    def __init__(self, language: Language) -> None:
        self._index = list(Language).index(language)

    def lines(self, refusals: Mapping[Action, Sequence[ErrorCode]]) -> Iterator[str]:
        """The lines of the page."""
        yield f"# {self._of(_TITLE)}"
        yield ""
        yield self._of(("[English](zones.md)", "[日本語](zones.ja.md)"))
        yield ""
        yield self._of(_INTRODUCTION)
        yield ""
        yield from self._rulings()
        yield ""
        yield self._of(_FEDERATION)
        yield ""
        yield from self._explained()
        yield ""
        yield from self._refused(refusals)
        yield ""
        yield from self._ways_to_sign_in()
        yield ""
        yield from self._events()
        yield ""
        yield from self._overriding()

    def _of(self, words: Words) -> str:
        return words[self._index]

    def _rulings(self) -> Iterator[str]:
        zones = list(next(iter(STANDARD.values())))
        yield from _table(
            [self._of(("すること", "action")), *(f"{self._of(ZONES[zone])} `{zone.value}`" for zone in zones)],
            (
                [f"{self._of(ACTIONS[action])} `{action.value}`", *(self._cell(action, zone) for zone in zones)]
                for action in STANDARD
            ),
        )

    def _cell(self, action: Action, zone: Zone) -> str:
        rule = STANDARD[action][zone]
        fixed = self._of(("（固定）", " (fixed)")) if rule.fixed else ""
        return f"{self._of(RULINGS[rule.ruling])}{fixed}"

    def _explained(self) -> Iterator[str]:
        yield self._of(("## それぞれに含まれるもの", "## What each takes in"))
        yield ""
        for action in STANDARD:
            yield f"- **{self._of(ACTIONS[action])}** (`{action.value}`): {self._of(_NOTES[action])}"

    def _refused(self, refusals: Mapping[Action, Sequence[ErrorCode]]) -> Iterator[str]:
        yield self._of(("## 断るときの表示", "## What a refusal says"))
        yield ""
        yield from _table(
            [self._of(head) for head in (("すること", "action"), ("コード", "`errcode`"), ("文", "sentence"))],
            (
                [f"`{action.value}`", f"`{code.value}`", self._of(MESSAGES[code])]
                for action in STANDARD
                for code in refusals.get(action, ())
            ),
        )
        yield ""
        yield self._of(
            (
                "端末には日本語の文と英語の文が続けて表示されます。"
                "このサーバーの人に断った操作は、管理 API を除き、その人の団体の監査記録に残ります"
                "（LGWAN 側のサインインをインターネット側で使った場合は、端末ごとに 10 分に一度）。",
                "Clients show the Japanese sentence with the English one after it. What is refused to people of this "
                "server, the admin API apart, is an entry in the audit trail of their organisations (a session of "
                "LGWAN that is used on the Internet, once in ten minutes for each device).",
            )
        )

    def _ways_to_sign_in(self) -> Iterator[str]:
        standard = OrganizationPolicy().sign_in
        yield self._of(("## インターネット側のサインイン", "## Signing in on the Internet"))
        yield ""
        yield self._of(
            (
                "団体ごとに、下ほど厳しい次の方式から選びます。",
                "Each organisation chooses one of these ways, from the laxest to the strictest.",
            )
        )
        yield ""
        yield from _table(
            ["`sign_in`", self._of(("サインインできる端末", "who gets in"))],
            (
                [f"`{way.value}`", self._of(words) + (self._of(("（標準）", " (standard)")) if way is standard else "")]
                for way, words in SIGN_IN.items()
            ),
        )

    def _events(self) -> Iterator[str]:
        yield self._of(
            ("## 通話・位置情報・暗号化として扱うイベント", "## Which events are calls, locations and encryption")
        )
        yield ""
        yield self._of(
            (
                "ルームのイベント、状態、端末あての通知（to-device）、予約したイベントのどれでも同じです。",
                "Alike in the timeline, as state, as to-device messages and as delayed events.",
            )
        )
        yield ""
        call, location, encrypt = (self._of(ACTIONS[each]) for each in (Action.CALL, Action.LOCATION, Action.ENCRYPT))
        begins = self._of(("種類がこれで始まる", "type begins with"))
        kind = self._of(("種類", "type"))
        yield from _table(
            [self._of(("すること", "action")), self._of(("条件", "what")), self._of(("値", "values"))],
            (
                [call, begins, _names(events.CALL_PREFIXES)],
                [call, kind, _names(sorted(events.CALL_TYPES))],
                [
                    call,
                    self._of(("ウィジェット", "widgets")) + f" {_names(sorted(events.WIDGETS))}",
                    f"`type`: {_names(sorted(events.CALL_WIDGETS))}",
                ],
                [
                    call,
                    self._of(("ただし除く（拒否と終了）", "but not (declining, hanging up)")),
                    _names(sorted(events.ENDS_CALL)),
                ],
                [
                    call,
                    self._of(("ただし除く（抜けるための空の状態）", "but not (empty state, which is leaving)")),
                    _names(sorted(events.CALL_MEMBERSHIPS)),
                ],
                [location, kind, _names(sorted({*events.LOCATION_TYPES, *events.BEACONS}))],
                [location, begins, _names(events.BEACON_INFO_PREFIXES)],
                [
                    location,
                    self._of(("ただし除く（共有の終了）", "but not (ending a live location)")),
                    self._of(("上の種類で `live` が `false`", "those with `live: false`")),
                ],
                [
                    location,
                    self._of(("どの種類でも、内容のどこかにある", "anywhere in the content of any type")),
                    f"`msgtype: m.location`, {_names(sorted(events.LOCATION_KEYS))}",
                ],
                [encrypt, kind, _names(sorted(events.ENCRYPTION))],
            ),
        )

    def _overriding(self) -> Iterator[str]:
        yield self._of(("## 団体の設定", "## How an organisation overrides"))
        yield ""
        yield self._of(
            (
                "団体は、固定でない欄を `policy*.yaml` で厳しくも緩くもできます（[provisioning.md](provisioning.md)）。"
                "書かない欄は上の表の通りです。いくつかの団体に所属する人には、そのうち最も厳しいものが効きます。"
                "所属のない人には上の表が効きます。",
                "An organisation makes cells that are not fixed stricter or laxer in its `policy*.yaml` "
                "([provisioning.md](provisioning.md)). Cells that it leaves out are as above. For a person with "
                "postings in several organisations the strictest of them holds; for one without, the table above.",
            )
        )
        yield ""
        yield f"```yaml\n{EXAMPLE}```"
        yield ""
        yield self._of(("変えられる欄：", "What can be changed:"))
        yield ""
        for action, zones in STANDARD.items():
            free = [zone for zone, rule in zones.items() if not rule.fixed]
            if free:
                yield f"- `{action.value}`: {', '.join(f'`{zone.value}`' for zone in free)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
