"""docs/zones.md and docs/zones.ja.md say what the code decides."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from kairan import events
from kairan.errors import MESSAGES, ErrorCode
from kairan.events import action_of_event
from kairan.language import Language
from kairan.policy import SignIn, parse_policy
from kairan.policy_words import ACTIONS, RULINGS, SIGN_IN, ZONES
from kairan.zones import STANDARD, Action, Ruling, Zone
from kairan.zones_table import EXAMPLE, page
from kairan_modules.judge import REFUSALS
from ruamel.yaml import YAML

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = {Language.JAPANESE: "zones.ja.md", Language.ENGLISH: "zones.md"}


def written(language: Language) -> str:
    """The committed page."""
    return (DOCS / PAGES[language]).read_text(encoding="utf-8")


def rows(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose head line begins so."""
    table = text[text.index(f"| {first}") :].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_the_committed_pages_are_those_that_make_docs_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DOCS / "generate.py", tmp_path], check=True, timeout=120)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PAGES.values())
    for language, name in PAGES.items():
        assert (tmp_path / name).read_text(encoding="utf-8") == written(language), f"run make docs: {name}"


@pytest.mark.parametrize("language", list(Language))
def test_every_cell_of_the_table_is_there_with_its_ruling(language: Language) -> None:
    index = list(Language).index(language)
    table = rows(written(language), ("すること", "action")[index] + " | " + ZONES[Zone.LGWAN][index])
    assert [row[0].split("`")[1] for row in table] == [action.value for action in Action]
    for row, (action, zones) in zip(table, STANDARD.items(), strict=True):
        assert row[0].startswith(ACTIONS[action][index])
        for cell, rule in zip(row[1:], zones.values(), strict=True):
            assert cell.startswith(RULINGS[rule.ruling][index])
            assert (("固定", "fixed")[index] in cell) is rule.fixed


@pytest.mark.parametrize("language", list(Language))
def test_every_refusal_of_the_judge_is_there_with_its_sentence(language: Language) -> None:
    index = list(Language).index(language)
    found = {
        (row[0].strip("`"), row[1].strip("`")): row[2]
        for row in rows(written(language), ("すること | コード", "action | `errcode`")[index])
    }
    for action, code in REFUSALS.items():
        assert found[action.value, code.value] == MESSAGES[code][index]
    assert {action for action, _ in found} == {action.value for action in Action} - {Action.INVITE_GUEST.value}
    assert "JP.KAIRAN.LOCATION_NEEDS_CERTIFIED_DEVICE" in {code for _, code in found}


def test_every_event_that_the_page_names_is_judged_as_it_says() -> None:
    table = rows(written(Language.ENGLISH), "action | what")
    names = {(row[0], row[1]): re.findall(r"`([^`]+)`", row[2]) for row in table}
    call, location, encrypt = (ACTIONS[action][1] for action in (Action.CALL, Action.LOCATION, Action.ENCRYPT))
    for name in names[call, "type begins with"]:
        assert action_of_event(f"{name}x", {}) is Action.CALL
    for name in names[call, "type"]:
        assert action_of_event(name, {}) is Action.CALL
    for name in names[call, "but not (declining, hanging up)"]:
        assert action_of_event(name, {"reason": "x"}) is None
    for name in names[call, "but not (empty state, which is leaving)"]:
        assert action_of_event(name, {}, "@a:b") is None
        assert action_of_event(name, {"x": 1}, "@a:b") is Action.CALL
    for name in names[location, "type"]:
        assert action_of_event(name, {}) is Action.LOCATION
    for name in names[location, "type begins with"]:
        assert action_of_event(name, {"live": True}, "") is Action.LOCATION
        assert action_of_event(name, {"live": False}, "") is None
    for key in set(names[location, "anywhere in the content of any type"]) - {"msgtype: m.location"}:
        assert action_of_event("m.room.message", {"m.new_content": {key: "x"}}) is Action.LOCATION
    for name in names[encrypt, "type"]:
        assert action_of_event(name, {}) is Action.ENCRYPT
    for widget in events.WIDGETS:
        assert any(widget in what for action, what in names if action == call)


def test_every_term_has_words_in_both_languages() -> None:
    for words, terms in ((ACTIONS, Action), (ZONES, Zone), (RULINGS, Ruling), (SIGN_IN, SignIn)):
        assert set(words) == set(terms)
        assert all(all(pair) for pair in words.values())


def test_the_example_is_a_policy() -> None:
    policies = YAML(typ="safe").load(EXAMPLE)
    assert [parse_policy(policy).rules[Action.UPLOAD] for policy in policies.values()] == [{Zone.INTERNET: Ruling.DENY}]
    assert all(EXAMPLE in written(language) for language in Language)


def test_a_page_follows_the_refusals_that_it_is_given() -> None:
    text = page(Language.ENGLISH, {Action.CALL: [ErrorCode.NOT_OPERATOR]})
    assert rows(text, "action | `errcode`") == [
        ["`call`", "`JP.KAIRAN.NOT_OPERATOR`", MESSAGES[ErrorCode.NOT_OPERATOR][1]]
    ]
