"""Declared policies: what is read from `policy*.yaml`, every mistake with its place, and how a plan says it."""

import datetime
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import evolve
from kairan.organizations import Organization, OrganizationKey
from kairan.policy import OrganizationPolicy, PasswordRules, SessionRules, SignIn, parse_policy
from kairan.zones import STANDARD, Action, Ruling, Zone
from kairan_provisioning.declaration import Declaration, DeclaredOrganization
from kairan_provisioning.folder import read_folder
from kairan_provisioning.plan import Change, Current, make_plan
from kairan_provisioning.report import NOTHING, plan_lines, plan_to_json
from kairan_provisioning.wire import organization_from_json, organization_to_json

CITY = OrganizationKey("272060")
COUNCIL = OrganizationKey("272060/council")
TODAY = datetime.date(2026, 11, 21)

Found = tuple[str, int, int, str, str]


def read(folder: Path, files: Mapping[str, str | bytes]) -> tuple[Declaration, list[Found]]:
    """A city with its council, and these files beside them."""
    sound = {"organizations.csv": "団体コード,団体名\n272060,\n272060/council,泉大津市議会\n"}
    for name, content in {**sound, **files}.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    declaration, mistakes = read_folder(folder)
    return declaration, [(Path(m.path).name, m.line, m.column, m.value, m.message) for m in mistakes]


def policies(folder: Path, files: Mapping[str, str | bytes]) -> dict[str, OrganizationPolicy]:
    """What these files, which have no mistake, declare for each organisation."""
    declaration, mistakes = read(folder, files)
    assert mistakes == []
    return {key: declared.organization.policy for key, declared in declaration.organizations.items()}


def mistakes_of(folder: Path, text: str) -> list[Found]:
    """The mistakes of one policy file."""
    return read(folder, {"policy.yaml": text})[1]


def test_all_that_a_policy_may_say_is_read(tmp_path: Path) -> None:
    text = """
    272060:
      sign_in: certificate
      rules:
        upload: {internet: deny}
        location: {internet: allow}
      password: {shortest: 14, kinds: 3}
      sessions: {days: 30, idle_hours: 12}
    """
    assert policies(tmp_path, {"policy.yaml": text})[CITY] == OrganizationPolicy(
        sign_in=SignIn.CERTIFICATE,
        rules={Action.UPLOAD: {Zone.INTERNET: Ruling.DENY}, Action.LOCATION: {Zone.INTERNET: Ruling.ALLOW}},
        password=PasswordRules(14, 3),
        sessions=SessionRules(30, 12),
    )


def test_an_organization_that_declares_nothing_has_the_standard(tmp_path: Path) -> None:
    found = policies(tmp_path, {"policy.yaml": "272060/council: {sign_in: open}\n"})
    assert found == {CITY: OrganizationPolicy(), COUNCIL: OrganizationPolicy(sign_in=SignIn.OPEN)}
    assert found[CITY].sign_in is SignIn.SELF


@pytest.mark.parametrize(
    "text", ["272060: {}\n", "272060: {rules: {}, password: {}}\n", "272060: {rules: {call: {}}}\n"]
)
def test_an_empty_policy_is_the_standard_too(tmp_path: Path, text: str) -> None:
    assert policies(tmp_path, {"policy.yaml": text})[CITY] == OrganizationPolicy()


@pytest.mark.parametrize("name", ["policy.yaml", "policy.yml", "Policy-2026.YAML", "policies.yaml"])
def test_any_file_whose_name_begins_so_is_read(tmp_path: Path, name: str) -> None:
    assert policies(tmp_path, {name: "272060: {sign_in: admin}\n"})[CITY].sign_in is SignIn.ADMIN


def test_codes_and_numbers_may_be_full_width_and_the_file_cp932(tmp_path: Path) -> None:
    text = "# 泉大津市の規則\n２７２０６０:\n  password: {shortest: １４}\n"
    assert policies(tmp_path, {"policy.yaml": text.encode("cp932")})[CITY].password.shortest == 14


