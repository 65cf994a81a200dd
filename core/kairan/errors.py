"""Error codes and the sentences that people read.

An error to a client is Synapse's standard form: `errcode` from this table, `error` the Japanese
sentence with the English one after it.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """What went wrong, in our namespace. Each has its sentences in `MESSAGES`."""

    NOT_VISIBLE = "JP.KAIRAN.NOT_VISIBLE"
    WRONG_FACE = "JP.KAIRAN.WRONG_FACE"
    NOT_OPERATOR = "JP.KAIRAN.NOT_OPERATOR"
    NOT_ADMINISTRATOR = "JP.KAIRAN.NOT_ADMINISTRATOR"
    PROFILE_LOCKED = "JP.KAIRAN.PROFILE_LOCKED"
    FIRST_PASSWORD_USED = "JP.KAIRAN.FIRST_PASSWORD_USED"  # noqa: S105 (the code, not a password)
    REMOTE_DIRECTORY = "JP.KAIRAN.REMOTE_DIRECTORY"
    CALL_NOT_HERE = "JP.KAIRAN.CALL_NOT_HERE"
    LOCATION_NOT_HERE = "JP.KAIRAN.LOCATION_NOT_HERE"
    LOCATION_NEEDS_CERTIFIED_DEVICE = "JP.KAIRAN.LOCATION_NEEDS_CERTIFIED_DEVICE"
    UPLOAD_NOT_HERE = "JP.KAIRAN.UPLOAD_NOT_HERE"
    MEDIA_WITHHELD = "JP.KAIRAN.MEDIA_WITHHELD"
    PREVIEW_NOT_HERE = "JP.KAIRAN.PREVIEW_NOT_HERE"
    CREATE_ROOM_NOT_HERE = "JP.KAIRAN.CREATE_ROOM_NOT_HERE"
    NO_ENCRYPTION = "JP.KAIRAN.NO_ENCRYPTION"
    BAD_DECLARATION = "JP.KAIRAN.BAD_DECLARATION"


MESSAGES: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.NOT_VISIBLE: (
        "該当する人または組織は見つかりません。",
        "No such person or organisation was found.",
    ),
    ErrorCode.WRONG_FACE: (
        "この操作は、このネットワークからはできません。",
        "This is not available from this network.",
    ),
    ErrorCode.NOT_OPERATOR: (
        "この操作は、サーバーの運用者だけができます。",
        "Only an operator of this server may do this.",
    ),
    ErrorCode.NOT_ADMINISTRATOR: (
        "この操作は、その団体の管理者だけができます。",
        "Only an administrator of that organisation may do this.",
    ),
    ErrorCode.PROFILE_LOCKED: (
        "表示名は所属の登録から自動で付くため、変更できません。",
        "Display names come from the staff register and cannot be changed here.",
    ),
    ErrorCode.FIRST_PASSWORD_USED: (
        "最初のパスワードは一度だけ使えます。所属の管理者に新しいものを頼んでください。",
        "A first password works once only. Ask your organisation's administrator for a new one.",
    ),
    ErrorCode.REMOTE_DIRECTORY: (
        "他のサーバーのルーム一覧は見られません。",
        "The room lists of other servers cannot be browsed.",
    ),
    ErrorCode.CALL_NOT_HERE: (
        "通話はこのネットワークからはできません。インターネット側の端末から参加してください。",
        "No calls from this network: join from a device on the Internet side.",
    ),
    ErrorCode.LOCATION_NOT_HERE: (
        "位置情報はこのネットワークからは送れません。団体が認証したインターネット側の端末から送ってください。",
        "No location from this network: send it from a certified device on the Internet side.",
    ),
    ErrorCode.LOCATION_NEEDS_CERTIFIED_DEVICE: (
        "位置情報は、団体が認証した端末からだけ送れます。この端末の認証を LGWAN 側の端末で申請してください。",
        "Location is sent from certified devices only: have this one certified in your LGWAN session.",
    ),
    ErrorCode.UPLOAD_NOT_HERE: (
        "このネットワークからは、ファイルを送れません。",
        "No files can be sent from this network.",
    ),
    ErrorCode.MEDIA_WITHHELD: (
        "このファイルは別のネットワークから届いたもので、無害化されていないため開けません。送った人に本文での連絡を頼んでください。",
        "This file came in by the other network and has not been disarmed. Ask its sender to write it as text.",
    ),
    ErrorCode.PREVIEW_NOT_HERE: (
        "このネットワークでは、リンク先の内容を表示しません。",
        "Links are not previewed in this network.",
    ),
    ErrorCode.CREATE_ROOM_NOT_HERE: (
        "このネットワークからは、ルームを作れません。",
        "No rooms can be made from this network.",
    ),
    ErrorCode.NO_ENCRYPTION: (
        "記録の保存とファイルの無害化のため、暗号化したルームは使えません。",
        "Encrypted rooms cannot be used: records are kept and files are disarmed.",
    ),
    ErrorCode.BAD_DECLARATION: (
        "登録内容に誤りがあります。",
        "The declaration has a mistake.",
    ),
}


def sentence(code: ErrorCode, detail: str = "") -> str:
    """The text of an error for people: Japanese, then English, then `detail` where it helps."""
    japanese, english = MESSAGES[code]
    return f"{japanese} / {english}" + (f" ({detail})" if detail else "")
