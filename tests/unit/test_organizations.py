"""Organisations, who sees whom, and sections as a tree."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kairan.organizations import (
    Organization,
    OrganizationKey,
    Section,
    SectionKey,
    find_cycle,
    in_tree_order,
    opens,
    parse_organization_key,
    parse_section_key,
    section_path,
    sees,
    visible_organizations,
)


def organization(key: str, opens_to: Iterable[str] = ()) -> Organization:
    return Organization(OrganizationKey(key), name=key, opens_to=frozenset(opens_to))


def registry(*organizations: Organization) -> Mapping[OrganizationKey, Organization]:
    return {one.key: one for one in organizations}


def sections(**parents: str | None) -> dict[SectionKey, Section]:
    return {
        SectionKey(key): Section(SectionKey(key), name=key, parent=SectionKey(parent) if parent else None)
        for key, parent in parents.items()
    }


IZUMIOTSU, SAKAI, OSAKA, CHIYODA = "272060", "271403", "270008", "131016"
COUNCIL = "272060/council"


@pytest.mark.parametrize("key", [IZUMIOTSU, COUNCIL, "272060/fire-2_b", "272060/" + "a" * 32])
def test_an_organisations_key_is_a_code_with_or_without_a_suffix(key: str) -> None:
    assert parse_organization_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "272060/",
        "272060/Council",
        "272060/1st",
        "272060/-a",
        "272060/a/b",
        "272060/" + "a" * 33,
        "272060/a\n",
        "272060/議会",
        "272061",
        "/council",
        "",
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"needed|wrong check digit"):
        parse_organization_key(key)


@pytest.mark.parametrize("key", ["1", "A-1.2_3", "z" * 32, "0010"])
def test_a_sections_code_is_as_the_municipality_numbers_it(key: str) -> None:
    assert parse_section_key(key) == key


@pytest.mark.parametrize("key", ["", "-1", ".a", "a b", "課", "z" * 33, "1\n", "a/b"])
def test_other_section_codes_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is not a section code"):
        parse_section_key(key)


def test_a_key_tells_whether_it_is_walled_and_its_prefecture() -> None:
    assert not organization(IZUMIOTSU).walled
    assert organization(COUNCIL).walled
    assert organization(COUNCIL).prefecture == organization(OSAKA).prefecture == "27"


@pytest.mark.parametrize("word", [SAKAI, "prefecture", "nation"])
def test_an_organisation_opens_to_keys_its_prefecture_or_the_nation(word: str) -> None:
    assert opens(organization(IZUMIOTSU, [word]), organization(SAKAI))


def test_the_prefecture_ends_at_its_border_and_the_nation_does_not() -> None:
    assert not opens(organization(IZUMIOTSU, ["prefecture"]), organization(CHIYODA))
    assert opens(organization(IZUMIOTSU, ["nation"]), organization(CHIYODA))


def test_one_sees_ones_own_organisation_whatever_it_opens_to() -> None:
    assert sees(organization(IZUMIOTSU), organization(IZUMIOTSU))
    assert sees(organization(COUNCIL), organization(COUNCIL))


def test_others_are_seen_only_where_both_sides_opened() -> None:
    closed, open_ = organization(IZUMIOTSU), organization(SAKAI, ["nation"])
    assert not sees(closed, open_)
    assert not sees(open_, closed)
    assert sees(organization(IZUMIOTSU, [SAKAI]), open_)
    assert sees(open_, organization(IZUMIOTSU, [SAKAI]))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([IZUMIOTSU, SAKAI, OSAKA, CHIYODA, COUNCIL, "prefecture", "nation"])),
    st.lists(st.sampled_from([IZUMIOTSU, SAKAI, OSAKA, CHIYODA, COUNCIL, "prefecture", "nation"])),
    st.sampled_from([IZUMIOTSU, SAKAI, COUNCIL]),
    st.sampled_from([IZUMIOTSU, CHIYODA, COUNCIL]),
)
def test_seeing_is_mutual(ours: list[str], theirs: list[str], our_key: str, their_key: str) -> None:
    us, them = organization(our_key, ours), organization(their_key, theirs)
    assert sees(us, them) == sees(them, us)


@pytest.mark.parametrize("other", [IZUMIOTSU, SAKAI, "272060/fire"])
def test_nobody_sees_into_a_walled_organisation_or_out_of_one(other: str) -> None:
    council = organization(COUNCIL, ["nation", other])
    outside = organization(other, ["nation", COUNCIL])
    assert not sees(outside, council)
    assert not sees(council, outside)


def test_what_a_person_sees_is_their_own_organisations_first_and_the_others_by_key() -> None:
    everyone = registry(
        organization(SAKAI, ["prefecture"]),
        organization(CHIYODA, ["nation"]),
        organization(OSAKA, ["prefecture"]),
        organization(IZUMIOTSU, ["prefecture"]),
        organization(COUNCIL, ["nation"]),
    )
    keys = [OrganizationKey(key) for key in (SAKAI, IZUMIOTSU, SAKAI)]
    assert visible_organizations(keys, everyone) == [SAKAI, IZUMIOTSU, OSAKA]


def test_postings_inside_and_outside_a_wall_see_both_sides() -> None:
    everyone = registry(
        organization(IZUMIOTSU, ["prefecture"]), organization(SAKAI, ["prefecture"]), organization(COUNCIL)
    )
    keys = [OrganizationKey(COUNCIL), OrganizationKey(IZUMIOTSU)]
    assert visible_organizations(keys, everyone) == [COUNCIL, IZUMIOTSU, SAKAI]
    assert visible_organizations(keys[:1], everyone) == [COUNCIL]


def test_without_a_posting_or_with_one_in_an_unknown_organisation_nothing_is_seen() -> None:
    everyone = registry(organization(SAKAI, ["nation"]))
    assert visible_organizations([], everyone) == []
    assert visible_organizations([OrganizationKey(OSAKA)], everyone) == []


def test_a_path_goes_from_the_top_down() -> None:
    tree = sections(bu=None, ka="bu", kakari="ka")
    assert [section.key for section in section_path(SectionKey("kakari"), tree)] == ["bu", "ka", "kakari"]
    assert section_path(SectionKey("none"), tree) == []


def test_a_missing_parent_ends_a_path_and_a_cycle_does_not_hang_it() -> None:
    assert [s.key for s in section_path(SectionKey("ka"), sections(ka="gone"))] == ["ka"]
    assert {s.key for s in section_path(SectionKey("a"), sections(a="b", b="c", c="a"))} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("tree", "cycle"),
    [
        (sections(), None),
        (sections(bu=None, ka="bu", kakari="ka", other="bu"), None),
        (sections(a="gone"), None),
        (sections(a="a"), ["a", "a"]),
        (sections(x="a", a="b", b="c", c="a"), ["a", "b", "c", "a"]),
    ],
)
def test_a_cycle_of_parents_is_named_in_order(tree: dict[SectionKey, Section], cycle: list[str] | None) -> None:
    assert find_cycle(tree) == cycle


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefgh")))
def test_a_named_cycle_is_one_and_without_one_every_section_stands_in_the_tree(parents: dict[str, str | None]) -> None:
    tree = sections(**parents)
    cycle = find_cycle(tree)
    placed = [section.key for _, section in in_tree_order(tree)]
    assert len(placed) == len(set(placed))
    if cycle is None:
        assert set(placed) == set(tree)
    else:
        assert cycle[0] == cycle[-1]
        assert all(tree[child].parent == parent for child, parent in pairwise(cycle))
        assert not set(cycle) & set(placed)


def test_the_tree_has_parents_before_children_and_siblings_by_position_then_key() -> None:
    tree = {
        SectionKey(key): Section(
            SectionKey(key), name=key, parent=SectionKey(parent) if parent else None, position=place
        )
        for key, parent, place in (
            ("b2", "b", 0),
            ("b1", "b", 0),
            ("a", None, 2),
            ("b", None, 1),
            ("b0", "b", 9),
            ("b1x", "b1", 0),
        )
    }
    assert [(depth, s.key) for depth, s in in_tree_order(tree)] == [
        (0, "b"),
        (1, "b1"),
        (2, "b1x"),
        (1, "b2"),
        (1, "b0"),
        (0, "a"),
    ]


def test_a_section_whose_parent_is_missing_stands_at_the_top_and_a_deep_tree_is_no_trouble() -> None:
    assert [(d, s.key) for d, s in in_tree_order(sections(ka="gone"))] == [(0, "ka")]
    deep = sections(s0=None, **{f"s{n}": f"s{n - 1}" for n in range(1, 3000)})
    assert [depth for depth, _ in in_tree_order(deep)] == list(range(3000))
    assert find_cycle(sections(s0=None, **{f"s{n}": f"s{n - 1}" for n in range(1, 300)})) is None
