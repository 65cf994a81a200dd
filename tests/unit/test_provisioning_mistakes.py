"""Every kind of mistake in a folder, with the exact place and value that is reported."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from kairan_provisioning.folder import read_folder

ORGANIZATIONS = "団体コード,団体名,公開先\n272060,,270008\n272060/council,泉大津市議会,\n"
SECTIONS = "団体コード,課コード,課名,上位課コード,並び順\n272060,10,総務部,,1\n272060,11,危機管理課,10,2\n"
STAFF_HEADER = "職員番号,氏名,フリガナ,団体コード,課コード,役職,内線,権限,発令日,終了日\n"
STAFF = STAFF_HEADER + "1001,山田 太郎,ヤマダ タロウ,272060,11,課長,1234,管理者,R6.4.1,\n"

Found = tuple[str, int, int, str, str]


def mistakes_of(folder: Path, files: Mapping[str, str | bytes]) -> list[Found]:
    """The mistakes of a sound folder with some files put in place of its own."""
    sound = {"organizations.csv": ORGANIZATIONS, "sections.csv": SECTIONS, "staff.csv": STAFF}
    for name, content in {**sound, **files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _, mistakes = read_folder(folder)
    return [(str(Path(m.path).relative_to(folder)), m.line, m.column, m.value, m.message) for m in mistakes]


def only(found: list[Found]) -> tuple[str, int, int, str]:
    """The place and value of the only mistake there is."""
    assert len(found) == 1, found
    return found[0][:4]


def staff(*lines: str) -> dict[str, str | bytes]:
    """A file of staff with these lines."""
    return {"staff.csv": STAFF_HEADER + "".join(f"{line}\n" for line in lines)}


def test_a_sound_folder_has_no_mistakes(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("line", "column", "value", "message"),
    [
        ("1001,山田 太郎,,272061,11,,,,,", 13, "272061", "272060 が正しい"),
        ("1001,山田 太郎,,272999,11,,,,,", 13, "272999", "検査数字"),
        ("1001,山田 太郎,,27206,11,,,,,", 13, "27206", "272060 ではありませんか"),
        ("1001,山田 太郎,,000000,11,,,,,", 13, "000000", "検査数字"),
        ("1001,山田 太郎,,990000,11,,,,,", 13, "990000", "検査数字"),
        ("1001,山田 太郎,,,11,,,,,", 13, "", "空欄"),
        ("1001,山田 太郎,,270008,,,,,,", 13, "270008", "organizations のファイルにありません"),
        ("1001,山田 太郎,,272060/Council,,,,,,", 13, "272060/Council", "英小文字"),
        ("1001,山田 太郎,,272060,99,,,,,", 20, "99", "sections のファイルにありません"),
        ("1001,山田 太郎,,272060,課,,,,,", 20, "課", "英数字"),
        ("1001,,,272060,11,,,,,", 6, "", "空欄"),
        ("1001,　,,272060,11,,,,,", 6, "　", "空欄"),
        (f"1001,{'山' * 300},,272060,11,,,,,", 6, "山" * 300, "300 文字"),
        ("1001,山田\0太郎,,272060,11,,,,,", 6, "山田\0太郎", "U+0000"),
        ("1001,山田\x1b[31m,,272060,11,,,,,", 6, "山田\x1b[31m", "U+001B"),
        ("1001,山田\u202e太郎,,272060,11,,,,,", 6, "山田\u202e太郎", "見えない文字"),
        ("1001,山田\ue000郎,,272060,11,,,,,", 6, "山田\ue000郎", "外字"),
        ("1001,山田\ufffd郎,,272060,11,,,,,", 6, "山田\ufffd郎", "文字化け"),
        ("1001,山田 太郎,山田,272060,11,,,,,", 12, "山田", "カナ以外"),
        ("職1,山田 太郎,,272060,11,,,,,", 1, "職1", "職員番号は"),
        (".1,山田 太郎,,272060,11,,,,,", 1, ".1", "職員番号は"),
        ("kairan_x,山田 太郎,,272060,11,,,,,", 1, "kairan_x", "ボット"),
        (",山田 太郎,,272060,11,,,,,", 1, "", "空欄"),
        ("1001,山田 太郎,,272060,11,,,王,,", 25, "王", "権限は"),
        (f"1001,山田 太郎,,272060,11,{'長' * 101},,,,", 23, "長" * 101, "101 文字"),
        (f"1001,山田 太郎,,272060,11,,{'1' * 33},,,", 24, "1" * 33, "33 文字"),
        ("1001,山田 太郎,,272060,11,,,,2024年2月30日,", 26, "2024年2月30日", "2024年2月30日という日はありません"),
        ("1001,山田 太郎,,272060,11,,,,2月30日,", 26, "2月30日", "日付として読めません"),
        ("1001,山田 太郎,,272060,11,,,,R6.13.1,", 26, "R6.13.1", "という日はありません"),
        ("1001,山田 太郎,,272060,11,,,,H36.4.1,", 26, "H36.4.1", "R6.4.1 ではありませんか"),
        ("1001,山田 太郎,,272060,11,,,,R1.4.1,", 26, "R1.4.1", "H31.4.1 ではありませんか"),
        ("1001,山田 太郎,,272060,11,,,,45383,", 26, "45383", "Excel の通し番号"),
        ("1001,山田 太郎,,272060,11,,,,24/4/1,", 26, "24/4/1", "日付として読めません"),
        ("1001,山田 太郎,,272060,11,,,,R6.4.1,R6.3.31", 33, "R6.3.31", "より前です"),
        ("1001,山田 太郎,,272060,11,,,,,,余分,", 28, "余分", "項目が多すぎます"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_reported_at_its_place(
    tmp_path: Path, line: str, column: int, value: str, message: str
) -> None:
    found = mistakes_of(tmp_path, staff(line))
    assert only(found) == ("staff.csv", 2, column, value)
    assert message in found[0][4]
    assert " / " in found[0][4]


def test_a_code_with_a_right_check_digit_that_nobody_has_is_unknown(tmp_path: Path) -> None:
    # 27 299 with the check digit 3 is given to no municipality.
    found = mistakes_of(tmp_path, staff("1001,山田 太郎,,279994,11,,,,,"))
    assert only(found) == ("staff.csv", 2, 13, "279994")
    assert "この番号の団体はありません" in found[0][4]


def test_the_same_number_for_two_people_names_the_other_line(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, staff("1001,山田 太郎,,272060,11,,,,,", "1001,山田 花子,,272060,10,,,,,"))
    assert only(found) == ("staff.csv", 3, 6, "山田 花子")
    assert "staff.csv:2 で「山田 太郎」です" in found[0][4]


def test_the_same_person_must_read_the_same(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, staff("1,東 翼,アズマ ツバサ,272060,11,,,,,", "1,東 翼,ヒガシ ツバサ,272060,10,,,,,"))
    assert only(found) == ("staff.csv", 3, 7, "ヒガシ ツバサ")


def test_the_same_posting_twice_is_refused(tmp_path: Path) -> None:
    line = "1001,山田 太郎,,272060,11,課長,,,,"
    found = mistakes_of(tmp_path, staff(line, "1001,山田　太郎,,２７２０６０,１１,課長,,,,"))
    assert only(found) == ("staff.csv", 3, 1, "1001")
    assert "同じ所属がもう一度" in found[0][4]


@pytest.mark.parametrize(
    ("header", "column", "value", "message"),
    [
        ("職員番号,氏名,団体コード,所属課コオド", 15, "所属課コオド", "「課コード」の誤りではありませんか"),
        ("職員番号,氏名,団体コード,emial", 15, "emial", "知らない列名です"),
        ("職員番号,氏名,団体コード,staff number", 15, "staff number", "「職員番号」の列が二つあります"),
        ("職員番号,団体コード,課コード", 1, "", "「氏名」の列がありません"),
    ],
)
def test_a_wrong_header_is_reported_at_its_place(
    tmp_path: Path, header: str, column: int, value: str, message: str
) -> None:
    found = mistakes_of(tmp_path, {"staff.csv": f"{header}\n"})
    assert only(found) == ("staff.csv", 1, column, value)
    assert message in found[0][4]


@pytest.mark.parametrize(
    ("lines", "place", "message"),
    [
        ("272060,10,総務部,99,", (2, 15, "99"), "99 は 272060 にありません"),
        ("272060,10,総務部,10,", (2, 15, "10"), "10 → 10"),
        ("272060,10,甲,12,\n272060,11,乙,10,\n272060,12,丙,11,", (2, 13, "12"), "10 → 12 → 11 → 10"),
        ("272060,10,甲,,\n272060,10,乙,,", (3, 8, "10"), "sections.csv:2 にもあります"),
        ("270008,10,甲,,", (2, 1, "270008"), "organizations のファイルにありません"),
        ("272060,10,,,", (2, 11, ""), "空欄"),
        ("272060,10,甲,,上", (2, 14, "上"), "並び順は"),
        ("272060,10,甲,,-1", (2, 14, "-1"), "並び順は"),
    ],
)
def test_a_wrong_section_is_reported_at_its_place(
    tmp_path: Path, lines: str, place: tuple[int, int, str], message: str
) -> None:
    header = "団体コード,課コード,課名,上位課コード,並び順\n"
    found = mistakes_of(tmp_path, {"sections.csv": f"{header}{lines}\n", "staff.csv": STAFF_HEADER})
    assert only(found) == ("sections.csv", *place)
    assert message in found[0][4]


def test_every_ring_of_sections_is_named(tmp_path: Path) -> None:
    rings = "団体コード,課コード,課名,上位課コード\n272060,1,甲,2\n272060,2,乙,1\n272060,3,丙,4\n272060,4,丁,3\n"
    found = mistakes_of(tmp_path, {"sections.csv": rings, "staff.csv": STAFF_HEADER})
    assert [m[1] for m in found] == [2, 4]


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("272060,,270008,\n272060,,,", (3, 1, "272060"), "organizations.csv:2 にもあります"),
        ("272060/council,,,", (2, 16, ""), "空欄"),
        ("272060,,隣の市,", (2, 9, "隣の市"), "隣の市"),
        ("272060,,270009,", (2, 9, "270009"), "270008 が正しい"),
        (f"272060,,,{{name}}{'あ' * 95}", (2, 10, f"{{name}}{'あ' * 95}"), "101 文字"),
        ("272060,,,{名前}", (2, 10, "{名前}"), "表示名の形"),
        ("272060,,,{organization}", (2, 10, "{organization}"), "表示名の形"),
        ("272060,,,{name", (2, 10, "{name"), "表示名の形"),
        ("272060,,,{name:>99999999}", (2, 10, "{name:>99999999}"), "表示名の形"),
        ("272060,,,{name.__class__}", (2, 10, "{name.__class__}"), "表示名の形"),
    ],
)
def test_a_wrong_organization_is_reported_at_its_place(
    tmp_path: Path, line: str, place: tuple[int, int, str], message: str
) -> None:
    files = {
        "organizations.csv": f"団体コード,団体名,公開先,表示名\n{line}\n",
        "sections.csv": "団体コード,課コード,課名\n",
    }
    found = mistakes_of(tmp_path, {**files, "staff.csv": STAFF_HEADER})
    assert only(found) == ("organizations.csv", *place)
    assert message in found[0][4]


def test_a_display_name_that_no_server_takes_is_reported_at_the_name(tmp_path: Path) -> None:
    files = {
        "organizations.csv": f"団体コード,団体名,表示名\n272060,{'市' * 100},\n",
        "sections.csv": f"団体コード,課コード,課名\n272060,11,{'課' * 100}\n",
        **staff(f"1001,{'名' * 60},,272060,11,,,,,"),
    }
    found = mistakes_of(tmp_path, files)
    assert only(found) == ("staff.csv", 2, 6, "名" * 60)
    assert "263 文字" in found[0][4]


def test_a_file_of_neither_encoding_names_line_and_byte(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, {"staff.csv": STAFF.encode("cp932") + b"1002,\xff\xff,,272060,11,,,,,\n"})
    assert only(found) == ("staff.csv", 3, 6, "0xFF")
    assert "6 バイト目" in found[0][4]


def test_a_utf8_file_with_a_cp932_line_is_mixed_from_there(tmp_path: Path) -> None:
    line = "1002,田中 花子,,272060,11,,,,,\n".encode("cp932")
    found = mistakes_of(tmp_path, {"staff.csv": STAFF.encode() + line})
    assert only(found)[:3] == ("staff.csv", 3, 6)
    assert "混ざっています" in found[0][4]


def test_a_cp932_file_with_a_utf8_line_is_mixed_though_cp932_takes_it(tmp_path: Path) -> None:
    line = "1002,田中,,272060,11,,,,,\n".encode()
    assert line.decode("cp932")
    found = mistakes_of(tmp_path, {"staff.csv": STAFF.encode("cp932") + line})
    assert only(found) == ("staff.csv", 3, 6, "0xE7 0x94 0xB0 0xE4 0xB8 0xAD")


def test_a_bad_byte_after_a_byte_order_mark_is_named_whatever_cp932_would_make_of_it(tmp_path: Path) -> None:
    line = "1002,田中,,272060,11,,,,,\n".encode("cp932")
    found = mistakes_of(tmp_path, {"staff.csv": STAFF.encode("utf-8-sig") + line})
    assert only(found)[:3] == ("staff.csv", 3, 6)


@pytest.mark.parametrize(("content", "name"), [("職員".encode("utf-16"), "UTF-16"), (b"PK\x03\x04", "Excel (xlsx)")])
def test_other_formats_are_called_by_their_name(tmp_path: Path, content: bytes, name: str) -> None:
    assert only(mistakes_of(tmp_path, {"staff.csv": content})) == ("staff.csv", 1, 1, name)


def test_a_spreadsheet_beside_the_files_is_not_passed_over(tmp_path: Path) -> None:
    assert only(mistakes_of(tmp_path, {"staff-new.xlsx": b"PK"})) == ("staff-new.xlsx", 1, 1, ".xlsx")


@pytest.mark.parametrize("name", ["staff.csv", "staff.yaml", "sections-2.csv"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_an_empty_file_is_a_mistake(tmp_path: Path, name: str, content: bytes) -> None:
    found = mistakes_of(tmp_path, {name: content})
    assert only(found) == (name, 1, 1, "")
    assert "中身がありません" in found[0][4]


def test_a_folder_without_files_and_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    assert [str(m) for m in read_folder(tmp_path)[1]] == [
        f"{tmp_path}:1:1: organizations、sections、staff で始まる CSV・YAML のファイルがありません / "
        "no CSV or YAML file here begins with organizations, sections or staff"
    ]
    gone = tmp_path / "none"
    assert [(m.path, m.line) for m in read_folder(gone)[1]] == [(str(gone), 1)]


def test_a_file_that_cannot_be_opened_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "staff-2.csv").symlink_to(tmp_path / "nowhere")
    assert only(mistakes_of(tmp_path, {}))[:3] == ("staff-2.csv", 1, 1)


def test_an_open_quotation_mark_is_reported_where_it_opens(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, staff("1001,山田 太郎,,272060,11,,,,,", '1002,"田中 花子,,272060,11,,,,,', "1003,x"))
    assert only(found)[:3] == ("staff.csv", 3, 6)
    assert "引用符" in found[0][4]


def test_lines_are_physical_after_quoted_breaks_and_with_every_line_end(tmp_path: Path) -> None:
    text = STAFF_HEADER + '1001,"山田\n太郎",,272060,"1\n1",,,,,\n\n1002,田中 花子,,272061,11,,,,,\n'
    for end in ("\n", "\r\n", "\r"):
        found = mistakes_of(tmp_path, {"staff.csv": text.replace("\n", end)})
        assert [m[:4] for m in found] == [
            ("staff.csv", 3, 13, f"1{end}1"),
            ("staff.csv", 6, 13, "272061"),
        ]


def test_yaml_mistakes_carry_line_and_column(tmp_path: Path) -> None:
    files = {
        "staff.csv": STAFF_HEADER,
        "staff-1.yaml": "- 職員番号: 1001\n  氏名: [山田\n",
        "staff-2.yaml": "- 職員番号: 1002\n  氏名: 田中 花子\n  所属:\n    - {団体コード: 272060, 課コード: 99}\n",
        "staff-3.yaml": "- 職員番号: 1003\n  名 前 達: 鈴木\n  氏名: 鈴木 一\n  団体コード: 272060\n",
        "staff-4.yaml": "職員番号: 1004\n",
        "staff-5.yaml": "- 1005\n- 職員番号: 1\n  職員No: 2\n  氏名: {a: b}\n",
        "staff-6.yaml": "- 職員番号: \x07\n",
    }
    assert [m[:4] for m in mistakes_of(tmp_path, files)] == [
        ("staff-1.yaml", 3, 1, "expected ',' or ']', but got '<stream end>'"),
        ("staff-2.yaml", 4, 29, "99"),
        ("staff-3.yaml", 2, 3, "名 前 達"),
        ("staff-4.yaml", 1, 1, ""),
        ("staff-5.yaml", 1, 3, "1005"),
        ("staff-5.yaml", 2, 3, ""),
        ("staff-5.yaml", 2, 3, ""),
        ("staff-5.yaml", 3, 3, "職員No"),
        ("staff-5.yaml", 4, 7, ""),
        ("staff-6.yaml", 1, 9, "\x07"),
    ]


def test_all_mistakes_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    files = {
        "b/staff.csv": STAFF_HEADER + "x y,,,272061,,,,,,\n",
        "organizations.csv": "団体コード\n272061\n272060\n",
    }
    assert [m[:3] for m in mistakes_of(tmp_path, files)] == [
        ("b/staff.csv", 2, 1),
        ("b/staff.csv", 2, 5),
        ("b/staff.csv", 2, 7),
        ("organizations.csv", 2, 1),
    ]


def test_a_report_cannot_move_the_cursor(tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("職員番号,氏名,団体コード\n1,\x1b[2J山田\u202e,272060\n")
    lines = [str(m) for m in read_folder(tmp_path)[1]]
    assert all(line.isprintable() for line in lines)
    assert any("(\\u001b[2J山田\\u202e)" in line for line in lines)
