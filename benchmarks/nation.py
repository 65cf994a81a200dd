"""Makes a nation to measure with: municipalities with sections and staff, the same for the same seed.

    python benchmarks/nation.py FOLDER --organizations 206 --people 108886 --seed 1

writes a folder for `kairan plan`; `generate(...)` gives the same as the domain's types.
"""

import argparse
import csv
import datetime
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attrs import frozen
from kairan.codes import LocalGovernment, local_governments
from kairan.organizations import Organization, OrganizationKey, Reach, Section, SectionKey
from kairan.people import Person, Posting, Role

from benchmarks.names import random_name

HEADERS = {
    "organizations": ("団体コード", "公開先"),
    "sections": ("団体コード", "課コード", "課名", "上位課コード", "並び順"),
    "staff": ("職員番号", "氏名", "フリガナ", "団体コード", "課コード", "役職", "内線", "権限", "発令日"),
}

_DEPARTMENTS = (
    ("総務部", ("総務課", "人事課", "財政課", "情報政策課", "契約検査課")),
    ("市民部", ("市民課", "税務課", "保険年金課", "人権推進課")),
    ("福祉部", ("福祉課", "高齢介護課", "障害福祉課", "子育て支援課")),
    ("都市部", ("都市計画課", "建築指導課", "道路課", "下水道課")),
    ("危機管理部", ("危機管理課", "消防防災課")),
    ("教育部", ("教育総務課", "学校教育課", "生涯学習課", "図書館")),
    ("産業部", ("産業振興課", "農政課", "観光課")),
    ("環境部", ("環境政策課", "廃棄物対策課")),
    ("健康部", ("健康づくり課", "保健所")),
    ("水道部", ("水道総務課", "浄水課")),
)
_TITLES = (("課長", 1), ("課長補佐", 2), ("係長", 4), ("主査", 6), ("主任", 10), ("主事", 20), ("会計年度任用職員", 8))
_TITLE_BAG = [title for title, weight in _TITLES for _ in range(weight)]
_PEOPLE_PER_SECTION = 20
_CONCURRENT_SHARE = 0.03
_START = datetime.date(2026, 4, 1)
_SIZES = {"prefecture": 9.0, "city": 3.0, "special_ward": 5.0, "town": 0.7, "village": 0.3}


@frozen
class Nation:
    """What was made. Sections are by organisation, parents before children."""

    organizations: list[Organization]
    sections: dict[OrganizationKey, list[Section]]
    people: list[Person]


def generate(organizations: int, people: int, seed: int) -> Nation:
    """A nation of so many municipalities and members of staff.

    Args:
        organizations: at most the nation's own count without wards of cities, 1,792 or so; beyond that walled
            organisations (councils) are added to the first ones.
        people: at least one for each organisation.
    Raises:
        ValueError: more organisations or fewer people than that.
    """
    made, sections, found = stream(organizations, people, seed)
    return Nation(made, sections, list(found))


def stream(
    organizations: int, people: int, seed: int
) -> tuple[list[Organization], dict[OrganizationKey, list[Section]], Iterator[Person]]:
    """The same with the people one by one, organisation by organisation, for nations that memory should not hold."""
    chance = random.Random(seed)
    keys = _keys(organizations)
    made = [
        Organization(
            OrganizationKey(key),
            government.name if key == government.code else f"{government.name}議会",
            opens_to=[] if "/" in key else [Reach.PREFECTURE.value],
        )
        for key, government in keys
    ]
    sizes = _sizes([government.kind for _, government in keys], people, chance)
    sections = {o.key: list(_sections(size)) for o, size in zip(made, sizes, strict=True)}
    places = {key: [s.key for s in found if s.parent is not None] for key, found in sections.items()}
    return made, sections, _people(made, sizes, places, chance)


def _keys(count: int) -> list[tuple[str, LocalGovernment]]:
    governments = [g for g in local_governments().values() if g.kind != "ward"]
    # Every kind in its share: the list has all of a prefecture together, so that a step through it is a fair sample.
    if count <= len(governments):
        step = len(governments) / count if count else 1.0
        return [(g.code, g) for g in (governments[int(index * step)] for index in range(count))]
    councils = count - len(governments)
    if councils > len(governments):
        raise ValueError(f"at most {2 * len(governments)} organisations are possible")
    return [(g.code, g) for g in governments] + [(f"{g.code}/council", g) for g in governments[:councils]]


