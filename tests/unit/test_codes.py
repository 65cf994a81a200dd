"""Local government codes."""

import re

import pytest
from kairan.codes import check_digit, local_governments, parse_code


def test_the_list_holds_the_whole_nation() -> None:
    governments = local_governments()
    assert len(governments) == 1963
    assert len({government.prefecture for government in governments.values()}) == 47
    kinds = {government.kind for government in governments.values()}
    assert kinds == {"prefecture", "city", "ward", "special_ward", "town", "village"}


def test_every_code_of_the_list_has_its_check_digit_and_can_be_read() -> None:
    wrong = [code for code in local_governments() if check_digit(code[:5]) != int(code[5]) or parse_code(code) != code]
    assert wrong == []


def test_every_line_of_the_list_has_a_name_and_a_reading_in_hiragana_word_by_word() -> None:
    bad = [
        government
        for government in local_governments().values()
        if not re.fullmatch("[ぁ-ゖー]+( [ぁ-ゖー]+)?", government.kana)
        or len(government.name.split()) != len(government.kana.split())
    ]
    assert bad == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("270008", "大阪府"),
        ("272060", "泉大津市"),
        ("272299", "四條畷市"),
        ("273813", "太子町"),
        ("130001", "東京都"),
        ("131016", "千代田区"),
    ],
)
def test_codes_name_their_bodies(code: str, name: str) -> None:
    assert local_governments()[parse_code(code)].name == name


def test_there_are_two_taishi_towns_with_different_codes() -> None:
    assert {g.prefecture for g in local_governments().values() if g.name == "太子町"} == {"大阪府", "兵庫県"}


@pytest.mark.parametrize("last", "123456789")
def test_a_wrong_check_digit_is_refused_with_the_right_one(last: str) -> None:
    with pytest.raises(ValueError, match="272060 would be right"):
        parse_code("27206" + last)


@pytest.mark.parametrize(
    "text", ["", "27206", "2720600", "２７２０６０", "27206a", " 272060", "272060\n", "-27206", "²72060"]
)
def test_what_is_not_six_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="six digits are needed"):
        parse_code(text)


def test_a_well_formed_code_that_nobody_has_is_refused() -> None:
    assert check_digit("99999") == 7
    with pytest.raises(ValueError, match="in no list"):
        parse_code("999997")
