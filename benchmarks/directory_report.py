"""What the directory's measurement says, as tables."""

from collections.abc import Callable, Sequence

from benchmarks.directory import NEIGHBOURS, Outcome
from benchmarks.queries import QUERIES
from benchmarks.report import table
from benchmarks.searching import Asked, Shown
from benchmarks.statistics import milliseconds, percentile

_Side = Callable[[Asked], Shown]

_ENGINES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}


def _kairan(asked: Asked) -> Shown:
    return asked.kairan


def _synapse(asked: Asked) -> Shown:
    return asked.synapse


def directory_parts(outcomes: Sequence[Outcome]) -> list[str]:
    """The tables with a sentence before each."""
    return [
        "All 20 kinds of queries, in ms; the ratio is Synapse's p50 by Kairan's. *Found something*: the same for the "
        "queries to which Synapse's own search gave anybody at all.",
        table(
            ("case", "Kairan p50", "p95", "Synapse p50", "p95", "ratio", "found something: Kairan", "Synapse", "ratio"),
            [_times(outcome) for outcome in outcomes],
        ),
        "How many of the searchers' own matches that fit the first page were on it, and how many people were shown of "
        "whom the searcher should not know.",
        table(
            ("case", "own, Kairan", "own, Synapse", "strangers, Kairan", "strangers, Synapse"),
            [_quality(outcome) for outcome in outcomes],
        ),
        "The first query of an organisation after a start loads its index (cold). The floor is an authenticated "
        "request that does nothing.",
        table(
            (
                "case",
                "queries",
                "cold",
                "cold p50",
                "cold max",
                "warm p50",
                "warm p95",
                "floor Kairan",
                "floor Synapse",
            ),
            [_temperature(outcome) for outcome in outcomes],
        ),
        "Memory of Kairan's process, in MB: started, after these queries, with every organisation's index.",
        table(
            ("case", "started", "asked", "all indexes", "loading all, s", "filling the database, s"),
            [_memory(outcome) for outcome in outcomes if outcome.opened == NEIGHBOURS],
        ),
        *_growth(outcomes),
        *_kinds(outcomes),
    ]


def growth(outcomes: Sequence[Outcome], engine: str, opened: str) -> tuple[Outcome, Outcome, float] | None:
    """The smallest nation, the largest with organisations of the same mean size, and by what Kairan's p50 grew."""
    comparable = [o for o in outcomes if o.engine == engine and o.opened == opened]
    if not comparable:
        return None
    small = min(comparable, key=lambda o: o.size.people)
    mean = small.size.people / small.size.organizations
    large = max(
        (o for o in comparable if abs(o.size.people / o.size.organizations / mean - 1) < 0.1),
        key=lambda o: o.size.people,
    )
    if small is large:
        return None
    return small, large, _p(large.asked, _kairan, 0.5) / _p(small.asked, _kairan, 0.5)


def _growth(outcomes: Sequence[Outcome]) -> list[str]:
    rows = []
    for engine, opened in dict.fromkeys((o.engine, o.opened) for o in outcomes):
        found = growth(outcomes, engine, opened)
        if found:
            small, large, factor = found
            rows.append(
                (
                    f"{_ENGINES[engine]}, {opened} opened",
                    f"{small.size.people:,} → {large.size.people:,}",
                    f"{factor:.2f}",
                    f"{_cpu(large):.1f} / {_cpu(small):.1f} = {_cpu(large) / _cpu(small):.2f}",
                    f"{_p(large.asked, _synapse, 0.5) / _p(small.asked, _synapse, 0.5):.2f}",
                )
            )
    header = ("case", "people", "Kairan's p50 grew", "its processor time (p50, ms)", "Synapse's p50 grew")
    return ["With organisations of the same mean size:", table(header, rows)] if rows else []


def _kinds(outcomes: Sequence[Outcome]) -> list[str]:
    parts = []
    for outcome in outcomes:
        # The other engine's would say the same again.
        if outcome.opened == NEIGHBOURS and outcome.engine == outcomes[0].engine:
            rows = []
            for name, _ in QUERIES:
                asked = [each for each in outcome.asked if each.kind == name]
                if asked:
                    times = [
                        milliseconds(_p(asked, side, share)) for side in (_kairan, _synapse) for share in (0.5, 0.95)
                    ]
                    rows.append((name, *times, _own(asked, _kairan), _own(asked, _synapse)))
            header = ("query", "Kairan p50", "p95", "Synapse p50", "p95", "own, Kairan", "own, Synapse")
            parts += [f"By kind of query, {_case(outcome)}:", table(header, rows)]
    return parts


def _case(outcome: Outcome) -> str:
    size = outcome.size
    return f"{_ENGINES[outcome.engine]}, {size.people:,} people in {size.organizations:,}, {outcome.opened} opened"


def _times(outcome: Outcome) -> tuple[str, ...]:
    found = [each for each in outcome.asked if each.synapse.people]
    all_of_them = outcome.asked
    return (
        _case(outcome),
        milliseconds(_p(all_of_them, _kairan, 0.5)),
        milliseconds(_p(all_of_them, _kairan, 0.95)),
        milliseconds(_p(all_of_them, _synapse, 0.5)),
        milliseconds(_p(all_of_them, _synapse, 0.95)),
        f"{_p(all_of_them, _synapse, 0.5) / _p(all_of_them, _kairan, 0.5):.1f}",
        milliseconds(_p(found, _kairan, 0.5)),
        milliseconds(_p(found, _synapse, 0.5)),
        f"{_p(found, _synapse, 0.5) / _p(found, _kairan, 0.5):.1f}",
    )


def _quality(outcome: Outcome) -> tuple[str, ...]:
    return (
        _case(outcome),
        _own(outcome.asked, _kairan),
        _own(outcome.asked, _synapse),
        str(sum(each.kairan.strangers for each in outcome.asked)),
        str(sum(each.synapse.strangers for each in outcome.asked)),
    )


def _temperature(outcome: Outcome) -> tuple[str, ...]:
    cold = [each for each in outcome.asked if each.cold]
    warm = [each for each in outcome.asked if not each.cold]
    return (
        _case(outcome),
        f"{len(outcome.asked)} from {outcome.asked_from} organisations",
        f"{len(cold) / len(outcome.asked):.0%}",
        milliseconds(_p(cold, _kairan, 0.5)),
        milliseconds(_p(cold, _kairan, 1.0)),
        milliseconds(_p(warm, _kairan, 0.5)),
        milliseconds(_p(warm, _kairan, 0.95)),
        milliseconds(percentile(outcome.kairan_floor, 0.5)),
        milliseconds(percentile(outcome.synapse_floor, 0.5)),
    )


def _memory(outcome: Outcome) -> tuple[str, ...]:
    everything = "–" if outcome.memory_all is None else f"{outcome.memory_all:.0f}"
    loading = "–" if outcome.all_indexes_s is None else f"{outcome.all_indexes_s:.0f}"
    numbers = (f"{outcome.memory_started:.0f}", f"{outcome.memory_asked:.0f}", everything, loading)
    return (_case(outcome), *numbers, f"{outcome.fill_s:.0f}")


def _own(asked: Sequence[Asked], side: _Side) -> str:
    return f"{sum(side(each).own for each in asked)} of {sum(side(each).fitting for each in asked)}"


def _cpu(outcome: Outcome) -> float:
    """What a query takes of the processor in Kairan's process, p50 in ms: it does not depend on who else runs."""
    return percentile([each.cpu_s for each in outcome.asked], 0.5) * 1000


def _p(asked: Sequence[Asked], side: _Side, share: float) -> float:
    return percentile([side(each).seconds for each in asked], share)
