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
    ErrorCode.BAD_DECLARATION: (
        "登録内容に誤りがあります。",
        "The declaration has a mistake.",
    ),
}


def sentence(code: ErrorCode, detail: str = "") -> str:
    """The text of an error for people: Japanese, then English, then `detail` where it helps."""
    japanese, english = MESSAGES[code]
    return f"{japanese} / {english}" + (f" ({detail})" if detail else "")
