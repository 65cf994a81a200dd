"""What the bot says, in each language. A command's own description stands in the command's row."""

from typing import Final

from kairan.language import Language

TEXTS: Final[dict[str, dict[Language, str]]] = {
    "greeting": {
        Language.JAPANESE: "回覧（Kairan）です。`!ヘルプ` と送ると、できることをご案内します。",
        Language.ENGLISH: "This is Kairan (回覧). Send `!help` to see what I can do.",
    },
    "invite_refused": {
        Language.JAPANESE: "このボットを招待できるのは、このサーバーに所属が登録されている職員だけです。",
        Language.ENGLISH: "Only staff who are registered on this server can invite this bot.",
    },
    "help_direct": {
        Language.JAPANESE: "このチャットで使えるコマンドです。",
        Language.ENGLISH: "These commands work in this chat.",
    },
    "help_group": {
        Language.JAPANESE: "このルームで使えるコマンドです。",
        Language.ENGLISH: "These commands work in this room.",
    },
    "help_direct_too": {
        Language.JAPANESE: "ボットとのダイレクトチャットでは、ほかに {names} が使えます。",
        Language.ENGLISH: "In a direct chat with me there is also {names}.",
    },
    "help_group_too": {
        Language.JAPANESE: "グループのルームでは、ほかに {names} が使えます。",
        Language.ENGLISH: "In group rooms there is also {names}.",
    },
    "unknown": {
        Language.JAPANESE: "「{name}」というコマンドはありません。使えるのは次のものです。",
        Language.ENGLISH: "There is no command “{name}”. These work here.",
    },
    "only_direct": {
        Language.JAPANESE: "{name} は、ボットとのダイレクトチャットで使ってください。",
        Language.ENGLISH: "Please use {name} in a direct chat with me.",
    },
    "only_group": {
        Language.JAPANESE: "{name} は、グループのルームで使ってください。",
        Language.ENGLISH: "Please use {name} in a group room.",
    },
    "language_now": {
        Language.JAPANESE: "いまの言語は日本語です。英語にするには `!言語 en` と送ってください。",
        Language.ENGLISH: "Your language is English. Send `!language ja` for Japanese (日本語).",
    },
    "language_set": {
        Language.JAPANESE: "これからは日本語でお答えします。",
        Language.ENGLISH: "From now on I answer in English.",
    },
    "language_unknown": {
        Language.JAPANESE: "「{given}」は選べません。`!言語 ja`（日本語）か `!言語 en`（英語）と送ってください。",
        Language.ENGLISH: "“{given}” is not available. Send `!language ja` (日本語) or `!language en` (English).",
    },
    "gave_up": {
        Language.JAPANESE: "サーバーが応答しなかったため、{name} を実行できませんでした。もう一度送ってください。"
        "続くときは、サーバーの運用者にこの番号をお知らせください: {event_id}",
        Language.ENGLISH: "{name} could not be carried out because the server did not answer. Please send it again. "
        "If this goes on, tell the operators of the server this number: {event_id}",
    },
}


def text(key: str, language: Language, **values: str) -> str:
    """A text of `TEXTS`, its fields filled. Backticks in values are dropped: they would be read as markup."""
    return TEXTS[key][language].format(**{name: value.replace("`", "") for name, value in values.items()})
