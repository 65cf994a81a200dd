"""Writes the demonstration's folders: `python configs/demo/generate.py`. What it writes is committed.

泉大津市, its council and 大阪府 are written out here because the examples of the documents and the tests
name their people; the staff of the other bodies are drawn by name frequency, the same each time.
"""

import csv
import io
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from attrs import evolve, frozen
from kairan.codes import GovernmentCode, local_governments

from benchmarks.names import random_name

DEMO = Path(__file__).resolve().parent

ORGANIZATION_HEADER = ("団体コード", "団体名", "フリガナ", "公開先")
SECTION_HEADER = ("団体コード", "課コード", "課名", "フリガナ", "上位課コード", "並び順")
STAFF_HEADER = ("職員番号", "氏名", "フリガナ", "団体コード", "課コード", "役職", "内線", "権限", "発令日", "終了日")

Row = tuple[str, ...]


@frozen
class Staff:
    """One posting as a line of a file has it."""

    number: str
    name: str
    kana: str
    organization: str
    section: str
    title: str
    extension: str = ""
    role: str = ""
    starts: str = "R7.4.1"
    ends: str = ""

    def row(self) -> Row:
        """In the order of `STAFF_HEADER`, the blank of the name as wide as people type it."""
        name, kana = self.name.replace(" ", "　"), self.kana.replace(" ", "　")
        return (
            *(self.number, name, kana, self.organization, self.section),
            *(self.title, self.extension, self.role, self.starts, self.ends),
        )


# Section code, name, reading, section above.
TOWN = (
    ("10", "総務課", "ソウムカ", ""),
    ("20", "住民課", "ジュウミンカ", ""),
    ("30", "建設課", "ケンセツカ", ""),
)
CITY = (
    ("1000", "総務部", "ソウムブ", ""),
    ("1010", "総務課", "ソウムカ", "1000"),
    ("1020", "危機管理課", "キキカンリカ", "1000"),
    ("2010", "市民課", "シミンカ", ""),
)
LARGE_CITY = (
    ("1000", "総務局", "ソウムキョク", ""),
    ("1010", "人事課", "ジンジカ", "1000"),
    ("1020", "情報政策課", "ジョウホウセイサクカ", "1000"),
    ("2000", "危機管理室", "キキカンリシツ", ""),
    ("2010", "防災課", "ボウサイカ", "2000"),
    ("3010", "市民税課", "シミンゼイカ", ""),
)
IZUMIOTSU = (
    ("1000", "総務部", "ソウムブ", ""),
    ("1010", "危機管理課", "キキカンリカ", "1000"),
    ("1020", "人事課", "ジンジカ", "1000"),
    ("1030", "情報政策課", "ジョウホウセイサクカ", "1000"),
    ("2000", "市民部", "シミンブ", ""),
    ("2010", "市民課", "シミンカ", "2000"),
)
OSAKA = (
    ("1000", "総務部", "ソウムブ", ""),
    ("1010", "人事課", "ジンジカ", "1000"),
    ("1020", "市町村課", "シチョウソンカ", "1000"),
    ("2000", "危機管理室", "キキカンリシツ", ""),
    ("2010", "災害対策課", "サイガイタイサクカ", "2000"),
    ("3000", "スマートシティ戦略部", "スマートシティセンリャクブ", ""),
)
TOKYO = (
    ("1000", "総務局", "ソウムキョク", ""),
    ("1010", "人事部", "ジンジブ", "1000"),
    ("1020", "総合防災部", "ソウゴウボウサイブ", "1000"),
    ("2000", "デジタルサービス局", "デジタルサービスキョク", ""),
)
COUNCIL = (("10", "議会事務局", "ギカイジムキョク", ""),)

_CITIES = "272094 272108 272116 272124 272141 272159 272175 272213 272221 272230 272248 272264 272299 272311"
_TOWNS = "273015 273414 273813"

OSAKA_BODIES: dict[str, tuple[Row, ...]] = {
    "270008": OSAKA,
    "271403": LARGE_CITY,
    "272035": CITY,
    "272051": CITY,
    "272060": IZUMIOTSU,
    "272078": CITY,
    **dict.fromkeys(_CITIES.split(), CITY),
    **dict.fromkeys(_TOWNS.split(), TOWN),
    "272060/council": COUNCIL,
}
TOKYO_BODIES: dict[str, tuple[Row, ...]] = {"130001": TOKYO, "131016": CITY, "131041": CITY, "132080": CITY}

