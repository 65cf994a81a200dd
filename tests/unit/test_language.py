"""Which language a person is spoken to in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kairan.language import Language, choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ja"),
        ("", "ja"),
        ("ja", "ja"),
        ("en", "en"),
        ("en-US", "en"),
        ("EN-us", "en"),
        ("ja-JP", "ja"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja,en-US;q=0.9,en;q=0.8", "ja"),
        ("ja;q=0.5,en;q=0.7", "en"),
        ("en;q=0.7, ja;q=0.7", "en"),
        ("ja ; q=0.7 , en ; q=0.7", "ja"),
        ("fr", "ja"),
        ("fr, en;q=0.3", "en"),
        ("fr;q=0.9, *;q=0.1", "ja"),
        ("*", "ja"),
        ("en;q=0.4, *;q=0.5", "ja"),
        ("en, *;q=0.5", "en"),
        ("ja;q=0, *", "en"),
        ("ja;q=0, en;q=0.1", "en"),
        ("ja;q=0", "ja"),
        ("en;q=0", "ja"),
        ("en-GB;q=0, en;q=0.8, ja;q=0.5", "en"),
        ("en;q=x, ja;q=0.1", "ja"),
        ("en;q=2", "ja"),
        ("en;q=-1", "ja"),
        ("en;q=", "ja"),
        ("en;q=nan", "ja"),
        ("en;q=1.000;level=1", "en"),
        ("english", "ja"),
        (";;;,,,=;q", "ja"),
    ],
)
def test_what_the_browser_prefers_counts_and_japanese_is_the_default(header: str | None, language: str) -> None:
    assert choose_language(header, None) == language


def test_the_persons_own_setting_comes_before_the_browser() -> None:
    assert choose_language("ja", "en") is Language.ENGLISH
    assert choose_language("en", "ja") is Language.JAPANESE


@pytest.mark.parametrize("setting", ["", "fr", "EN", "en-US", "ja\x00"])
def test_a_setting_that_is_no_language_of_ours_is_passed_over(setting: str) -> None:
    assert choose_language("en", setting) is Language.ENGLISH
    assert choose_language(None, setting) is Language.JAPANESE


@settings(deadline=None)
@given(st.text(), st.none() | st.text())
def test_no_header_is_an_error(header: str, setting: str | None) -> None:
    assert choose_language(header, setting) in Language


@settings(deadline=None)
@given(st.text(alphabet="ejnaq=;,.*-01 ", max_size=40))
def test_no_nearly_right_header_is_an_error(header: str) -> None:
    assert choose_language(header) in Language
