"""Error codes and their sentences."""

import re

import pytest
from kairan.errors import MESSAGES, ErrorCode, sentence


def test_every_code_has_its_sentences_and_no_sentence_lacks_its_code() -> None:
    assert set(MESSAGES) == set(ErrorCode)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_code_lies_in_our_namespace_and_is_spelt_as_its_name(code: ErrorCode) -> None:
    assert code.value == f"JP.KAIRAN.{code.name}"


@pytest.mark.parametrize("code", list(ErrorCode))
def test_people_read_a_japanese_sentence_and_then_an_english_one(code: ErrorCode) -> None:
    japanese, english = MESSAGES[code]
    assert re.search("[ぁ-ん一-龥]", japanese)
    assert japanese.endswith("。")
    assert english.isascii()
    assert english.endswith(".")
    assert sentence(code) == f"{japanese} / {english}"


def test_a_detail_stands_at_the_end() -> None:
    assert sentence(ErrorCode.BAD_DECLARATION, "people[3]").endswith(" (people[3])")
