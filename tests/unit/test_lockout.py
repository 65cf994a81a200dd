"""How long passwords are not looked at after misses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kairan.lockout import (
    RULES,
    Misses,
    Scope,
    forgotten_after,
    keys,
    missed,
    network_of,
    remaining,
    wait_seconds,
)
from kairan.zones import Zone

PAIR = RULES[Scope.PAIR]


def after(misses: int, rule: Scope = Scope.PAIR, *, every: int = 0) -> Misses:
    """The count after so many misses, one every so many milliseconds."""
    count = Misses()
    for index in range(misses):
        count = missed(count, RULES[rule], index * every)
    return count


def test_five_misses_cost_nothing_and_each_further_one_more_than_the_last() -> None:
    waits = [wait_seconds(after(misses).count, PAIR) for misses in range(14)]
    assert waits == [0, 0, 0, 0, 0, 0, 30, 60, 120, 300, 900, 3600, 3600, 3600]


def test_the_wait_begins_with_the_miss_and_ends() -> None:
    count = after(6)
    assert [remaining(count, PAIR, now) for now in (0, 1, 29_999, 30_000, 10**9)] == [30_000, 29_999, 1, 0, 0]


def test_misses_are_forgotten_one_by_one() -> None:
    two_hours = 2 * 3600 * 1000
    assert missed(after(6), PAIR, two_hours) == Misses(6.0, two_hours)
    assert missed(after(6), PAIR, 5 * two_hours).count == 2.0
    assert missed(after(6), PAIR, 100 * two_hours).count == 1.0


@pytest.mark.parametrize("scope", list(Scope))
def test_a_count_means_nothing_any_more_when_it_is_deleted(scope: Scope) -> None:
    rule = RULES[scope]
    highest = after(rule.free + 3 * len(rule.waits), scope)
    later = forgotten_after(rule) * 1000
    assert remaining(highest, rule, later) == 0
    assert wait_seconds(missed(highest, rule, 3 * later).count, rule) == 0


def test_a_town_hall_that_mistypes_once_a_minute_all_day_is_not_shut_out() -> None:
    assert wait_seconds(after(24 * 60, Scope.ADDRESS, every=60_000).count, RULES[Scope.ADDRESS]) == 0


def test_a_guesser_who_waits_as_told_gets_34_tries_a_day_at_most() -> None:
    count, now, tries = Misses(), 0, 0
    while now < 24 * 3600 * 1000:
        count, tries = missed(count, PAIR, now), tries + 1
        now += max(remaining(count, PAIR, now), 1)
    assert tries <= 34


@given(st.floats(0, 1000), st.integers(0, 10**13), st.integers(-(10**10), 10**10))
def test_nobody_waits_longer_than_the_longest_wait_whatever_the_clock_does(count: float, last: int, ahead: int) -> None:
    for rule in RULES.values():
        assert 0 <= remaining(Misses(count, last), rule, last + ahead) <= rule.waits[-1] * 1000


@given(st.lists(st.integers(0, 10**7), max_size=40))
def test_a_count_never_falls_below_the_miss_just_made(pauses: list[int]) -> None:
    count, now = Misses(), 0
    for pause in pauses:
        now += pause
        count = missed(count, PAIR, now)
        assert count.count >= 1.0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_household_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_keys_differ_by_account_network_and_address_and_not_by_capitals() -> None:
    one = keys("@1001:a", Zone.LGWAN, "192.0.2.7")
    assert one == keys("@1001:A", Zone.LGWAN, "192.0.2.7")
    assert "1001" not in "".join(one.values())
    other = [
        keys("@1002:a", Zone.LGWAN, "192.0.2.7"),
        keys("@1001:a", Zone.INTERNET, "192.0.2.7"),
        keys("@1001:a", Zone.LGWAN, "192.0.2.8"),
    ]
    assert len({each[Scope.PAIR] for each in (one, *other)}) == 4
    assert len({each[Scope.ACCOUNT] for each in (one, *other)}) == 3
    assert len({each[Scope.ADDRESS] for each in (one, *other)}) == 3
    assert len({value for each in (one, *other) for value in each.values()}) == 10
