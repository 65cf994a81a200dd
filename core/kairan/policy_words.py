"""The policy's terms as people read them, in Japanese and English: for documents, plans and pages."""

from collections.abc import Mapping
from typing import Final

from kairan.policy import SignIn
from kairan.zones import Action, Ruling, Zone

Words = tuple[str, str]
"""Japanese, English."""

ACTIONS: Final[Mapping[Action, Words]] = {
    Action.SIGN_IN: ("サインイン", "Sign in"),
    Action.CALL: ("通話の発信と参加", "Place or join calls"),
    Action.LOCATION: ("位置情報の送信", "Post a location"),
    Action.UPLOAD: ("ファイルの送信", "Upload files"),
    Action.DOWNLOAD_FOREIGN: (
        "もう一方のネットワークから来たファイルの受信",
        "Download a file that came in by another network",
    ),
    Action.PREVIEW_URL: ("リンク先のプレビュー", "Preview links"),
    Action.CREATE_ROOM: ("ルームの作成", "Create rooms"),
    Action.INVITE_GUEST: ("ゲストの招待", "Invite guests"),
    Action.ADMIN_API: ("サーバーの管理 API", "Use the server's admin API"),
    Action.ENCRYPT: ("暗号化したルーム", "Encrypt rooms"),
}

ZONES: Final[Mapping[Zone, Words]] = {
    Zone.LGWAN: ("LGWAN 側", "LGWAN"),
    Zone.INTERNET: ("インターネット側", "Internet"),
    Zone.FEDERATION: ("他の都道府県のサーバー", "Other prefectures' servers"),
    Zone.INTERNAL: ("サーバー内部", "Inside the server"),
    Zone.UNKNOWN: ("不明", "Unknown"),
}

RULINGS: Final[Mapping[Ruling, Words]] = {
    Ruling.ALLOW: ("許可", "allowed"),
    Ruling.CERTIFIED_ONLY: ("認証した端末だけ", "certified devices only"),
    Ruling.DENY: ("禁止", "denied"),
}

SIGN_IN: Final[Mapping[SignIn, Words]] = {
    SignIn.OPEN: ("どの端末でも", "any device"),
    SignIn.SELF: ("本人が LGWAN 側で承認した端末", "devices that the person approved on LGWAN"),
    SignIn.ADMIN: ("団体の管理者が承認した端末", "devices that the organisation's administrator approved"),
    SignIn.CERTIFICATE: (
        "団体の証明書が入った端末",
        "devices with a client certificate of the organisation",
    ),
}
