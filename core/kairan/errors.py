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
    SIGN_IN_NOT_HERE = "JP.KAIRAN.SIGN_IN_NOT_HERE"
    NO_POSTING = "JP.KAIRAN.NO_POSTING"
    DEVICE_APPROVAL_NEEDED = "JP.KAIRAN.DEVICE_APPROVAL_NEEDED"
    DEVICE_REQUESTS_TOO_MANY = "JP.KAIRAN.DEVICE_REQUESTS_TOO_MANY"
    DEVICE_CERTIFICATE_NEEDED = "JP.KAIRAN.DEVICE_CERTIFICATE_NEEDED"
    DEVICE_REVOKED = "JP.KAIRAN.DEVICE_REVOKED"
    DEVICE_OF_LGWAN = "JP.KAIRAN.DEVICE_OF_LGWAN"
    DEVICE_REQUEST_UNKNOWN = "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN"
    DEVICE_ONLY_FROM_LGWAN = "JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN"
    DEVICE_NOT_YOURS_TO_CERTIFY = "JP.KAIRAN.DEVICE_NOT_YOURS_TO_CERTIFY"
    SSO_UNKNOWN = "JP.KAIRAN.SSO_UNKNOWN"
    LOCKED_OUT = "JP.KAIRAN.LOCKED_OUT"
    WEAK_PASSWORD = "JP.KAIRAN.WEAK_PASSWORD"  # noqa: S105 (the code, not a password)
    ACTIVATION_DEAD = "JP.KAIRAN.ACTIVATION_DEAD"


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
    ErrorCode.SIGN_IN_NOT_HERE: (
        "所属の設定により、このネットワークからはサインインできません。",
        "Your organisation does not allow signing in from this network.",
    ),
    ErrorCode.NO_POSTING: (
        "現在の所属が登録されていないため、インターネット側ではサインインできません。所属の管理者に確認してください。",
        "You have no current posting, so you cannot sign in from the Internet. Ask your organisation's administrator.",
    ),
    ErrorCode.DEVICE_APPROVAL_NEEDED: (
        "この端末は未登録です。LGWAN 側の回覧ボットで次の番号が承認されたら、もう一度サインインしてください。",
        "This device is not certified yet. Sign in again once the number below was approved with the bot on LGWAN.",
    ),
    ErrorCode.DEVICE_REQUESTS_TOO_MANY: (
        "承認を待つ端末が多すぎます。LGWAN 側で承認か拒否をしてから、もう一度サインインしてください。",
        "Too many of your devices wait for approval. Approve or deny them on LGWAN, then sign in again.",
    ),
    ErrorCode.DEVICE_CERTIFICATE_NEEDED: (
        "所属の発行した証明書が入った端末だけがサインインできます。所属の管理者に頼んでください。",
        "Only devices with your organisation's certificate can sign in. Ask your organisation's administrator.",
    ),
    ErrorCode.DEVICE_REVOKED: (
        "この端末は登録を取り消されました。新しい端末としてサインインし直してください。",
        "This device was revoked. Sign in again as a new device.",
    ),
    ErrorCode.DEVICE_OF_LGWAN: (
        "LGWAN 側でサインインした端末です。インターネット側では、新しくサインインしてください。",
        "This session was signed in on LGWAN. On the Internet, sign in anew.",
    ),
    ErrorCode.DEVICE_REQUEST_UNKNOWN: (
        "その番号の申請はありません。番号を確かめるか、端末でもう一度サインインしてください。",
        "No request has this number. Check the number, or sign in on the device again.",
    ),
    ErrorCode.DEVICE_ONLY_FROM_LGWAN: (
        "端末の承認は、LGWAN 側の端末からだけできます。",
        "Devices can be approved from LGWAN only.",
    ),
    ErrorCode.DEVICE_NOT_YOURS_TO_CERTIFY: (
        "所属では、端末の登録を管理者が行います。所属の管理者に頼んでください。",
        "In your organisation an administrator certifies devices. Please ask them.",
    ),
    ErrorCode.SSO_UNKNOWN: (
        "認証はできましたが、この団体の職員として登録されていません。所属の管理者に確認してください。",
        "You are known to the sign-on, but not registered as staff. Ask your organisation's administrator.",
    ),
    ErrorCode.LOCKED_OUT: (
        "パスワードの間違いが続いたため、しばらく受け付けません。時間をおいて、もう一度試してください。",
        "Too many wrong passwords: none is accepted for a while. Wait, then try again.",
    ),
    ErrorCode.WEAK_PASSWORD: (
        "このパスワードは使えません。",
        "This password cannot be used.",
    ),
    ErrorCode.ACTIVATION_DEAD: (
        "このリンクは使えません。期限が切れたか、すでに使われています。所属の管理者に新しいものを頼んでください。",
        "This link does not work: it has run out or was used. Ask your organisation's administrator for a new one.",
    ),
}


def sentence(code: ErrorCode, detail: str = "") -> str:
    """The text of an error for people: Japanese, then English, then `detail` where it helps."""
    japanese, english = MESSAGES[code]
    return f"{japanese} / {english}" + (f" ({detail})" if detail else "")
