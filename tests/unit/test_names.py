"""Keys of Japanese names and readings."""

import csv
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kairan.names import fold, fold_edges, is_kana, kana_key, kana_order, kanji_variants

LETTERS = [
    *"山田髙橋﨑崎渡邊邉辺齋斎斉國廣濵関原佐木太郎さくらがはケアヶガキャッーンカヵノ々ｱabＡ1２ 　・",
    "ｶﾞ",
    "ﾊﾟ",
    "タ\u3099",
]
# A 々 after a long vowel repeats nothing.
names = st.lists(st.sampled_from(LETTERS), max_size=12).map("".join).filter(lambda text: not {*"ー々"} <= {*text})


@pytest.mark.parametrize(
    "same",
    [
        "高髙",
        "崎﨑嵜",
        "斉斎齊齋",
        "辺邊邉",
        "沢澤",
        "浜濱濵",
        "広廣",
        "国國",
        "桜櫻",
        "島嶋嶌",
        "徳德",
        "真眞",
        "恵惠",
        "万萬",
        "寿壽",
        "条條",
        "竜龍",
        "瀬瀨",
        "黒黑",
        "村邨",
        "吉𠮷",
        "淵渕",
        "槙槇",
        "薮藪",
        "桑桒",
        "曽曾",
        "弥彌",
        "祐祐",
        "礼禮",
        "栄榮",
        "円圓",
        "会會",
        "学學",
        "伝傳",
        "巌巖",
        "富冨",
        "館舘",
        "秋龝",
        "塚塚",
        "隆隆",
        "神神",
        "都都",
        "土圡",
        "柳栁",
        "鶴靏靍",
        "鉄鐵銕",
        "郎郞",
        "滝瀧",
        "関關",
        "実實",
        "与與",
        "両兩",
        "沼沼",
    ],
)
def test_variants_of_a_kanji_have_one_key(same: str) -> None:
    assert {fold(kanji + "田") for kanji in same} == {fold(same[0] + "田")}


@pytest.mark.parametrize(
    "different",
    [
        "埼崎",
        "坂阪",
        "大太",
        "佐左",
        "伊井",
        "河川",
        "園円",
        "畑畠",
        "堀掘",
        "官宮",
        "未末",
        "土士",
        "己巳",
        "荻萩",
        "堺界",
        "橘橋",
        "岩巌",
        "恵慧",
    ],
)
def test_other_kanji_stay_apart(different: str) -> None:
    assert len({fold(kanji) for kanji in different}) == len(different)


def test_the_table_has_hundreds_of_variants_and_one_form_for_each_character() -> None:
    source = files("kairan").joinpath("data/kanji_variants.csv")
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    canonical = [row["canonical"] for row in rows]
    variants = [variant for row in rows for variant in row["variants"]]
    assert len(variants) > 600
    assert len({*canonical, *variants}) == len(canonical) + len(variants)
    assert all(len(form) == 1 for form in canonical)
    # What NFKC changes would never be looked up.
    assert [letter for letter in canonical + variants if unicodedata.normalize("NFKC", letter) != letter] == []
    assert [letter for letter in canonical + variants if unicodedata.category(letter) not in ("Lo", "So")] == []
    assert len(kanji_variants()) == len(variants)
    assert canonical == sorted(canonical)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﾔﾏﾀﾞ", "やまだ"),
        ("ヤマダ", "やまだ"),
        ("ヤマタ\u3099", "やまだ"),
        ("ﾔﾏﾀ ﾞ", "やまだ"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("山田 太郎", "山田太郎"),
        ("山田\u3000太郎", "山田太郎"),
        ("山田\u00a0太郎", "山田太郎"),
        ("山\u200b田\u2060\ufeff\u00ad", "山田"),
        ("ジョン・スミス", "じょんすみす"),
        ("ｼﾞｮﾝ･ｽﾐｽ", "じょんすみす"),
        ("葛\U000e0100城", "葛城"),
        ("辻\ufe00", "辻"),
        ("邉\U000e0105", "辺"),
        ("佐々木", "佐佐木"),
        ("佐\U000e0101々木", "佐佐木"),
        ("代々木", "代代木"),
        ("野々々", "野野野"),
        ("みすゞ", "みすず"),
        ("すゝき", "すすき"),
        ("ミスヾ", "みすず"),
        ("関ヶ原", "関ケ原"),
        ("関ヶ原", "関が原"),
        ("関ヶ原", "関ガ原"),
        ("関ｹ原", "関が原"),
        ("茅ヶ崎", "茅ケ﨑"),
        ("八ヵ所", "八ヶ所"),
        ("3ヶ所", "３ケ所"),
        ("三ッ橋", "三ツ橋"),
        ("キヤノン", "キャノン"),
        ("コンピュータ", "コンピューター"),
        ("センター", "センタ－"),
        ("一ノ瀬", "一の瀬"),
        ("㈱", "(株)"),
        ("⻑⾕川", "長谷川"),
        ("a\x00b\x1f\x7f\u2028c", "abc"),
    ],
)
def test_texts_that_people_do_not_tell_apart_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("包括ケア係", "包括が係"), ("さとう", "さとお"), ("はら", "ばら"), ("受付", "受け付"), ("一之瀬", "一ノ瀬")],
)
def test_texts_that_people_tell_apart_have_different_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_ke_inside_a_katakana_word_stays_ke() -> None:
    assert fold("地域包括ケア推進課") == "地域包括けあ推進課"
    assert fold("福祉ケ") == "福祉け"