def test_an_organization_may_stand_in_two_places_that_do_not_contradict_each_other(tmp_path: Path) -> None:
    files = {
        "policy-1.yaml": "272060: {sign_in: admin, password: {shortest: 14}, rules: {}}\n",
        "policy-2.yaml": "'272060': {sign_in: admin, password: {kinds: 2}, rules: {upload: {internet: deny}}}\n",
    }
    assert policies(tmp_path, files)[CITY] == OrganizationPolicy(
        SignIn.ADMIN, {Action.UPLOAD: {Zone.INTERNET: Ruling.DENY}}, PasswordRules(14, 2)
    )


def test_two_places_that_contradict_are_both_named(tmp_path: Path) -> None:
    files = {
        "policy-1.yaml": "272060:\n  rules:\n    upload: {internet: deny}\n",
        "policy-2.yaml": "272060:\n  rules:\n    upload: {lgwan: deny, internet: allow}\n",
    }
    assert read(tmp_path, files)[1] == [
        (
            "policy-2.yaml",
            3,
            37,
            "allow",
            f"rules.upload.internet：272060 は {tmp_path}/policy-1.yaml:3 で「deny」です。どちらかに揃えてください / "
            f"rules.upload.internet: 272060 has 'deny' at {tmp_path}/policy-1.yaml:3, which contradicts this",
        )
    ]


def test_one_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    twice = mistakes_of(tmp_path, "272060: {sign_in: self}\n272060: {sign_in: open}\n")
    assert [m[:4] for m in twice] == [("policy.yaml", 2, 19, "open")]
    within = mistakes_of(tmp_path, "272060:\n  sign_in: self\n  sign_in: open\n")
    assert [m[:4] for m in within] == [("policy.yaml", 3, 12, "open")]


