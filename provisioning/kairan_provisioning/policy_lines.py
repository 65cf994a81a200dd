"""The settings of a policy in words, for a plan: from the fields that `plan` compares."""

from collections.abc import Mapping

from kairan.policy import SignIn
from kairan.policy_words import ACTIONS, RULINGS, SIGN_IN, ZONES
from kairan.zones import STANDARD, Action, Ruling, Zone

_RULES = "policy.rules."

_LABELS: Mapping[str, str] = {
    "policy.sign_in": "インターネット側のサインイン sign-in on the Internet",
    "policy.password.shortest": "パスワードの最短の文字数 shortest password",
    "policy.password.kinds": "パスワードの文字の種類 kinds of characters",
    "policy.sessions.days": "インターネット側のサインインの日数 days of a session",
    "policy.sessions.idle_hours": "使わないとサインアウトする時間 idle hours",
}


def policy_label(field: str) -> str | None:
    """What a field of a policy is called; None for a field of something else."""
    if not field.startswith(_RULES):
        return _LABELS.get(field)
    action, zone = _cell(field)
    return f"{ACTIONS[action][0]}（{ZONES[zone][0]}）{ACTIONS[action][1]} ({ZONES[zone][1]})"


def policy_value(field: str, value: str) -> str:
    """A value of such a field."""
    if field == "policy.sign_in":
        return f"{SIGN_IN[SignIn(value)][0]} {value}"
    if not field.startswith(_RULES):
        return value
    if value:
        return " ".join(RULINGS[Ruling(value)])
    action, zone = _cell(field)
    japanese, english = RULINGS[STANDARD[action][zone].ruling]
    return f"標準（{japanese}）standard ({english})"


def _cell(field: str) -> tuple[Action, Zone]:
    action, zone = field.removeprefix(_RULES).split(".")
    return Action(action), Zone(zone)