# Who lets whose people find its own; a pair finds each other where both do.
OPENS_TO = {
    "270008": "府内",
    "271403": "府内",
    "272035": "270008 272051",
    "272051": "270008 272035",
    "272060": "270008 271403 273414",
    "272078": "府内",
    "272094": "270008",
    "272230": "270008",
    "272311": "270008",
    "273015": "270008 272078",
    "273414": "府内",
    "273813": "270008",
    "130001": "都内",
    "131016": "130001",
    "131041": "都内",
}

# What an organisation declares beyond this lets any device sign in, so that the demonstration is quickly seen.
OPEN = ("sign_in: open",)
POLICIES: dict[str, tuple[str, ...]] = {
    # Stricter than the standard, which takes locations from certified devices.
    "273414": (*OPEN, "rules:", "  location: {internet: deny}"),
    "131041": (*OPEN, "sessions: {days: 30, idle_hours: 72}"),
}

IZUMIOTSU_STAFF = (
    Staff("100101", "辻 賢二", "ツジ ケンジ", "272060", "", "市長", "1001"),
    Staff("100102", "田中 宏", "タナカ ヒロシ", "272060", "1000", "総務部長", "1100"),
    Staff("100103", "山田 太郎", "ヤマダ タロウ", "272060", "1010", "課長", "1110"),
    Staff("100104", "髙橋 花子", "タカハシ ハナコ", "272060", "1010", "係長", "1111"),
    Staff("100105", "田中 美咲", "タナカ ミサキ", "272060", "1010", "主査", "1112"),
    Staff("100106", "鈴木 一郎", "スズキ イチロウ", "272060", "1010", "主事", "1113"),
    Staff("100107", "濵田 誠", "ハマダ マコト", "272060", "1010", "会計年度任用職員", "1114", "", "R7.4.1", "R12.3.31"),
    Staff("100108", "齋藤 恵子", "サイトウ ケイコ", "272060", "1020", "課長", "1120"),
    Staff("100109", "渡邉 直樹", "ワタナベ ナオキ", "272060", "1020", "係長", "1121"),
    Staff("100110", "田中 翔太", "タナカ ショウタ", "272060", "1020", "主事", "1122"),
    Staff("100111", "佐藤 健太", "サトウ ケンタ", "272060", "1030", "課長", "1130", "管理者"),
    Staff("100112", "山﨑 彩", "ヤマサキ アヤ", "272060", "1030", "係長", "1131"),
    Staff("100113", "伊藤 大輔", "イトウ ダイスケ", "272060", "1030", "主任", "1132"),
    # 併任: the first line of a staff number is the main posting.
    Staff("100113", "伊藤 大輔", "イトウ ダイスケ", "272060", "1010", "主任（併任）", "1115"),
    Staff("100114", "中村 香織", "ナカムラ カオリ", "272060", "2000", "市民部長", "1200"),
    Staff("100115", "小林 由美子", "コバヤシ ユミコ", "272060", "2010", "課長", "1210"),
    Staff("100116", "加藤 拓也", "カトウ タクヤ", "272060", "2010", "係長", "1211"),
    Staff("100117", "田中 智子", "タナカ トモコ", "272060", "2010", "主事", "1212"),
    Staff("100118", "吉田 修", "ヨシダ オサム", "272060", "2010", "主事", "1213"),
    Staff("100118", "吉田 修", "ヨシダ オサム", "272060", "1010", "災害時応援", "", "", "R7.4.1"),
)
COUNCIL_STAFF = (
    Staff("100201", "森 博", "モリ ヒロシ", "272060/council", "", "議長"),
    Staff("100202", "池田 幸子", "イケダ サチコ", "272060/council", "", "副議長"),
    Staff("100203", "橋本 茂", "ハシモト シゲル", "272060/council", "", "議員"),
    Staff("100204", "石川 真由美", "イシカワ マユミ", "272060/council", "", "議員"),
    Staff("100205", "阿部 徹", "アベ トオル", "272060/council", "", "議員"),
    # The one who belongs inside the wall and outside of it.
    Staff("100206", "前田 淳", "マエダ ジュン", "272060/council", "10", "事務局長", "1300", "管理者"),
    Staff("100206", "前田 淳", "マエダ ジュン", "272060", "1000", "参事（併任）", "1101"),
    Staff("100207", "岡田 千尋", "オカダ チヒロ", "272060/council", "10", "書記", "1301"),
    Staff("100208", "後藤 亮", "ゴトウ リョウ", "272060/council", "10", "書記", "1302"),
)
OSAKA_STAFF = (
    Staff("100301", "木村 隆", "キムラ タカシ", "270008", "1000", "総務部長", "2000"),
    Staff("100302", "林 陽子", "ハヤシ ヨウコ", "270008", "1010", "課長", "2010", "管理者"),
    Staff("100303", "清水 学", "シミズ マナブ", "270008", "1020", "課長", "2020"),
    Staff("100304", "田中 健一", "タナカ ケンイチ", "270008", "1020", "主査", "2021"),
    Staff("100305", "山口 裕子", "ヤマグチ ユウコ", "270008", "2000", "危機管理監", "2100"),
    Staff("100306", "松本 浩", "マツモト ヒロシ", "270008", "2010", "課長", "2110"),
    Staff("100307", "井上 沙織", "イノウエ サオリ", "270008", "2010", "主事", "2111"),
)
OTHER_STAFF = (
    Staff("100401", "近藤 明美", "コンドウ アケミ", "271403", "1020", "課長", "3120", "管理者"),
    Staff("100402", "田中 雄太", "タナカ ユウタ", "271403", "2010", "主事", "3211"),
    Staff("100501", "藤田 聡", "フジタ サトシ", "272035", "1020", "課長", "3320", "管理者"),
    Staff("100502", "田中 典子", "タナカ ノリコ", "272035", "2010", "主査", "3411"),
    Staff("100601", "坂本 勇", "サカモト イサム", "273414", "10", "課長", "3510", "管理者"),
)
TOKYO_STAFF = (
    Staff("300101", "小川 隆", "オガワ タカシ", "130001", "1010", "課長", "3010", "管理者"),
    Staff("300102", "石井 美穂", "イシイ ミホ", "130001", "1020", "課長", "3020"),
    Staff("300103", "田中 剛", "タナカ ツヨシ", "130001", "1020", "主事", "3021"),
    Staff("300104", "長谷川 葵", "ハセガワ アオイ", "131041", "1020", "課長", "3110", "管理者"),
)

