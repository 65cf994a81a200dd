"""The columns that each kind of file may have, with the headers that people write for them."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from attrs import frozen


@frozen
class Column:
    """One column: its English name, its Japanese name, and other headers that mean the same."""

    name: str
    japanese: str
    others: tuple[str, ...] = ()
    required: bool = False

    @property
    def label(self) -> tuple[str, str]:
        """How messages call it, in Japanese and in English."""
        return f"「{self.japanese}」", f"'{self.name}'"


@frozen
class Kind:
    """One kind of file: the word that its name begins with, what it holds, and its columns."""

    name: str
    japanese: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that English name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns without which nothing can be read."""
        return tuple(column for column in self.columns if column.required)


def _column(name: str, japanese: str, others: str = "", *, required: bool = False) -> Column:
    return Column(name, japanese, tuple(others.split()), required)


# Other headers that mean a column, blanks between them; `plain_header` makes widths, case and marks alike.
_CODES = (
    "地方公共団体コード 全国地方公共団体コード 自治体コード 市区町村コード 市町村コード 団体CD 団体番号 "
    "org code organization_code"
)
_READINGS = "カナ よみ 読み 読み仮名 読みがな reading furigana"
_SECTION_CODES = "所属コード 部署コード 組織コード 課CD 部課コード section_code"
_PARENTS = "上位所属コード 上位部署コード 上位組織コード 親課コード 上位コード parent_section parent_code"
_STAFF_NUMBERS = (
    "職員No 職員コード 職員ID 職員CD 社員番号 社員No 社員コード 社員ID employee_number employee_id staff_no staff_id"
)
_PERSON_NAMES = "名前 職員名 職員氏名 姓名 漢字氏名 氏名漢字 full_name staff_name"
_PERSON_READINGS = "氏名フリガナ 氏名カナ カナ氏名 職員氏名カナ 職員名カナ"
_STARTS = "開始日 発令年月日 異動日 着任日 適用開始日 starts_on start from"
_ENDS = "満了日 終了年月日 任期満了日 任用満了日 適用終了日 ends_on end until"

_CODE = _column("organization", "団体コード", _CODES, required=True)

ORGANIZATIONS = Kind(
    "organizations",
    "団体",
    (
        _CODE,
        _column("name", "団体名", "名称 自治体名 市区町村名 市町村名 organization_name"),
        _column("kana", "フリガナ", f"団体名フリガナ 団体名カナ {_READINGS}"),
        _column("opens_to", "公開先", "公開範囲 公開先団体 公開先団体コード opens"),
        _column("display_name", "表示名", "表示名の形 表示名テンプレート display_name_template"),
    ),
)

SECTIONS = Kind(
    "sections",
    "課",
    (
        _CODE,
        _column("section", "課コード", _SECTION_CODES, required=True),
        _column("name", "課名", "所属名 部署名 組織名 部課名 名称 section_name", required=True),
        _column("kana", "フリガナ", f"課名フリガナ 課名カナ 所属名カナ 部署名カナ {_READINGS}"),
        _column("parent", "上位課コード", _PARENTS),
        _column("position", "並び順", "表示順 順番 順序 order sort"),
    ),
)

STAFF = Kind(
    "staff",
    "職員",
    (
        _column("staff_number", "職員番号", _STAFF_NUMBERS, required=True),
        _column("name", "氏名", _PERSON_NAMES, required=True),
        _column("kana", "フリガナ", f"{_PERSON_READINGS} {_READINGS}"),
        _CODE,
        _column("section", "課コード", _SECTION_CODES),
        _column("title", "役職", "役職名 職名 職位 肩書 job_title position"),
        _column("extension", "内線", "内線番号 内線No 内線電話 内線電話番号 電話内線 ext extension_number"),
        _column("role", "権限", "権限区分 役割 管理権限"),
        _column("starts", "発令日", _STARTS),
        _column("ends", "終了日", _ENDS),
    ),
)

KINDS = (ORGANIZATIONS, SECTIONS, STAFF)

_IGNORED = re.compile(r"[\s\-_.・:：'\"()\[\]/*※#＃]+")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def plain_header(text: str) -> str:
    """A header as it is compared: no widths, case, blanks, line breaks, marks, or `ナンバー` for `No`."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA_TO_KATAKANA)
    bare = _IGNORED.sub("", folded)
    return bare.replace("ナンバー", "no")


@cache
def headers(kind: Kind) -> Mapping[str, Column]:
    """Every header that this kind of file may have, plain, with its column."""
    return {plain_header(text): c for c in kind.columns for text in (c.name, c.japanese, *c.others)}


def find_column(kind: Kind, header: str) -> Column | None:
    """The column that a header means; None for a header that means none."""
    return headers(kind).get(plain_header(header))


def nearest_column(kind: Kind, header: str) -> Column | None:
    """The column that somebody who wrote this unknown header may have meant."""
    close = difflib.get_close_matches(plain_header(header), headers(kind), n=1, cutoff=0.5)
    return headers(kind)[close[0]] if close else None
