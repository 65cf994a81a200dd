"""What is wrong with passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kairan.language import Language
from kairan.password_rules import FAULTS, Fault, faults, sentences
from kairan.people import Person
from kairan.policy import PasswordRules

YAMADA = Person("1001", "山田 太郎", "ヤマダ タロウ")
OHNO = Person("tt2345", "大野 純一郎", "オオノ ジュンイチロウ")
LIN = Person("7", "林 Anna", "リン アンナ")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("eleven-char", [Fault.SHORT, Fault.KINDS]),
        ("twelve-chars", [Fault.KINDS]),
        ("Twelve-chars", []),
        ("Twelve1chars", []),
        ("TWELVECHARS1", [Fault.KINDS]),
        ("三種類の文字、Ab も入れた", []),
        # Full-width letters are the half-width ones when the password is used.
        ("Ｔｗｅｌｖｅ－ｃｈａｒ", [Fault.SHORT]),
        ("", [Fault.SHORT, Fault.KINDS]),
    ],
)
def test_length_and_kinds_of_characters(password: str, expected: list[Fault]) -> None:
    assert faults(password, PasswordRules(shortest=12, kinds=3)) == expected


@pytest.mark.parametrize(
    ("password", "person", "expected"),
    [
        ("four 1001 words here", YAMADA, [Fault.STAFF_NUMBER]),
        ("four １００１ words here", YAMADA, [Fault.STAFF_NUMBER]),
        ("xx-TT2345-xx-TT2345", OHNO, [Fault.STAFF_NUMBER]),
        ("yamada-no-himitsu", YAMADA, [Fault.NAME]),
        ("YaMaDa-no-himitsu", YAMADA, [Fault.NAME]),
        ("the words of Taro!", YAMADA, [Fault.NAME]),
        ("the words of Tarou", YAMADA, [Fault.NAME]),
        ("山田さんの秘密の言葉です", YAMADA, [Fault.NAME]),
        ("やまださんの秘密の言葉です", YAMADA, [Fault.NAME]),
        ("ﾔﾏﾀﾞさんの秘密の言葉です", YAMADA, [Fault.NAME]),
        ("ohno-2026-himitsu", OHNO, [Fault.NAME]),
        ("oono-2026-himitsu", OHNO, [Fault.NAME]),
        ("ono-2026-himitsu!", OHNO, [Fault.NAME]),
        ("junichirou-no-kotoba", OHNO, [Fault.NAME]),
        ("zyuniti-rou-no-kotoba", OHNO, [Fault.NAME]),
        ("anna-and-the-words", LIN, [Fault.NAME]),
        # A staff number or a surname of one character is in too many words.
        ("seven 7 and a 林 here", LIN, []),
        ("correct horse battery", YAMADA, []),
        ("correct horse battery", OHNO, []),
    ],
)
def test_what_names_the_person_is_refused_however_it_is_spelt(
    password: str, person: Person, expected: list[Fault]
) -> None:
    assert faults(password, PasswordRules(), person) == expected


def test_every_fault_is_said_in_both_languages_with_its_numbers() -> None:
    assert set(FAULTS) == set(Fault)
    rules = PasswordRules(shortest=14, kinds=3)
    for language in Language:
        said = sentences(list(Fault), rules, language)
        assert len(set(said)) == len(Fault)
        assert "14" in said[0]
        assert "3" in said[1]
        assert not any("{" in each for each in said)


@given(st.text(max_size=80))
def test_any_text_is_judged(password: str) -> None:
    for person in (YAMADA, OHNO, LIN, None):
        assert set(faults(password, PasswordRules(), person)) <= set(Fault)
