"""What people type, made what the domain holds."""

import datetime
from pathlib import Path

import pytest
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import Posting, Role
from kairan_provisioning import values
from kairan_provisioning.columns import KINDS, STAFF, find_column, headers, plain_header
from kairan_provisioning.dates import parse_date
from kairan_provisioning.folder import read_folder
from kairan_provisioning.mistakes import BadValueError

APRIL_FIRST = datetime.date(2024, 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("R6.4.1", "r6.4.1", "Ｒ６．４．１", "R06.04.01", "R6/4/1", "R6-4-1", "令和6年4月1日", "令和６年４月１日"),
        *("㋿6年4月1日", "2024/4/1", "2024-04-01", "2024.4.1", "2024年4月1日", "20240401", "２０２４／４／１"),
        *("2024/4/1 0:00", "2024/04/01 00:00:00", " 2024/4/1 "),
    ],
)
def test_every_usual_way_to_write_a_date_is_read(text: str) -> None:
    assert parse_date(text) == APRIL_FIRST


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", datetime.date(2019, 5, 1)),
        ("H31.4.30", datetime.date(2019, 4, 30)),
        ("平成元年1月8日", datetime.date(1989, 1, 8)),
        ("S64.1.7", datetime.date(1989, 1, 7)),
        ("昭和60年4月1日", datetime.date(1985, 4, 1)),
        ("2024/2/29", datetime.date(2024, 2, 29)),
        ("9999/12/31", datetime.date(9999, 12, 31)),
    ],
)
def test_eras_begin_and_end_on_their_days(text: str, day: datetime.date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2023/2/29",
            "R0.4.1",
            "R1.4.30",
            "H31.5.1",
            "S64.1.8",
            "S1.12.24",
            "H36.3.31",
            "T15.4.1",
            "45383",
            "45383.0",
        ),
        *("24/4/1", "4/1", "2024/4", "2024/13/1", "20240230", "1899/4/1", "明日", "2024/4/1 9:00", "2024/4/1a"),
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        parse_date(text)


@pytest.mark.parametrize(
    "text", ["山田 太郎", "山田　太郎", " 山田 \u3000 太郎\u00a0", "山田\u2003太郎", "山田\t太郎", "山田\r\n太郎"]
)
def test_any_blank_between_surname_and_given_name_becomes_one(text: str) -> None:
    assert values.person_name(text) == "山田 太郎"


@pytest.mark.parametrize(
    "name", ["髙橋 花子", "山﨑 彩", "渡邉 直樹", "塚本 実", "\ufa10本 実", "神谷 \ufa19", "葛\U000e0100 誠"]
)
def test_the_forms_of_kanji_that_a_name_is_written_with_stay(name: str) -> None:
    assert values.person_name(name) == name


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("やまだ たろう", "ヤマダ タロウ"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"),
        ("ヤマダ　タロウ", "ヤマダ タロウ"),
        ("ヤマタ\u3099 タロウ", "ヤマダ タロウ"),
        ("ｼﾞｮﾝ･ｽﾐｽ", "ジョン・スミス"),
        ("ｺｰﾋ-", "コーヒー"),
        ("ＤＸすいしんか", "DXスイシンカ"),
        ("", ""),
    ],
)
def test_readings_become_katakana(text: str, kana: str) -> None:
    assert values.kana(text) == kana


def test_names_of_foreigners_become_ascii_and_of_sections_stay_as_written() -> None:
    assert values.person_name("Ｊｏｈｎ　Ｓｍｉｔｈ") == "John Smith"
    assert values.name("ＩＣＴ推進課（本庁）") == "ＩＣＴ推進課（本庁）"
    assert values.name("ﾃﾞｼﾞﾀﾙ課") == "デジタル課"


def test_numbers_and_codes_may_be_full_width() -> None:
    assert values.staff_number(" Ａ１００１ ") == "a1001"
    assert values.organization_key("２７２０６０") == "272060"
    assert values.organization_key("２７２０６０／council") == "272060/council"
    assert values.section_key("１０－１") == "10-1"
    assert values.position("１０") == 10
    assert values.extension("１２３４") == "1234"


@pytest.mark.parametrize(("text", "hint"), [("10006", "010006"), ("27206", "272060"), ("１３０００", "130001")])
def test_a_code_that_lost_a_digit_is_guessed_but_not_taken(text: str, hint: str) -> None:
    with pytest.raises(BadValueError, match=hint):
        values.organization_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "270008 prefecture",
        "270008;府内",
        "府内、２７０００８",
        "prefecture|270008",
        "270008,県内",
        "270008　都道府県内",
    ],
)
def test_openings_are_keys_and_words_with_anything_between(text: str) -> None:
    assert values.opens_to(text) == {"270008", "prefecture"}


def test_roles_in_both_languages() -> None:
    assert [values.role(text) for text in ("", "職員", "staff")] == [Role.STAFF] * 3
    assert [values.role(text) for text in ("管理者", "Organization_Admin")] == [Role.ORGANIZATION_ADMIN] * 2


