"""Benchmarks are believed, so what judges in them is tested: who ought to be found, percentiles, where tables go."""

import math

import pytest
from attrs import evolve
from kairan.organizations import OrganizationKey, SectionKey, sees
from kairan.people import Person, Posting

from benchmarks.nation import generate, stream
from benchmarks.queries import QUERIES, Wanted, half_width, hiragana, make_query, plain, who_ought_to_be_found
from benchmarks.report import between_markers
from benchmarks.statistics import milliseconds, percentile
from benchmarks.world import open_groups, open_prefectures

IZUMIOTSU = OrganizationKey("272060")
CRISIS, CITIZENS = SectionKey("0101"), SectionKey("0201")
SECTIONS = {(IZUMIOTSU, CRISIS): "総務部 危機管理課", (IZUMIOTSU, CITIZENS): "市民部 市民課"}

PEOPLE = [
    Person("1", "髙橋 さくら", "タカハシ サクラ", [Posting(IZUMIOTSU, CRISIS, "課長")]),
    Person("2", "高橋 健太", "タカハシ ケンタ", [Posting(IZUMIOTSU, CITIZENS, "主事")]),
    Person("3", "桜井 太郎", "サクライ タロウ", [Posting(IZUMIOTSU, CITIZENS), Posting(IZUMIOTSU, CRISIS)]),
]


def found(*words: str) -> set[str]:
    return who_ought_to_be_found(Wanted("", "", tuple(map(plain, words))), PEOPLE, SECTIONS)


def test_old_and_usual_forms_of_a_kanji_find_each_other() -> None:
    assert found("高橋") == found("髙橋") == {"1", "2"}


def test_a_reading_finds_kanji_and_names_in_kana_alike() -> None:
    assert found("サクラ") == found("さくら") == {"1", "3"}


def test_all_words_must_fit_one_posting() -> None:
    assert found("高橋", "市民課") == {"2"}
    assert found("桜井", "危機管理課") == {"3"}
    assert found("桜井", "危機管理課", "市民課") == set()


def test_parts_of_a_name_and_sections_above_find_people_but_nothing_across_two_texts() -> None:
    assert found("橋健") == {"2"}
    assert found("総務") == {"1", "3"}
    assert found("太郎さくら") == set()


def test_readings_are_written_as_people_and_old_systems_write_them() -> None:
    assert hiragana("ヤマダ タロウー") == "やまだ たろうー"
    assert half_width("ヤマダパー") == "ﾔﾏﾀﾞﾊﾟｰ"


def test_every_kind_of_query_about_a_colleague_ought_to_find_that_colleague() -> None:
    about = [kind for kind, (name, _) in enumerate(QUERIES) if "colleague" in name or "full name" in name]
    for kind in about:
        wanted = make_query(kind, PEOPLE[0], SECTIONS)
        if "yamada" not in wanted.text:
            assert "1" in who_ought_to_be_found(wanted, PEOPLE, SECTIONS), wanted
    assert len(QUERIES) == 20


def test_every_fifth_group_of_four_neighbours_sees_each_other_and_nobody_else_anybody() -> None:
    opened = list(open_groups(generate(40, 200, seed=1).organizations))
    seen = [sum(sees(one, other) for other in opened) for one in opened]
    assert seen == ([4] * 4 + [1] * 16) * 2


def test_open_prefectures_see_their_own_prefecture_only() -> None:
    opened = list(open_prefectures(evolve(o, opens_to=()) for o in generate(100, 200, seed=1).organizations))
    for one in opened:
        assert {o.prefecture for o in opened if sees(one, o)} == {one.prefecture}


def test_a_streamed_nation_is_the_same_as_a_whole_one() -> None:
    organizations, sections, people = stream(12, 500, seed=9)
    whole = generate(12, 500, seed=9)
    assert (organizations, sections, list(people)) == (whole.organizations, whole.sections, whole.people)


def test_percentiles_are_values_that_occurred() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 3.0, 5.0, 5.0]
    assert percentile([1.0, 2.0], 0.5) == 1.0
    assert math.isnan(percentile([], 0.5))
    assert [milliseconds(s) for s in (0.00123, 0.0999, 1.5, math.nan)] == ["1.2", "99.9", "1500", "–"]


def test_a_table_goes_between_its_own_markers_and_nothing_else_changes() -> None:
    page = "# A\n<!-- begin a -->\nold\n<!-- end a -->\n\n<!-- begin b -->\n<!-- end b -->\nend\n"
    once = between_markers(page, "a", "new")
    assert once == "# A\n<!-- begin a -->\nnew\n<!-- end a -->\n\n<!-- begin b -->\n<!-- end b -->\nend\n"
    assert between_markers(once, "a", "new") == once
    with pytest.raises(ValueError, match="begin c"):
        between_markers(page, "c", "new")
