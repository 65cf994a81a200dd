"""What the measurement of the policy's cost says, as tables."""

from collections.abc import Sequence

from benchmarks.report import table
from benchmarks.statistics import milliseconds, percentile
from benchmarks.zone_cost import OURS, STOCK, TWIN, Outcome, ratio

_ENGINES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
_SHARES = (("p50", 0.5), ("p95", 0.95))


def zone_cost_parts(outcomes: Sequence[Outcome]) -> list[str]:
    """Times, and what one server takes of another's."""
    times = [
        (
            f"{_ENGINES[each.engine]}, {name}",
            *(milliseconds(percentile(each.times[name], share)) for _, share in _SHARES),
            milliseconds(each.cpu_s[name]),
        )
        for each in outcomes
        for name in (OURS, STOCK, TWIN)
    ]
    ratios = [
        (f"{_ENGINES[each.engine]}, {label}", *(_ratio(each, one, share) for _, share in _SHARES), _cpu(each, one))
        for each in outcomes
        for label, one in (("with modules", OURS), ("the second without", TWIN))
    ]
    first = outcomes[0]
    return [
        f"{len(first.times[OURS])} sends to each server, into a room of {first.members:,} members.",
        table(("ms a send", "p50", "p95", "CPU"), times),
        table(("compared with the first without", "p50 (95 of 100)", "p95 (95 of 100)", "CPU"), ratios),
    ]


def _ratio(outcome: Outcome, one: str, share: float) -> str:
    found = ratio(outcome.times[one], outcome.times[STOCK], share)
    return f"{_percent(found.value)} ({_percent(found.low)} to {_percent(found.high)})"


def _cpu(outcome: Outcome, one: str) -> str:
    return _percent(outcome.cpu_s[one] / outcome.cpu_s[STOCK])


def _percent(value: float) -> str:
    return f"{(value - 1) * 100:+.1f} %"