@pytest.mark.parametrize(
    ("header", "column"),
    [
        *((text, "staff_number") for text in ("職員番号", "職員No.", "職員Ｎｏ．", "職員ナンバー", "社員番号")),
        *((text, "staff_number") for text in ("staff_number", "Staff Number", "employee-number")),
        *((text, "name") for text in ("氏名", "氏　名", "*氏名", "名前", "NAME")),
        *((text, "kana") for text in ("フリガナ", "ﾌﾘｶﾞﾅ", "ふりがな", "フリ\nガナ", "氏名（カナ）", "kana")),
        *((text, "organization") for text in ("団体コード", "団体ｺｰﾄﾞ", "organization")),
        *((text, "starts") for text in ("発令日", "発令年月日", "開始日", "starts")),
        *((text, "extension") for text in ("内線", "内線番号", "内線No", "extension")),
    ],
)  # fmt: skip
def test_headers_are_known_in_the_ways_that_people_spell_them(header: str, column: str) -> None:
    found = find_column(STAFF, header)
    assert found is not None and found.name == column


def test_no_header_means_two_columns() -> None:
    for kind in KINDS:
        spelled = [plain_header(text) for c in kind.columns for text in {c.name, c.japanese, *c.others}]
        assert len(set(spelled)) == len(headers(kind))
        by_header = {plain_header(t): c.name for c in kind.columns for t in (c.name, c.japanese, *c.others)}
        assert all(
            by_header[plain_header(text)] == column.name
            for column in kind.columns
            for text in (column.name, column.japanese, *column.others)
        )


STAFF_LINES = "職員番号,氏名,フリガナ,団体コード,課コード,役職,発令日\n"


def write(folder: Path, **files: bytes) -> None:
    """A folder with one city of two sections, and these files."""
    (folder / "organizations.csv").write_text("団体コード\n272060\n")
    (folder / "sections.csv").write_text("団体コード,課コード,課名\n272060,10,危機管理課\n272060,20,市民課\n")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_the_same_file_in_every_encoding_and_shape_declares_the_same(
    tmp_path: Path, encoding: str, end: str, delimiter: str
) -> None:
    text = (
        STAFF_LINES
        + "１００１,髙橋　花子,ﾀｶﾊｼ ﾊﾅｺ,272060,10,課長,R6.4.1\n1001,髙橋 花子,,272060,20,課長（併任）,\n,,,,,,\n"
    )
    write(tmp_path, staff_csv=text.replace("\n", end).replace(",", delimiter).encode(encoding))
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    person = declaration.people["1001"]
    assert (person.name, person.kana) == ("髙橋 花子", "タカハシ ハナコ")
    assert [(p.section, p.title, p.starts) for p in person.postings] == [
        ("10", "課長", APRIL_FIRST),
        ("20", "課長（併任）", None),
    ]


def test_half_width_kana_in_cp932_is_not_taken_for_utf8(tmp_path: Path) -> None:
    # In CP932 these readings are bytes that are valid UTF-8, for ± and the like.
    lines = "".join(f"{n},東 翼,{kana},272060,10,,\n" for n, kana in enumerate(["ﾂｱ", "ﾃｽ", "ﾄｱ", "ﾔﾏﾀﾞ ﾀﾛｳ"]))
    write(tmp_path, staff_csv=(STAFF_LINES + lines).encode("cp932"))
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    assert [p.kana for p in declaration.people.values()] == ["ツア", "テス", "トア", "ヤマダ タロウ"]


def test_columns_in_any_order_and_english_headers(tmp_path: Path) -> None:
    write(tmp_path, staff_csv=b"section,Name,organization,staff_number,Extension\n10,\xe6\xa3\xae,272060,7,12\n")
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    assert declaration.people["7"].postings == (Posting(*_keys("10"), extension="12"),)


def test_lines_that_end_early_and_empty_columns_without_header_are_read(tmp_path: Path) -> None:
    write(tmp_path, staff_csv=(STAFF_LINES.strip() + ",,\n7,森,,272060\n8,林,,272060,10,,,,\n").encode())
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    assert [p.postings[0].section for p in declaration.people.values()] == [None, "10"]


def test_yaml_keeps_what_looks_like_numbers_and_dates(tmp_path: Path) -> None:
    text = (
        "staff:\n  - staff_number: 0012\n    氏名: 森 博\n    団体コード: 272060\n    課コード: 10\n"
        "    発令日: 2024-04-01\n"
        "  - 職員番号: 13\n    氏名: 林 京子\n    所属:\n      - 団体コード: 272060\n        課コード: ~\n"
        "        役職: 部長\n      - {団体コード: 272060, 課コード: 20, 役職: 課長事務取扱}\n"
    )
    write(tmp_path, staff_yaml=text.encode("cp932"))
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    assert declaration.people["0012"].postings == (Posting(*_keys("10"), starts=APRIL_FIRST),)
    assert [(p.section, p.title) for p in declaration.people["13"].postings] == [(None, "部長"), ("20", "課長事務取扱")]


def test_names_of_plain_codes_come_from_the_nations_list(tmp_path: Path) -> None:
    text = "- 団体コード: 272060\n- {団体コード: 270008, 公開先: [272060, 府内]}\n"
    text += "- {団体コード: 273813, 団体名: 太子町役場}\n"
    (tmp_path / "organizations-1.yaml").write_text(text)
    declaration, mistakes = read_folder(tmp_path)
    assert mistakes == []
    found = {key: declared.organization for key, declared in declaration.organizations.items()}
    assert [(o.name, o.kana) for o in found.values()] == [
        ("泉大津市", "イズミオオツシ"),
        ("大阪府", "オオサカフ"),
        ("太子町役場", ""),
    ]
    assert found[values.organization_key("270008")].opens_to == {"272060", "prefecture"}


def _keys(section: str) -> tuple[OrganizationKey, SectionKey]:
    return values.organization_key("272060"), values.section_key(section)