# Staff number of each account that the demonstration shows, by server.
ACCOUNTS = {
    "osaka": "100103 100104 100106 100108 100110 100111 100113 100117 100201 100206 100207 "
    "100302 100303 100306 100307 100402 100502 100601",
    "tokyo": "300101 300102 300103 300104",
}

YAML_BODY = "273813"
CP932_BODY = "272060"
_STAFF_PER_BODY = {"270008": 24, "271403": 26, "272060": 8, "272060/council": 0}
_TITLES = ("課長", "課長補佐", "係長", "主査", "主任", "主事", "主事", "会計年度任用職員")


def main() -> None:
    """Write everything."""
    given = (*IZUMIOTSU_STAFF, *COUNCIL_STAFF, *OSAKA_STAFF, *OTHER_STAFF)
    osaka = write_server("osaka", OSAKA_BODIES, given, 17, 110_001)
    tokyo = write_server("tokyo", TOKYO_BODIES, TOKYO_STAFF, 9, 310_001)
    write_accounts({"osaka": osaka, "tokyo": tokyo})


def write_server(
    name: str, bodies: dict[str, tuple[Row, ...]], given: tuple[Staff, ...], per_body: int, first_number: int
) -> list[Staff]:
    """Write one server's folder; returns all lines of staff."""
    folder = DEMO / name
    folder.mkdir(exist_ok=True)
    organizations = (
        (key, "泉大津市議会" if "/" in key else "", "イズミオオツシギカイ" if "/" in key else "", OPENS_TO.get(key, ""))
        for key in bodies
    )
    write_csv(folder / "organizations.csv", ORGANIZATION_HEADER, organizations)
    sections = (
        (key, code, text, kana, parent, str(position))
        for key, found in bodies.items()
        for position, (code, text, kana, parent) in enumerate(found, start=1)
    )
    write_csv(folder / "sections.csv", SECTION_HEADER, sections)
    write_policies(folder / "policy.yaml", bodies)
    numbers = count(first_number)
    everybody: list[Staff] = []
    for key, found in bodies.items():
        own = [person for person in given if home(person, given) == key]
        own.extend(drawn(key, [row[0] for row in found], _STAFF_PER_BODY.get(key, per_body), numbers, bool(own)))
        everybody.extend(own)
        stem = f"staff-{key.replace('/', '-')}"
        if key == YAML_BODY:
            write_yaml(folder / f"{stem}.yaml", own)
        elif key == CP932_BODY:
            write_csv(folder / f"{stem}.csv", STAFF_HEADER, (s.row() for s in own), "cp932", "\r\n")
        else:
            write_csv(folder / f"{stem}.csv", STAFF_HEADER, (s.row() for s in own))
    return everybody