@pytest.mark.parametrize(
    ("policy", "column", "value", "japanese", "english"),
    [
        ("{colour: red}", 10, "colour", "colour：知らない項目です", "try one of: sign_in, rules, password, sessions"),
        ("{sign_in: maybe}", 19, "maybe", "使えるのは open、self", "try one of: open, self, admin, certificate"),
        ("{sign_in: [open]}", 19, "", "sign_in：知らない値です", "try one of: open, self, admin, certificate"),
        ("{sign_in: {a: b}}", 19, "", "sign_in：知らない値です", "try one of: open, self, admin, certificate"),
        ("{sign_in: {a: b, c: d}}", 19, "", "sign_in：知らない値です", "try one of: open, self"),
        ("{rules: deny}", 17, "deny", "rules：「項目: 値」の形", "rules: a mapping is needed"),
        ("{rules: {fly: {internet: deny}}}", 18, "fly", "rules.fly：知らない値です", "sign_in, call, location, upload"),
        ("{rules: {call: deny}}", 24, "deny", "rules.call：「項目: 値」", "rules.call: a mapping is needed"),
        ("{rules: {call: {moon: deny}}}", 25, "moon", "rules.call.moon：", "lgwan, internet, internal, federation"),
        ("{rules: {call: {internet: no}}}", 35, "no", "使えるのは allow、", "try one of: allow, certified_only, deny"),
        ("{rules: {call: {lgwan: allow}}}", 25, "lgwan", "どの団体でも deny で、変えられません", "cannot be changed"),
        ("{rules: {call: {lgwan: deny}}}", 25, "lgwan", "変えられません", "is deny everywhere"),
        ("{rules: {encrypt: {internet: allow}}}", 28, "internet", "変えられません", "rules.encrypt.internet: is deny"),
        ("{rules: {call: {federation: certified_only}}}", 37, "certified_only", "端末の認証が", "allow, deny"),
        ("{rules: {call: {internet: {a: b}}}}", 35, "", "rules.call.internet：知らない値", "is not recognised"),
        ("{password: {shortest: 4}}", 31, "4", "8 から 128 までの整数が必要です", "from 8 to 128"),
        ("{password: {shortest: '14'}}", 31, "14", "8 から 128 までの整数が必要です", "from 8 to 128"),
        ("{password: {length: 9}}", 21, "length", "password.length：知らない項目です", "shortest, kinds"),
        ("{sessions: {days: yes}}", 27, "yes", "0 から 3650 までの整数が必要です", "from 0 to 3650"),
        ("{sessions: {days: 9999999999}}", 27, "9999999999", "0 から 3650 までの整数", "from 0 to 3650"),
        ("{sessions: {idle_hours: -1}}", 33, "-1", "0 から 8760 までの整数が必要です", "from 0 to 8760"),
        ("open", 9, "open", "「項目: 値」の形が必要です", "a mapping is needed here"),
        ("{rules: }", 10, "", "rules：「項目: 値」の形", "a mapping is needed here"),
        ("[]", 9, "", "「項目: 値」の形が必要です", "a mapping is needed here"),
        ("", 1, "", "「項目: 値」の形が必要です", "a mapping is needed here"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_at_its_place_with_what_is_possible(
    tmp_path: Path, policy: str, column: int, value: str, japanese: str, english: str
) -> None:
    found = mistakes_of(tmp_path, f"272060: {policy}\n")
    assert [m[:4] for m in found] == [("policy.yaml", 1, column, value)]
    said = found[0][4].partition(" / ")
    assert japanese in said[0]
    assert english in said[2]


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("zone", list(Zone))
def test_exactly_the_rules_that_are_not_fixed_can_be_declared(tmp_path: Path, action: Action, zone: Zone) -> None:
    rule = STANDARD[action][zone]
    found = mistakes_of(tmp_path, f"272060:\n  rules:\n    {action.value}:\n      {zone.value}: deny\n")
    assert [m[:4] for m in found] == ([("policy.yaml", 4, 7, zone.value)] if rule.fixed else [])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("272061", "272060 が正しい番号です"),
        ("270008", "270008 は organizations のファイルにありません"),
        ("272060/Council", "「/」の後は"),
        ("泉大津市", "団体コードは数字 6 桁です"),
    ],
)
def test_a_policy_of_an_organization_that_is_not_declared_is_refused(tmp_path: Path, key: str, message: str) -> None:
    found = mistakes_of(tmp_path, f"{key}: {{sign_in: open}}\n")
    assert [m[:4] for m in found] == [("policy.yaml", 1, 1, key)]
    assert message in found[0][4]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = """\
270008:
  sign_in: maybe
272060:
  sign_in: always
  rules:
    fly: {internet: deny, lgwan: deny}
    call: {lgwan: allow, moon: deny}
  password: {shortest: 1, kinds: 9}
272060/council:
  sessions: {weeks: 2}
"""
    assert [m[1:4] for m in mistakes_of(tmp_path, text)] == [
        (1, 1, "270008"),
        (2, 12, "maybe"),
        (4, 12, "always"),
        (6, 5, "fly"),
        (7, 12, "lgwan"),
        (7, 26, "moon"),
        (8, 24, "1"),
        (8, 34, "9"),
        (10, 14, "weeks"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("policy.yaml", "", "中身がありません"),
        ("policy.yaml", "- 272060\n", "「団体コード: 設定」の形が必要です"),
        ("policy.yaml", "272060: {sign_in\n", "YAML として読めません"),
        ("policy.csv", "272060,open\n", "policy のファイルは YAML です"),
        ("policy.xlsx", "PK", "policy のファイルは YAML です"),
    ],
)
def test_a_file_of_the_wrong_kind_is_not_passed_over(tmp_path: Path, name: str, content: str, message: str) -> None:
    found = read(tmp_path, {name: content})[1]
    assert [m[0] for m in found] == [name]
    assert message in found[0][4]


def test_a_mapping_that_contains_itself_ends(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, "272060: &a\n  rules: *a\n  sign_in: open\n")
    assert {m[4].partition("：")[0] for m in found} == {"rules.rules", "rules.sign_in"}


def declared(policy: OrganizationPolicy) -> DeclaredOrganization:
    """The city with a policy."""
    return DeclaredOrganization(Organization(CITY, "泉大津市", policy=policy))


def planned(before: OrganizationPolicy, after: OrganizationPolicy) -> tuple[list[str], dict[str, object]]:
    """The plan that turns one policy into the other, in words and for programs."""
    declaration = Declaration({CITY: declared(after)})
    plan = make_plan(declaration, Current({CITY: declared(before)}), TODAY)
    return list(plan_lines(plan, declaration, full=False)), plan_to_json(plan)


def test_a_plan_says_changes_of_a_policy_in_words() -> None:
    before = parse_policy({"sign_in": "self", "rules": {"upload": {"internet": "deny"}}})
    after = parse_policy({"sign_in": "open", "rules": {"location": {"internet": "deny"}}, "sessions": {"days": 30}})
    lines, data = planned(before, after)
    assert lines[:-1] == [
        "272060 泉大津市: 規則 policy ~4",
        "  ~ インターネット側のサインイン sign-in on the Internet: "
        "本人が LGWAN 側で承認した端末 self → どの端末でも open",
        "  ~ 位置情報の送信（インターネット側）Post a location (Internet): "
        "標準（認証した端末だけ）standard (certified devices only) → 禁止 denied",
        "  ~ ファイルの送信（インターネット側）Upload files (Internet): 禁止 denied → 標準（許可）standard (allowed)",
        "  ~ インターネット側のサインインの日数 days of a session: 90 → 30",
    ]
    assert data["organizations"] == [
        {
            "organization": "272060",
            "name": "泉大津市",
            "action": "change",
            "changes": [
                {"field": "policy.sign_in", "old": "self", "new": "open"},
                {"field": "policy.rules.location.internet", "old": "", "new": "deny"},
                {"field": "policy.rules.upload.internet", "old": "deny", "new": ""},
                {"field": "policy.sessions.days", "old": "90", "new": "30"},
            ],
            "sections": [],
        }
    ]


def test_a_new_organization_shows_where_its_policy_leaves_the_standard() -> None:
    declaration = Declaration({CITY: declared(OrganizationPolicy(sign_in=SignIn.OPEN))})
    plan = make_plan(declaration, Current(), TODAY)
    assert plan.organizations[0].changes == (Change("policy.sign_in", "self", "open"),)
    lines = list(plan_lines(plan, declaration, full=False))
    assert lines[0].startswith("272060 泉大津市: 新しい団体 new、規則 policy ~1、")
    assert "→ どの端末でも open" in lines[1]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sign_in": "admin"},
        {"password": {"shortest": 20}},
        {"password": {"kinds": 4}},
        {"sessions": {"days": 0}},
        {"sessions": {"idle_hours": 0}},
        *(
            {"rules": {action.value: {zone.value: ruling}}}
            for action, zones in STANDARD.items()
            for zone, rule in zones.items()
            for ruling in ("allow", "deny")
            if not rule.fixed
        ),
    ],
)
def test_every_setting_is_compared_and_reaches_the_server(data: dict[str, object]) -> None:
    policy = parse_policy(data)
    sent = organization_to_json(declared(policy))
    assert organization_from_json(sent).organization.policy == policy
    other = evolve(OrganizationPolicy(), sign_in=SignIn.CERTIFICATE)
    assert planned(policy, policy)[0] == [NOTHING]
    assert (planned(OrganizationPolicy(), policy)[0] == [NOTHING]) is (data == {})
    assert planned(policy, other)[0] != [NOTHING]