@pytest.mark.parametrize(
    ("part", "whole"), [("関ヶ", "関ヶ原"), ("ケ原", "関が原"), ("ヶ", "関ヶ原"), ("関", "関ヶ原"), ("ｹ原", "関ケ原")]
)
def test_a_part_that_ends_at_ga_is_a_part_of_the_whole_key(part: str, whole: str) -> None:
    assert fold_edges(part) in fold(whole)


def test_an_edge_changes_nothing_else() -> None:
    assert fold_edges("々木") == fold("々木")
    assert fold_edges("ケア") == fold("ケア")
    assert fold_edges("") == ""


@settings(deadline=None)
@given(st.text())
def test_no_text_is_an_error_and_no_key_holds_a_blank_or_a_control_character(text: str) -> None:
    for key in (fold(text), fold_edges(text), kana_key(text)):
        assert all(letter > " " and not letter.isspace() for letter in key)


@pytest.mark.parametrize(
    "text", ["\ud800", "山\udfff田", "\U0010ffff", "\x00", "\U000e0100" * 50, "々", "ゝ", "ー", "゛", "ヷ"]
)
def test_lone_surrogates_and_marks_without_a_letter_are_no_error(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    kana_key(text)
    kana_order(text)


@settings(deadline=None)
@given(names)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(names, names)
def test_the_order_of_kana_and_blanks_does_not_matter_to_a_key(one: str, other: str) -> None:
    assert fold(f"{one} {other}") == fold(f"{one}\u3000{other}")


@settings(deadline=None)
@given(
    st.text(alphabet="山田髙橋﨑渡邊さくらはンキャッーａ1", max_size=8),
    st.text(alphabet="山田髙橋﨑渡邊さくらはンキャッーａ1", max_size=8),
    st.text(alphabet="山田髙橋﨑渡邊さくらはンキャッーａ1", max_size=8),
)
def test_the_key_of_a_part_is_a_part_of_the_key(before: str, part: str, after: str) -> None:
    assert fold(part) in fold(before + part + after)


@pytest.mark.parametrize(
    ("same", "key"),
    [
        ("オオノ おうの おーの ｵｰﾉ", "おーの"),
        ("ショウジ しようじ しょーじ しょおじ", "しよーじ"),
        ("ジョージ じょうじ ヂョージ", "じよーじ"),
        ("ゆうこ ユーコ ゆーこ", "ゆーこ"),
        ("みづき ミズキ みずき", "みずき"),
        ("かをり カオリ", "かおり"),
        ("ヰノウヱ いのうえ", "いのーえ"),
        ("ケーコ けえこ", "けーこ"),
        ("ﾊﾂﾄﾘ はっとり", "はつとり"),
    ],
)
def test_readings_that_sound_alike_have_one_key(same: str, key: str) -> None:
    assert {kana_key(kana) for kana in same.split()} == {key}


@pytest.mark.parametrize(
    ("one", "other"), [("おの", "おおの"), ("さと", "さとう"), ("けいこ", "けこ"), ("はら", "ばら"), ("うお", "うう")]
)
def test_readings_that_sound_different_have_different_keys(one: str, other: str) -> None:
    assert kana_key(one) != kana_key(other)


def test_the_order_is_that_of_a_telephone_book() -> None:
    book = [
        "アイ ウミ",
        "アイダ アイ",
        "オノ アヤ",
        "カキ ア",
        "カギ ア",
        "カキタ ア",
        "ハナダ イ",
        "ババ ア",
        "ハヤシ ア",
        "ハラ ア",
        "ハラ ウ",
        "バラ ア",
        "ハラダ ア",
        "ヤマダ タロウ",
        "山田 太郎",
    ]
    assert sorted(sorted(book), key=kana_order) == book


def test_the_order_does_not_depend_on_how_a_reading_is_written() -> None:
    assert kana_order("ﾔﾏﾀﾞ　ﾀﾛｳ") == kana_order("やまだ たろう") == kana_order(" ヤマダ  タロウ ")


@pytest.mark.parametrize(
    ("text", "kana"), [("やまだ", True), ("おーの", True), ("", False), ("山だ", False), ("a", False), ("・", False)]
)
def test_a_key_is_a_reading_if_it_is_hiragana(text: str, kana: bool) -> None:
    assert is_kana(text) is kana