def home(person: Staff, given: Iterable[Staff]) -> str:
    """The body in whose file all lines of a person stand: that of the first."""
    return next(other.organization for other in given if other.number == person.number)


def drawn(key: str, sections: list[str], size: int, numbers: Iterator[int], has_admin: bool) -> Iterator[Staff]:
    """Staff for the rest of a body, the first of them its administrator if nobody is yet."""
    chance = random.Random(key)  # noqa: S311 - names, not secrets
    for index in range(size):
        name = random_name(chance)
        person = Staff(
            str(next(numbers)),
            name.name,
            name.kana,
            key,
            sections[index % len(sections)],
            _TITLES[min(index // len(sections) * 2 + index % 2, len(_TITLES) - 1)],
            str(4000 + index),
            "管理者" if index == 0 and not has_admin else "",
            chance.choice(("R5.4.1", "R6.4.1", "R7.4.1", "令和7年7月1日", "2024/4/1")),
        )
        yield person
        if index == size - 1 and len(sections) > 1:
            yield evolve(person, section=sections[0], title="併任", extension="", starts="R7.4.1")


def write_csv(path: Path, header: Row, rows: Iterable[Row], encoding: str = "utf-8", end: str = "\n") -> None:
    """A file as a spreadsheet saves it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def write_policies(path: Path, bodies: Iterable[str]) -> None:
    """What each body declares of sign-in and zones, with a remark whose it is."""
    lines = ["# Sign-in and zones of each organisation; what is not here is the standard of docs/zones.md."]
    for key in bodies:
        name = local_governments()[GovernmentCode(key[:6])].name + ("議会" if "/" in key else "")
        lines += [f"{key}: # {name}", *(f"  {line}" for line in POLICIES.get(key, OPEN))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_yaml(path: Path, staff: list[Staff]) -> None:
    """The same as YAML, the postings of a person as a list."""
    lines: list[str] = []
    for number in dict.fromkeys(person.number for person in staff):
        postings = [person for person in staff if person.number == number]
        lines += [f"- 職員番号: {number}", f"  氏名: {postings[0].name}", f"  フリガナ: {postings[0].kana}", "  所属:"]
        for person in postings:
            fields = dict(zip(STAFF_HEADER[3:], person.row()[3:], strict=True))
            lines.append("    - {" + ", ".join(f"{k}: {v}" for k, v in fields.items() if v) + "}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_accounts(servers: dict[str, list[Staff]]) -> None:
    """The sample accounts, each with a remark who it is."""
    lines = [
        "# The accounts that the demonstration shows, by server: staff numbers of that server's folder.",
        "# What they may do follows from their main posting; the operator of each server is made by `kairan stack`.",
    ]
    for server, staff in servers.items():
        lines.append(f"{server}:")
        for number in ACCOUNTS[server].split():
            first = next(person for person in staff if person.number == number)
            body = local_governments()[GovernmentCode(first.organization[:6])].name
            body += "議会" if "/" in first.organization else ""
            role = "organization_admin" if first.role else "staff"
            who = " ".join(word for word in (role, first.name, body, first.section, first.title) if word)
            lines.append(f'  - "{number}" # {who}')
    (DEMO / "accounts.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
