"""What an organisation declares for its own people: zones, sign-in, passwords and sessions."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import Any, TypeVar

from attrs import field, frozen

from kairan.zones import CLIENT_ZONES, STANDARD, Action, Ruling, Zone

Overrides = Mapping[Action, Mapping[Zone, Ruling]]
Choice = TypeVar("Choice", bound=Enum)


class SignIn(StrEnum):
    """How a device gets in on the Internet side, from the laxest to the strictest."""

    OPEN = "open"
    """Any device signs in."""
    SELF = "self"
    """The person approves a new device in their LGWAN session."""
    ADMIN = "admin"
    """The organisation's administrator approves it."""
    CERTIFICATE = "certificate"
    """The edge has seen a client certificate of the organisation's own authority."""


@frozen
class PasswordRules:
    """What a password that a person chooses must have: characters in all, and how many of the four kinds of
    characters (a-z, A-Z, 0-9, others)."""

    shortest: int = 12
    kinds: int = 1


@frozen
class SessionRules:
    """When a session on the Internet side ends: so many days after signing in, or so many hours without use.

    0 is never.
    """

    days: int = 90
    idle_hours: int = 336


@frozen
class OrganizationPolicy:
    """All that an organisation declares. `Organization.policy` holds it; the standard is for who declares nothing."""

    sign_in: SignIn = SignIn.SELF
    rules: Overrides = field(factory=dict)
    password: PasswordRules = PasswordRules()
    sessions: SessionRules = SessionRules()


class PolicyError(ValueError):
    """A mistake in a declared policy.

    Attributes:
        path: the keys that lead to it.
        message: what is wrong, in English; `japanese` says the same.
        in_key: whether the last key of the path is what is wrong, rather than what stands under it.
    """

    def __init__(self, path: tuple[str, ...], japanese: str, message: str, *, in_key: bool = False) -> None:
        super().__init__(f"{'.'.join(path) or 'policy'}: {message}")
        self.path = path
        self.japanese = japanese
        self.message = message
        self.in_key = in_key


def strictest_policy(policies: Iterable[OrganizationPolicy]) -> OrganizationPolicy:
    """What holds for a person whom several organisations rule: in everything the strictest of them.

    The `rules` are empty: judge by `kairan.zones.ruling` with the rules of all. Without any, the standard.
    """
    all_of_them = list(policies) or [OrganizationPolicy()]
    modes = list(SignIn)
    return OrganizationPolicy(
        sign_in=max((each.sign_in for each in all_of_them), key=modes.index),
        password=PasswordRules(
            shortest=max(each.password.shortest for each in all_of_them),
            kinds=max(each.password.kinds for each in all_of_them),
        ),
        sessions=SessionRules(
            days=_shortest(each.sessions.days for each in all_of_them),
            idle_hours=_shortest(each.sessions.idle_hours for each in all_of_them),
        ),
    )


def parse_policy(data: object) -> OrganizationPolicy:
    """Read a declared policy, as YAML or JSON gives it.

    `{"sign_in": "self", "rules": {"upload": {"internet": "deny"}}, "password": {"shortest": 12, "kinds": 1},
    "sessions": {"days": 90, "idle_hours": 336}}`, each part optional.

    Raises:
        PolicyError: an unknown key or value, or a rule that no organisation can change.
    """
    given = _mapping(data, ())
    _known(given, ("sign_in", "rules", "password", "sessions"), ())
    password = _mapping(given.get("password", {}), ("password",))
    sessions = _mapping(given.get("sessions", {}), ("sessions",))
    _known(password, ("shortest", "kinds"), ("password",))
    _known(sessions, ("days", "idle_hours"), ("sessions",))
    return OrganizationPolicy(
        sign_in=_choice(SignIn, given.get("sign_in", SignIn.SELF.value), ("sign_in",)),
        rules=_rules(_mapping(given.get("rules", {}), ("rules",))),
        password=PasswordRules(
            shortest=_number(password, "shortest", PasswordRules().shortest, 8, 128, ("password",)),
            kinds=_number(password, "kinds", PasswordRules().kinds, 1, 4, ("password",)),
        ),
        sessions=SessionRules(
            days=_number(sessions, "days", SessionRules().days, 0, 3650, ("sessions",)),
            idle_hours=_number(sessions, "idle_hours", SessionRules().idle_hours, 0, 8760, ("sessions",)),
        ),
    )


def policy_data(policy: OrganizationPolicy) -> dict[str, Any]:
    """The policy as plain data that `parse_policy` reads back."""
    return {
        "sign_in": policy.sign_in.value,
        "rules": {
            action.value: {zone.value: ruling.value for zone, ruling in zones.items()}
            for action, zones in policy.rules.items()
        },
        "password": {"shortest": policy.password.shortest, "kinds": policy.password.kinds},
        "sessions": {"days": policy.sessions.days, "idle_hours": policy.sessions.idle_hours},
    }


def _rules(given: Mapping[str, Any]) -> Overrides:
    rules: dict[Action, dict[Zone, Ruling]] = {}
    for action_name, zones in given.items():
        action = _choice(Action, action_name, ("rules", str(action_name)), in_key=True)
        for zone_name, ruling_name in _mapping(zones, ("rules", action_name)).items():
            path = ("rules", action_name, str(zone_name))
            zone = _choice(Zone, zone_name, path, in_key=True)
            ruling = _choice(Ruling, ruling_name, path)
            if STANDARD[action][zone].fixed:
                fixed = STANDARD[action][zone].ruling.value
                raise PolicyError(
                    path,
                    f"どの団体でも {fixed} で、変えられません",
                    f"is {fixed} everywhere and cannot be changed",
                    in_key=True,
                )
            if ruling is Ruling.CERTIFIED_ONLY and zone not in CLIENT_ZONES:
                raise PolicyError(
                    path,
                    "そこでは端末の認証がありません。使えるのは allow、deny です",
                    "no device is certified there, try one of: allow, deny",
                )
            rules.setdefault(action, {})[zone] = ruling
    return rules


def _mapping(data: object, path: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise PolicyError(path, "「項目: 値」の形が必要です", "a mapping is needed here")
    return data


def _known(given: Mapping[str, Any], allowed: tuple[str, ...], path: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            raise PolicyError(
                (*path, str(key)),
                f"知らない項目です。使えるのは {'、'.join(allowed)} です",
                f"not recognised, try one of: {', '.join(allowed)}",
                in_key=True,
            )


def _choice(kind: type[Choice], value: object, path: tuple[str, ...], *, in_key: bool = False) -> Choice:
    try:
        return kind(value)
    except ValueError:
        allowed = [str(each.value) for each in kind]
        raise PolicyError(
            path,
            f"知らない値です。使えるのは {'、'.join(allowed)} です",
            f"{value!r} is not recognised, try one of: {', '.join(allowed)}",
            in_key=in_key,
        ) from None


def _number(given: Mapping[str, Any], key: str, default: int, lowest: int, highest: int, path: tuple[str, ...]) -> int:
    value = given.get(key, default)
    if type(value) is not int or not lowest <= value <= highest:
        raise PolicyError(
            (*path, key),
            f"{lowest} から {highest} までの整数が必要です",
            f"{value!r}: a whole number from {lowest} to {highest} is needed",
        )
    return value


def _shortest(values: Iterable[int]) -> int:
    return min((value for value in values if value), default=0)
