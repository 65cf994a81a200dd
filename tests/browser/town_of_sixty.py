"""The people that the pages' state tests look at: three organisations, sixty people, one with three postings."""

from typing import Any

from attrs import frozen

SERVER = "osaka.example"

ORGANIZATIONS: list[dict[str, Any]] = [
    {"organization": "272060", "name": "泉大津市", "kana": "イズミオオツシ", "own": True, "walled": False},
    {"organization": "270008", "name": "大阪府", "kana": "オオサカフ", "own": False, "walled": False},
    {"organization": "271403", "name": "堺市", "kana": "サカイシ", "own": False, "walled": False},
]

SECTIONS: dict[str, list[dict[str, Any]]] = {
    "272060": [
        {"section": "01", "name": "総務部", "parent": None},
        {"section": "0101", "name": "危機管理課", "parent": "01"},
        {"section": "010101", "name": "防災係", "parent": "0101"},
        {"section": "0102", "name": "人事課", "parent": "01"},
        {"section": "02", "name": "市民生活部", "parent": None},
        {"section": "0201", "name": "環境政策・脱炭素社会推進担当課長付事務局", "parent": "02"},
    ],
    "270008": [
        {"section": "A1", "name": "政策企画部", "parent": None},
        {"section": "A11", "name": "危機管理室", "parent": "A1"},
    ],
    "271403": [{"section": "S1", "name": "危機管理室", "parent": None}],
}

SURNAMES = (
    ("田中", "タナカ"),
    ("山本", "ヤマモト"),
    ("髙橋", "タカハシ"),
    ("斎藤", "サイトウ"),
    ("渡邉", "ワタナベ"),
    ("中村", "ナカムラ"),
)
GIVEN = (
    ("一郎", "イチロウ"),
    ("陽子", "ヨウコ"),
    ("健太", "ケンタ"),
    ("美咲", "ミサキ"),
    ("大輔", "ダイスケ"),
    ("直美", "ナオミ"),
    ("翔", "ショウ"),
    ("久美子", "クミコ"),
    ("誠", "マコト"),
    ("香織", "カオリ"),
)
TITLES = ("課長", "係長", "主査", "主任", "主事")


@frozen
class Place:
    """Where somebody is posted."""

    organization: str
    section: str | None


def section_path(place: Place) -> list[str]:
    """The names from the top section down."""
    known = {row["section"]: row for row in SECTIONS[place.organization]}
    path: list[str] = []
    step = place.section
    while step is not None:
        path.insert(0, known[step]["name"])
        step = known[step]["parent"]
    return path


def posting(place: Place, title: str = "", extension: str = "", **more: str) -> dict[str, Any]:
    """A posting as docs/rest.md has it."""
    name = next(row["name"] for row in ORGANIZATIONS if row["organization"] == place.organization)
    return {
        "organization": place.organization,
        "organization_name": name,
        "section": place.section,
        "section_path": section_path(place),
        "title": title,
        "extension": extension,
        "role": "staff",
        **more,
    }


def people() -> list[dict[str, Any]]:
    """Everybody. `@1001` is who signs in, `@1002` has three postings, `@1003` a very long name."""
    places = (
        [Place("272060", "0101")] * 6
        + [Place("272060", "010101")] * 5
        + [Place("272060", "0102")] * 25
        + [Place("270008", "A11")] * 15
        + [Place("271403", "S1")] * 9
    )
    everybody: list[dict[str, Any]] = []
    for index, place in enumerate(places):
        surname, surname_kana = SURNAMES[index % len(SURNAMES)]
        given, given_kana = GIVEN[(index // len(SURNAMES) + index) % len(GIVEN)]
        everybody.append(
            {
                "user_id": f"@{1001 + index}:{SERVER}",
                "name": f"{surname} {given}",
                "kana": f"{surname_kana} {given_kana}",
                "display_name": f"{surname} {given}",
                "postings": [posting(place, TITLES[index % len(TITLES)], str(2101 + index))],
            }
        )
    everybody[1]["postings"] += [
        posting(Place("272060", "0201"), "主幹（兼務）", "2950", ends="2027-03-31"),
        posting(Place("270008", "A11"), "", "5512", role="organization_admin"),
    ]
    everybody[2] |= {"name": "勅使河原 ヴィルヘルミーナ小百合", "kana": "テシガワラ ヴィルヘルミーナサユリ"}
    everybody[2]["postings"] = [posting(Place("272060", "0201"), "会計年度任用職員（環境学習推進員）", "2103")]
    return everybody