def _sizes(kinds: list[str], people: int, chance: random.Random) -> list[int]:
    """How many work where: a few large ones, many small ones, at least one each."""
    if people < len(kinds):
        raise ValueError("every organisation needs somebody")
    weights = [_SIZES[kind] * chance.lognormvariate(0, 0.7) for kind in kinds]
    spare, total = people - len(kinds), sum(weights)
    sizes = [1 + int(spare * weight / total) for weight in weights]
    for index in range(people - sum(sizes)):
        sizes[index % len(sizes)] += 1
    return sizes


def _sections(size: int) -> Iterator[Section]:
    wanted = max(2, size // _PEOPLE_PER_SECTION)
    number = 0
    while number < wanted:
        for index, (department, names) in enumerate(_DEPARTMENTS):
            # A large organisation has the same departments again, as its branch offices (第2…) do.
            around = number // sum(len(names) for _, names in _DEPARTMENTS)
            suffix = f"第{around + 1}" if around else ""
            top = SectionKey(f"{around}{index}00")
            yield Section(top, f"{department}{suffix}", position=int(top))
            for place, name in enumerate(names, start=1):
                key = SectionKey(f"{around}{index}{place:02}")
                yield Section(key, f"{name}{suffix}", parent=top, position=place)
                number += 1
                if number >= wanted:
                    return


def _people(
    organizations: list[Organization],
    sizes: list[int],
    places: dict[OrganizationKey, list[SectionKey]],
    chance: random.Random,
) -> Iterator[Person]:
    number = 0
    for organization, size in zip(organizations, sizes, strict=True):
        own = places[organization.key]
        for index in range(size):
            number += 1
            name = random_name(chance)
            at = index % len(own)
            title = "課長" if index < len(own) else _TITLE_BAG[int(chance.random() * len(_TITLE_BAG))]
            role = Role.ORGANIZATION_ADMIN if index == 0 else Role.STAFF
            postings = [Posting(organization.key, own[at], title, f"{1000 + index % 9000}", role, _START)]
            if len(own) > 1 and chance.random() < _CONCURRENT_SHARE:
                postings.append(Posting(organization.key, own[at - 1], "主幹（併任）", "", Role.STAFF, _START))
            yield Person(f"{number:07}", name.name, name.kana, postings)


def write_folder(folder: Path, nation: Nation) -> None:
    """Write it as an administrator would: one file of staff per prefecture, every third as Excel saves it in CP932."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "organizations.csv",
        "organizations",
        ((o.key, " ".join(sorted(o.opens_to))) for o in nation.organizations if not o.walled),
    )
    walled = [o for o in nation.organizations if o.walled]
    if walled:
        _write_rows(folder / "organizations-walled.csv", ("団体コード", "団体名"), ((o.key, o.name) for o in walled))
    _write(
        folder / "sections.csv",
        "sections",
        ((k, s.key, s.name, s.parent or "", str(s.position)) for k, found in nation.sections.items() for s in found),
    )
    prefectures: dict[str, list[Person]] = {}
    for person in nation.people:
        prefectures.setdefault(person.postings[0].organization[:2], []).append(person)
    for index, (prefecture, people) in enumerate(sorted(prefectures.items())):
        encoding = "cp932" if index % 3 == 2 else "utf-8-sig"
        rows = (_staff_row(person, posting) for person in people for posting in person.postings)
        _write(folder / f"staff-{prefecture}.csv", "staff", rows, encoding)


def _staff_row(person: Person, posting: Posting) -> tuple[str, ...]:
    starts = posting.starts
    return (
        person.localpart,
        person.name.replace(" ", "\u3000"),
        person.kana.replace(" ", "\u3000"),
        posting.organization,
        posting.section or "",
        posting.title,
        posting.extension,
        "管理者" if posting.role is Role.ORGANIZATION_ADMIN else "",
        f"R{starts.year - 2018}.{starts.month}.{starts.day}" if starts else "",
    )


def _write(path: Path, kind: str, rows: Iterable[tuple[str, ...]], encoding: str = "utf-8") -> None:
    _write_rows(path, HEADERS[kind], rows, encoding)


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--organizations", type=int, default=206)
    parser.add_argument("--people", type=int, default=108_886)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write_folder(arguments.folder, generate(arguments.organizations, arguments.people, arguments.seed))


if __name__ == "__main__":
    main()
