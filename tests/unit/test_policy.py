"""What an organisation may declare of zones, sign-in, passwords and sessions."""

import pytest
from kairan.policy import (
    OrganizationPolicy,
    PasswordRules,
    PolicyError,
    SessionRules,
    SignIn,
    parse_policy,
    policy_data,
    strictest_policy,
)
from kairan.zones import STANDARD, Action, Ruling, Zone, ruling


def test_every_action_is_ruled_in_every_zone() -> None:
    assert set(STANDARD) == set(Action)
    assert all(set(zones) == set(Zone) for zones in STANDARD.values())


def test_nothing_is_allowed_in_an_unknown_zone() -> None:
    assert {ruling(action, Zone.UNKNOWN) for action in Action} == {Ruling.DENY}


def test_calls_are_never_allowed_on_lgwan_whatever_is_declared() -> None:
    declared = {Action.CALL: {Zone.LGWAN: Ruling.ALLOW}}
    assert ruling(Action.CALL, Zone.LGWAN, [declared]) is Ruling.DENY


def test_an_organisation_may_be_stricter_or_laxer_where_the_table_lets_it() -> None:
    assert ruling(Action.UPLOAD, Zone.INTERNET, [{Action.UPLOAD: {Zone.INTERNET: Ruling.DENY}}]) is Ruling.DENY
    assert ruling(Action.PREVIEW_URL, Zone.INTERNET) is Ruling.DENY
    assert ruling(Action.PREVIEW_URL, Zone.INTERNET, [{Action.PREVIEW_URL: {Zone.INTERNET: Ruling.ALLOW}}]) is (
        Ruling.ALLOW
    )


def test_of_several_organisations_the_strictest_rules() -> None:
    lax = {Action.LOCATION: {Zone.INTERNET: Ruling.ALLOW}}
    strict = {Action.LOCATION: {Zone.INTERNET: Ruling.DENY}}
    assert ruling(Action.LOCATION, Zone.INTERNET, [lax, strict]) is Ruling.DENY
    # One that declares nothing counts with the standard, so the other cannot open for it.
    assert ruling(Action.LOCATION, Zone.INTERNET, [lax, {}]) is Ruling.CERTIFIED_ONLY
    assert strictest_policy(
        [
            OrganizationPolicy(SignIn.OPEN, {}, PasswordRules(10, 3), SessionRules(30, 0)),
            OrganizationPolicy(SignIn.ADMIN, {}, PasswordRules(14, 1), SessionRules(0, 12)),
        ]
    ) == OrganizationPolicy(SignIn.ADMIN, {}, PasswordRules(14, 3), SessionRules(30, 12))
    assert strictest_policy([]) == OrganizationPolicy()


def test_the_standard_for_staff_is_to_approve_ones_own_devices() -> None:
    assert OrganizationPolicy().sign_in is SignIn.SELF
    assert parse_policy({}) == OrganizationPolicy()


def test_a_policy_is_read_back_as_it_was_written() -> None:
    policy = parse_policy(
        {
            "sign_in": "certificate",
            "rules": {"upload": {"internet": "deny"}, "location": {"internet": "allow"}},
            "password": {"shortest": 14, "kinds": 3},
            "sessions": {"days": 30, "idle_hours": 12},
        }
    )
    assert parse_policy(policy_data(policy)) == policy


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "policy: a mapping is needed here"),
        ({"colour": 1}, "colour: not recognised, try one of: sign_in, rules, password, sessions"),
        ({"sign_in": "maybe"}, "sign_in: 'maybe' is not recognised, try one of: open, self, admin, certificate"),
        ({"rules": []}, "rules: a mapping is needed here"),
        ({"rules": {"fly": {}}}, "rules.fly: 'fly' is not recognised, try one of: sign_in, call, location, "),
        ({"rules": {"call": 1}}, "rules.call: a mapping is needed here"),
        ({"rules": {"call": {"moon": "deny"}}}, "rules.call.moon: 'moon' is not recognised, try one of: lgwan, "),
        ({"rules": {"call": {"internet": "yes"}}}, "try one of: allow, certified_only, deny"),
        ({"rules": {"call": {"lgwan": "allow"}}}, "rules.call.lgwan: is deny everywhere and cannot be changed"),
        ({"rules": {"call": {"federation": "certified_only"}}}, "no device is certified there"),
        ({"password": {"shortest": 4}}, "password.shortest: 4: a whole number from 8 to 128 is needed"),
        ({"password": {"length": 9}}, "password.length: not recognised, try one of: shortest, kinds"),
        ({"sessions": {"days": True}}, "sessions.days: True: a whole number from 0 to 3650 is needed"),
        ({"sessions": {"idle_hours": -1}}, "sessions.idle_hours: -1: a whole number from 0 to 8760 is needed"),
    ],
)
def test_a_mistake_names_its_place_and_what_is_possible(data: object, message: str) -> None:
    with pytest.raises(PolicyError) as mistake:
        parse_policy(data)
    assert message in str(mistake.value)
