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
    "device_asked": {
        Language.JAPANESE: "新しい端末が、インターネット側であなたのアカウントにサインインしようとしています。",
        Language.ENGLISH: "A new device is trying to sign in to your account from the Internet.",
    },
    "device_asked_after": {
        Language.JAPANESE: "ご自分の端末なら、LGWAN 側で `!承認 {number}` と送り、10 分以内に端末でもう一度サインイン"
        "してください。心当たりがなければ `!拒否 {number}` と送り、パスワードを変えてください。",
        Language.ENGLISH: "If it is yours, send `!approve {number}` on LGWAN and sign in again on the device within 10 "
        "minutes. If not, send `!deny {number}` and change your password.",
    },
    "device_asked_admin": {
        Language.JAPANESE: "{person} さんの新しい端末が、インターネット側でサインインしようとしています。",
        Language.ENGLISH: "A new device of {person} is trying to sign in from the Internet.",
    },
    "device_asked_admin_after": {
        Language.JAPANESE: "本人の端末かを確かめて、LGWAN 側で `!承認 {number}` か `!拒否 {number}` と送ってください。",
        Language.ENGLISH: "Make sure that it is theirs, then send `!approve {number}` or `!deny {number}` on LGWAN.",
    },
    "device_approved": {
        Language.JAPANESE: "管理者が端末を承認しました。",
        Language.ENGLISH: "An administrator has approved your device.",
    },
    "device_approved_after": {
        Language.JAPANESE: "10 分以内に、端末でもう一度サインインしてください。",
        Language.ENGLISH: "Sign in again on the device within 10 minutes.",
    },
    "device_denied": {
        Language.JAPANESE: "管理者が端末を断りました。",
        Language.ENGLISH: "An administrator has turned your device away.",
    },
    "device_denied_after": {
        Language.JAPANESE: "理由は所属の管理者に確かめてください。",
        Language.ENGLISH: "Ask your organisation's administrator for the reason.",
    },
    "device_certified": {
        Language.JAPANESE: "端末がサインインし、登録されました。",
        Language.ENGLISH: "Your device has signed in and is certified now.",
    },
    "device_certified_after": {
        Language.JAPANESE: "心当たりがなければ、すぐに `!紛失` と送ってください。",
        Language.ENGLISH: "If this was not you, send `!lost` at once.",
    },
    "device_number": {Language.JAPANESE: "番号", Language.ENGLISH: "Number"},
    "device_name": {Language.JAPANESE: "端末", Language.ENGLISH: "Device"},
    "device_address": {Language.JAPANESE: "アドレス", Language.ENGLISH: "Address"},
    "device_nameless": {Language.JAPANESE: "（名前なし）", Language.ENGLISH: "(no name)"},
    "device_list": {
        Language.JAPANESE: "サインインしている端末です。",
        Language.ENGLISH: "You are signed in on these devices.",
    },
    "device_list_after": {
        Language.JAPANESE: "端末をなくしたときは `!紛失` と送ってください。",
        Language.ENGLISH: "If you have lost one, send `!lost`.",
    },
    "device_none": {
        Language.JAPANESE: "サインインしている端末はありません。",
        Language.ENGLISH: "You are signed in on no device.",
    },
    "device_is_certified": {Language.JAPANESE: "登録済み", Language.ENGLISH: "certified"},
    "device_is_not": {Language.JAPANESE: "未登録", Language.ENGLISH: "not certified"},
    "device_did_approved": {
        Language.JAPANESE: "承認しました。10 分以内に、端末でもう一度サインインすると登録されます。",
        Language.ENGLISH: "Approved. The device is certified once it signs in again within 10 minutes.",
    },
    "device_did_denied": {
        Language.JAPANESE: "断りました。この番号ではサインインできません。",
        Language.ENGLISH: "Turned away. This number lets nobody in.",
    },
    "device_did_lost": {
        Language.JAPANESE: "すべての端末（{count} 台）からサインアウトし、登録を取り消しました。"
        "パスワードも変えてください。",
        Language.ENGLISH: "You are signed out on all devices ({count}), and none is certified. "
        "Change your password too.",
    },
    "device_confirm_lost": {
        Language.JAPANESE: "この端末も含め、すべてからサインアウトします。よければ `!紛失 はい` と送ってください。",
        Language.ENGLISH: "This signs you out everywhere, here too. If that is right, send `!lost yes`.",
    },
    "device_number_needed": {
        Language.JAPANESE: "端末に出ている番号を付けて、`!承認 1234` のように送ってください。",
        Language.ENGLISH: "Add the number that the device shows, such as `!approve 1234`.",
    },
    "device_unknown_number": {
        Language.JAPANESE: "その番号の端末はありません。番号を確かめるか、端末でもう一度サインインしてください。",
        Language.ENGLISH: "No device has that number. Check it, or try to sign in on the device again.",
    },
    "device_only_from_lgwan": {
        Language.JAPANESE: "端末の承認と拒否は、LGWAN 側の端末からだけできます。",
        Language.ENGLISH: "Devices can be approved and denied from LGWAN only.",
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
