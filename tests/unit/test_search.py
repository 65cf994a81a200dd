"""The staff directory search: what is found, in which order, and how much of it is read."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kairan.organizations import OrganizationKey, SectionKey
from kairan.people import UserID
from kairan.search import DirectoryEntry, OrganizationDirectory, Page, Query, Search, search

IZUMIOTSU, SAKAI, OSAKA = OrganizationKey("272060"), OrganizationKey("271403"), OrganizationKey("270008")
CRISIS, PERSONNEL, CARE = SectionKey("0101"), SectionKey("0102"), SectionKey("0201")
PATHS = {
    CRISIS: ("総務部", "危機管理課"),
    PERSONNEL: ("総務部", "人事課"),
    CARE: ("福祉部", "地域包括ケア推進課", "給付係"),
}


def entry(
    number: int | str,
    name: str,
    kana: str = "",
    section: SectionKey | None = CRISIS,
    *,
    organization: OrganizationKey = IZUMIOTSU,
    title: str = "",
    extension: str = "",
    main: bool = True,
) -> DirectoryEntry:
    return DirectoryEntry(
        user_id=UserID(f"@{number}:osaka.example"),
        name=name,
        kana=kana,
        display_name=f"{name}（泉大津市）",
        organization=organization,
        section=section,
        section_path=PATHS[section] if section else (),
        title=title,
        extension=extension,
        main=main,
    )


PEOPLE = [
    entry(1, "山田 太郎", "ヤマダ タロウ", CRISIS, title="課長", extension="2345"),
    entry(2, "山田 花子", "ヤマダ ハナコ", PERSONNEL, title="主査", extension="2400"),
    entry(3, "小山田 実", "オヤマダ ミノル", CARE, extension="2-346"),
    entry(4, "髙橋 惠", "タカハシ メグミ", PERSONNEL),
    entry(5, "高橋 一郎", "タカハシ イチロウ", CRISIS, title="課長補佐"),
    entry(6, "渡邊 純一郎", "ワタナベ ジュンイチロウ", CARE),
    entry(7, "渡辺 陽子", "ワタナベ ヨウコ", CARE),
    entry(8, "佐々木 さくら", "ササキ サクラ", CRISIS),
    entry(9, "関ケ原 修", "セキガハラ オサム", CRISIS),
    entry(10, "齋藤 健一", "サイトウ ケンイチ", PERSONNEL),
    entry(11, "大野 みづき", "オオノ ミヅキ", CARE),
    entry(12, "佐野 海", "サノ ウミ", CARE),
    entry(13, "井上 直美", "イノウエ ナオミ", CARE),
    entry(14, "本間 伸也", "ホンマ シンヤ", PERSONNEL),
    entry(15, "Smith John", "スミス ジョン", PERSONNEL, extension="PHS 7001"),
    entry(16, "ひかり ジョージ", "", CRISIS),
    entry("s.tanaka", "田中 総務", "タナカ ソウム", CARE),
    entry(18, "首長", "", None, title="市長"),
]
DIRECTORY = OrganizationDirectory(IZUMIOTSU, PEOPLE)


def numbers(entries: Iterable[DirectoryEntry]) -> list[int | str]:
    found = [one.user_id[1:].partition(":")[0] for one in entries]
    return [int(number) if number.isdigit() else number for number in found]


def matching(text: str, directory: OrganizationDirectory = DIRECTORY) -> list[int | str]:
    return numbers(match.entry for match in directory.matches(Query.parse(text)))


def page(
    directories: Iterable[OrganizationDirectory],
    text: str,
    *,
    sections: Iterable[tuple[OrganizationKey, SectionKey]] = (),
    own: int = 1,
    limit: int = 10,
    offset: int = 0,
) -> Page:
    return search(directories, Query.parse(text), own_sections=frozenset(sections), own=own, limit=limit, offset=offset)


# --- what is found ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("山田", [1, 2, 3]),
        ("太郎", [1]),
        ("山田太郎", [1]),
        ("山田 太郎", [1]),
        ("山田\u3000太郎", [1]),
        ("山田\u00a0太郎", [1]),
        ("山田・太郎", [1]),
        ("山田、太郎", [1]),
        ("太郎 山田", [1]),
        ("山田 太", [1]),
        ("田太", [1]),
        ("やまだ", [1, 2, 3]),
        ("ヤマダタロウ", [1]),
        ("ﾔﾏﾀﾞ", [1, 2, 3]),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", [1]),
        ("やまd", [1, 2, 3]),
        ("やまｄ", [1, 2, 3]),
        ("yamada", [1, 2, 3]),
        ("YAMADA TARO", [1]),
        ("Yamada, Tarō", [1]),
        ("yamadatarou", [1]),
        ("taro yamada", [1]),
        ("yamad", [1, 2, 3]),
        ("ｙａｍａｄａ", [1, 2, 3]),
        ("高橋", [5, 4]),
        ("髙橋", [5, 4]),
        ("高橋恵", [4]),
        ("渡部", []),
        ("渡邉", [6, 7]),
        ("佐佐木", [8]),
        ("佐々", [8]),
        ("関ヶ原", [9]),
        ("関が原", [9]),
        ("関ヶ", [9]),
        ("ケ原", [9]),
        ("斉藤", [10]),
        ("Ken'ichi", [10]),
        ("kenichi", [10]),
        ("けんいt", [10]),
        ("ohno", [11]),
        ("おーの", [11]),
        ("おうの", [11]),
        ("みずき", [11]),
        ("miduki", [11]),
        ("うみ", [12]),
        ("umi", [12, 15, 4]),
        ("さのうみ", [12]),
        ("sanoumi", [12]),
        ("sano umi", [12]),
        ("ue", [13]),
        ("うえ", [13]),
        ("homma", [14]),
        ("hom", [14]),
        ("shin'ya", [14]),
        ("sinnya", [14]),
        ("smith", [15]),
        ("john smith", [15]),
        ("sumisu", [15]),
        ("ひかり", [16]),
        ("joji", [16]),
        ("じょうじ", [16]),
        ("市長", [18]),
        ("首", [18]),
    ],
)
def test_a_person_is_found_by_any_spelling_of_any_part_of_the_name(text: str, found: list[int]) -> None:
    assert matching(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("危機管理", [8, 9, 5, 16, 1]),
        ("危機管理課 山田", [1]),
        ("山田 総務部", [1, 2]),
        ("給付係", [13, 11, 3, 12, "s.tanaka", 6, 7]),
        ("包括ケア 渡辺", [6, 7]),
        ("包括ｹｱ わたなべ ヨウコ", [7]),
        ("課長", [5, 1]),
        ("課長 たかはし", [5]),
        ("人事 主査", [2]),
        ("総務", ["s.tanaka", 10, 8, 15, 9, 5, 4, 16, 14, 1, 2]),
        ("福祉 総務部", []),
    ],
)
def test_a_person_is_found_by_section_and_title_in_kana_order(text: str, found: list[int | str]) -> None:
    assert matching(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2345", [1]),
        ("２３４５", [1]),
        ("23", [3, 1]),
        ("345", []),
        ("2-346", [3]),
        ("2346", [3]),
        ("7001", [15]),
        ("phs7001", [15]),
        ("山田 2345", [1]),
        ("2345 山田", [1]),
        ("山田 2346", [3]),
        ("高橋 2345", []),
    ],
)
def test_an_extension_is_found_by_its_first_digits(text: str, found: list[int]) -> None:
    assert matching(text) == found


@pytest.mark.parametrize("text", ["s.tanaka", "S.Tanaka", "@s.tanaka:osaka.example", "＠s.tanaka:osaka.example"])
def test_a_person_is_found_by_the_whole_localpart_or_the_whole_user_id(text: str) -> None:
    assert matching(text) == ["s.tanaka"]
    assert DIRECTORY.matches(Query.parse(text))[0].quality == 0


@pytest.mark.parametrize(
    "text", ["s.tanak", "@s.tanaka", "@s.tanaka:osaka", "@s.tanaka:osaka.example.com", ":osaka.example", "@", "@:"]
)
def test_a_part_of_a_user_id_finds_nobody(text: str) -> None:
    assert matching(text) == []


def test_a_localpart_of_digits_is_found_beside_extensions() -> None:
    assert matching("18") == [18]
    assert matching("1") == [1]


# --- what is not found ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000\u00a0\t\n",
        "・",
        "\u200b\ufeff",
        "\x00",
        "\x01\x02\x03",
        ",",
        "、 ,",
        " " * 10_000,
        "\U000e0100" * 10_000,
    ],
)
def test_a_query_without_a_letter_is_empty_and_finds_nobody(text: str) -> None:
    assert Query.parse(text).empty
    assert matching(text) == []
    assert page([DIRECTORY], text) == Page((), limited=False)


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".*",
        "[",
        "(",
        "\\",
        "^山田$",
        "山.太",
        "%",
        "_",
        "*",
        "?",
        "|",
        "\ud800",
        "山\ud800",
        "\x01山",
        "\x02山\x03",
    ],
)
def test_marks_mean_only_themselves(text: str) -> None:
    assert matching(text) in ([], matching("山"))
    assert ("山" in text and text.strip("\x01\x02\x03") == "山") == bool(matching(text))


@pytest.mark.parametrize(
    "text",
    ["郎山", "太郎ヤマダ", "田危機", "危機管理課人事課", "2345課長", "課長総務", "子小", "ろうやまだ", "tarouyama"],
)
def test_no_word_fits_across_fields_or_people(text: str) -> None:
    assert matching(text) == []


def test_all_words_fit_the_same_posting() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "山田 太郎", "ヤマダ タロウ", CRISIS, title="主査", main=True),
            entry(1, "山田 太郎", "ヤマダ タロウ", PERSONNEL, title="課長", main=False),
        ],
    )
    assert [match.entry.section for match in directory.matches(Query.parse("山田 課長"))] == [PERSONNEL]
    assert matching("危機管理 課長", directory) == []
    assert matching("人事 主査", directory) == []


@pytest.mark.parametrize(
    "text",
    [
        "山" * 10_000,
        "山 " * 10_000,
        "あ" * 257,
        " ".join(map(str, range(3000))),
        "a" * 10_000,
        "山田 " + "\ud800" * 10_000,
    ],
)
def test_a_query_of_ten_thousand_characters_is_answered_at_once(text: str) -> None:
    started = time.perf_counter()
    found = matching(text)
    assert time.perf_counter() - started < 0.5
    assert found == (matching("山") if text.startswith("山 ") else [])


@settings(deadline=None)
@given(st.text())
def test_no_query_is_an_error_and_whoever_is_found_has_the_words(text: str) -> None:
    query = Query.parse(text)
    everybody = {one.user_id for one in PEOPLE}
    assert {match.entry.user_id for match in DIRECTORY.matches(query)} <= everybody
    assert not (query.empty and DIRECTORY.matches(query))


@settings(deadline=None)
@given(st.lists(st.sampled_from("山田太郎髙橋ヤマダtaro2345危機 　・\x00\x01\x02\x03\ud800"), max_size=8).map("".join))
def test_more_words_never_find_more(text: str) -> None:
    assert set(matching(f"{text} 山田")) <= set(matching("山田"))


# --- the order ---


def test_the_quality_of_the_match_comes_before_kana() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "阿部 森", "アベ モリ"),
            entry(2, "森田 葵", "モリタ アオイ"),
            entry(3, "森 葵", "モリ アオイ"),
            entry(4, "相川 蓮", "アイカワ レン", title="森林官"),
            entry(5, "大森 葵", "オオモリ アオイ"),
            entry(6, "森", ""),
        ],
    )
    assert matching("森", directory) == [6, 3, 2, 1, 5, 4]
    assert matching("もり", directory) == [3, 2, 1, 5]
    assert matching("mori", directory) == [3, 2, 1, 5]


def test_a_whole_name_in_two_words_comes_first_in_either_order() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "原田 一", "アラダ ハジメ"),
            entry(2, "原 田一", "ハラ タイチ"),
            entry(3, "原田 一郎", "ハラダ イチロウ"),
        ],
    )
    for text in ("原田 一", "一 原田", "原田一"):
        assert matching(text, directory)[:1] == [1], text
    assert matching("はらだ いちろう", directory)[:1] == [3]


def test_a_whole_name_comes_before_names_that_hold_its_words() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "小野 愛純", "オノ アジュン"),
            entry(2, "小野 純", "オノ ジュン"),
            entry(3, "河野 純", "コウノ ジュン"),
        ],
    )
    for text in ("小野 純", "純 小野", "おの じゅん", "じゅん　オノ", "ono jun", "Jun Ohno"):
        assert matching(text, directory)[0] == 2, text


def test_a_whole_name_comes_first_among_many_too() -> None:
    many_more = [entry(n, "小野 愛純", "オノ アジュン") for n in range(10, 60)]
    directory = OrganizationDirectory(IZUMIOTSU, [*many_more, entry(2, "小野 純", "オノ ジュン")])
    for text in ("小野 純", "じゅん おの", "ono jun"):
        assert matching(text, directory)[0] == 2, text
        assert len(matching(text, directory)) == 51, text


def test_a_whole_surname_comes_before_the_beginning_of_one() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "金子 蓮", "カネコ レン"),
            entry(2, "金 蓮", "キン レン"),
            entry(3, "木田 蓮", "キダ レン"),
            entry(4, "木 蓮", "キ レン"),
        ],
    )
    assert matching("金", directory) == [2, 1]
    assert matching("き", directory) == [4, 3, 2]
    assert matching("ki", directory) == [4, 3, 2]


def test_a_name_in_latin_letters_is_whole_in_either_order() -> None:
    directory = OrganizationDirectory(IZUMIOTSU, [entry(3, "原田 一郎", "ハラダ イチロウ")])
    assert [match.quality for match in directory.matches(Query.parse("Ichirō Harada"))] == [0]


def test_equal_matches_stand_in_kana_order_and_then_by_user_id() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(5, "佐藤 葵", "サトウ アオイ"),
            entry(4, "佐藤 愛", "サトウ アイ"),
            entry(3, "佐藤 葵", "サトウ アオイ"),
            entry(2, "佐藤 がく", "サトウ ガク"),
            entry(1, "佐藤 かつ", "サトウ カツ"),
            entry(6, "佐藤 菊", "サトウ キク"),
        ],
    )
    assert matching("佐藤", directory) == [4, 3, 5, 2, 1, 6]
    assert numbers(directory.entries) == numbers(directory.people()) == [4, 3, 5, 2, 1, 6]


def test_own_section_comes_first_then_own_organisations_then_the_others_as_given() -> None:
    def body(organization: OrganizationKey, first: int) -> OrganizationDirectory:
        return OrganizationDirectory(
            organization,
            [
                entry(first, "田中 葵", "タナカ アオイ", PERSONNEL, organization=organization),
                entry(first + 1, "田中 蓮", "タナカ レン", CRISIS, organization=organization),
                entry(first + 2, "中田中 愛", "ナカタナカ アイ", CRISIS, organization=organization),
            ],
        )

    found = page([body(IZUMIOTSU, 10), body(SAKAI, 20), body(OSAKA, 30)], "田中", sections=[(IZUMIOTSU, CRISIS)])
    assert numbers(found.entries) == [11, 12, 10, 20, 21, 22, 30, 31, 32]
    assert not found.limited


def test_own_organisations_share_one_order_and_so_do_own_sections() -> None:
    def body(organization: OrganizationKey, *people: DirectoryEntry) -> OrganizationDirectory:
        return OrganizationDirectory(organization, people)

    own = [
        body(
            SAKAI,
            entry(1, "田中 蓮", "タナカ レン", PERSONNEL, organization=SAKAI),
            entry(2, "相田中 愛", "アイタナカ アイ", PERSONNEL, organization=SAKAI),
            entry(3, "田中 う", "タナカ ウ", CRISIS, organization=SAKAI),
        ),
        body(
            IZUMIOTSU,
            entry(4, "田中 葵", "タナカ アオイ", PERSONNEL),
            entry(5, "田中 い", "タナカ イ", CRISIS),
            entry(6, "田中 え", "タナカ エ", CRISIS),
        ),
    ]
    sections = [(SAKAI, CRISIS), (IZUMIOTSU, CRISIS)]
    assert numbers(page(own, "田中", sections=sections, own=2).entries) == [5, 3, 6, 4, 1, 2]


def test_a_person_with_several_postings_appears_once_at_the_best_place() -> None:
    home = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "田中 葵", "タナカ アオイ", PERSONNEL, main=True),
            entry(1, "田中 葵", "タナカ アオイ", CRISIS, main=False),
            entry(2, "田中 愛", "タナカ アイ", PERSONNEL),
        ],
    )
    away = OrganizationDirectory(SAKAI, [entry(2, "田中 愛", "タナカ アイ", CARE, organization=SAKAI)])
    found = page([home, away], "田中", sections=[(IZUMIOTSU, CRISIS)])
    assert [(one.user_id, one.section) for one in found.entries] == [
        ("@1:osaka.example", CRISIS),
        ("@2:osaka.example", PERSONNEL),
    ]
    assert numbers(page([home], "田中").entries) == [2, 1]
    assert [one.section for one in page([home], "田中").entries] == [PERSONNEL, PERSONNEL]


# --- paging, and how much is read ---


def counted(directories: Sequence[OrganizationDirectory], read: list[int]) -> Iterator[OrganizationDirectory]:
    for directory in directories:
        read.append(len(read))
        yield directory


def many(organization: OrganizationKey, first: int, count: int) -> OrganizationDirectory:
    return OrganizationDirectory(
        organization,
        [entry(first + n, f"田中 {n:03}", "タナカ ア", organization=organization) for n in range(count)],
    )


def test_if_23_of_a_name_work_here_the_first_10_are_all_from_here_and_limited_is_true() -> None:
    read: list[int] = []
    found = page(counted([many(IZUMIOTSU, 100, 23), many(SAKAI, 200, 500)], read), "田中")
    assert {one.organization for one in found.entries} == {IZUMIOTSU}
    assert len(found.entries) == 10
    assert found.limited
    assert len(read) == 1


def test_no_more_organisations_are_read_than_the_page_needs() -> None:
    bodies = [many(OrganizationKey(f"{n}"), 100 * n, 4) for n in range(1, 10)]
    for limit, offset, needed in ((3, 0, 1), (4, 0, 2), (7, 0, 2), (8, 0, 3), (3, 4, 2), (2, 30, 9), (100, 0, 9)):
        read: list[int] = []
        found = page(counted(bodies, read), "田中", limit=limit, offset=offset)
        assert len(read) == needed, (limit, offset)
        assert found.limited == (limit + offset < 36)


def test_all_own_organisations_are_read_because_they_share_one_order() -> None:
    read: list[int] = []
    page(counted([many(OrganizationKey(f"{n}"), 100 * n, 40) for n in range(1, 6)], read), "田中", own=3)
    assert len(read) == 3


def test_an_empty_query_reads_nothing() -> None:
    read: list[int] = []
    assert page(counted([DIRECTORY], read), "・ ") == Page((), limited=False)
    assert read == []


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    bodies = [many(OrganizationKey(f"{n}"), 100 * n, 7) for n in range(1, 5)]
    whole = page(bodies, "田中", own=2, limit=100)
    assert not whole.limited
    for size in (1, 3, 5, 28):
        pages = [page(bodies, "田中", own=2, limit=size, offset=offset) for offset in range(0, 28, size)]
        assert [one for part in pages for one in part.entries] == list(whole.entries)
        assert [part.limited for part in pages] == [True] * (len(pages) - 1) + [False]
    assert page(bodies, "田中", own=2, limit=10, offset=28) == Page((), limited=False)


def test_a_limit_of_nothing_says_only_whether_there_is_somebody() -> None:
    assert page([DIRECTORY], "山田", limit=0) == Page((), limited=True)
    assert page([DIRECTORY], "該当", limit=0) == Page((), limited=False)


def test_a_searcher_without_an_organisation_of_their_own_gets_the_others_as_given() -> None:
    assert numbers(page([many(SAKAI, 200, 1), many(OSAKA, 100, 1)], "田中", own=0).entries) == [200, 100]


def test_a_search_can_be_fed_one_organisation_at_a_time() -> None:
    state = Search(Query.parse("田中"), own_sections=frozenset(), own=1, limit=5)
    assert not state.enough
    assert not state.add(many(IZUMIOTSU, 100, 3))
    assert state.add(many(SAKAI, 200, 3))
    assert numbers(state.page().entries) == [100, 101, 102, 200, 201]
    assert state.page() == state.page()
    assert state.page().limited


def test_a_search_can_leave_out_own_organisations_and_be_narrowed_to_a_section() -> None:
    state = Search(Query.parse("山田"), own_sections=frozenset(), own=2, limit=5)
    state.add(DIRECTORY, own=False, section=PERSONNEL)
    assert numbers(state.page().entries) == [2]
    state = Search(Query.parse("山田"), own_sections=frozenset(), own=2, limit=1)
    assert state.add(DIRECTORY, own=False)


# --- the index itself ---


def test_people_are_listed_once_in_kana_order_of_everybody_or_of_one_section() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(2, "山田 花子", "ヤマダ ハナコ", PERSONNEL),
            entry(1, "相川 蓮", "アイカワ レン", CRISIS, main=False),
            entry(1, "相川 蓮", "アイカワ レン", PERSONNEL, main=True),
            entry(3, "無名", "", None),
        ],
    )
    assert [(one.user_id[1], one.section) for one in directory.people()] == [
        ("1", PERSONNEL),
        ("2", PERSONNEL),
        ("3", None),
    ]
    assert [one.user_id[1] for one in directory.people(PERSONNEL)] == ["1", "2"]
    assert [one.main for one in directory.people(CRISIS)] == [False]
    assert directory.people(SectionKey("none")) == []
    assert len(directory) == 4


def test_an_organisation_without_people_is_searched_too() -> None:
    empty = OrganizationDirectory(SAKAI, [])
    assert len(empty) == 0
    assert empty.people() == []
    for text in ("山田", "yamada", "1", "@1:osaka.example"):
        assert matching(text, empty) == []


def test_names_with_the_indexs_own_separators_mix_nothing_up() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [
            entry(1, "山\x01田 \x02太\x03郎", "ヤ\x02マダ\x01 タロウ", title="課\x02長", extension="23\x0245"),
            entry(2, "\ud800 \x00", "\x01\x02", extension="\x01"),
            entry(3, "佐藤 葵", "サトウ アオイ"),
        ],
    )
    assert matching("山田太郎", directory) == matching("やまだ", directory) == matching("課長", directory) == [1]
    assert matching("佐藤", directory) == matching("さとうあおい", directory) == [3]
    assert matching("\ud800", directory) == [2]


def test_a_part_that_repeats_itself_is_ranked_by_where_it_stands() -> None:
    directory = OrganizationDirectory(
        IZUMIOTSU,
        [entry(1, "百々 もも", "モモ モモ"), entry(2, "桃井 もも", "モモイ モモ"), entry(3, "友 もも", "トモ モモ")],
    )
    assert matching("もも", directory) == [1, 2, 3]
    assert matching("も", directory) == [1, 2, 3]
    assert matching("momo", directory) == [1, 2, 3]
    assert matching("ももも", directory)[0] == 1


def test_a_surname_of_any_length_is_no_trouble() -> None:
    directory = OrganizationDirectory(IZUMIOTSU, [entry(n, "山" * n + " 太", "ヤ" * n + " タ") for n in range(1, 60)])
    assert matching("山" * 5, directory)[:2] == [5, 6]
    assert len(matching("山" * 59, directory)) == 1


def split(names: str) -> list[tuple[str, str]]:
    return re.findall("([^ァ-ー ]+)([ァ-ー]+)", names)


SURNAMES = "佐藤サトウ 髙橋タカハシ 渡邊ワタナベ 大野オオノ 小野オノ 今野コンノ 河野コウノ 本間ホンマ 井上イノウエ"
GIVEN = "太郎タロウ 純一ジュンイチ 海ウミ 裕子ユウコ 翔ショウ 渚ナギサ"
CROWD = OrganizationDirectory(
    IZUMIOTSU,
    [
        entry(n, f"{surname} {given}", f"{kana} {given_kana}")
        for n, ((surname, kana), (given, given_kana)) in enumerate(product(split(SURNAMES), split(GIVEN)))
    ],
)


@settings(deadline=None)
@given(st.sampled_from(CROWD.entries), st.data())
def test_anybody_is_found_by_any_part_of_name_and_reading(person: DirectoryEntry, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([person.name, person.kana]))
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    if part := text[first:last].strip():
        assert person.user_id in {match.entry.user_id for match in CROWD.matches(Query.parse(part))}
        assert person.user_id in {match.entry.user_id for match in CROWD.matches(Query.parse(part.replace(" ", "")))}


@pytest.mark.parametrize("person", CROWD.entries, ids=lambda person: person.name)
def test_a_whole_name_puts_its_bearer_first(person: DirectoryEntry) -> None:
    for text in (person.name, person.name.replace(" ", ""), " ".join(person.name.split()[::-1]), person.kana):
        first = CROWD.matches(Query.parse(text))[0]
        assert first.quality == 0, text
        assert first.entry == person, text
