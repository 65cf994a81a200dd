"""What the measurement of the policy's cost says, as tables."""

from collections.abc import Callable, Sequence

from benchmarks.report import table
from benchmarks.statistics import milliseconds, percentile
from benchmarks.zone_cost import OURS, STOCK, TWIN, Outcome, Sends, ratio

_ENGINES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
_SHARES = (("p50", 0.5), ("p95", 0.95))
_MEASURES: dict[str, Callable[[Sends], Sequence[float]]] = {
    "answer": lambda sends: sends.seconds,
    "CPU": lambda sends: sends.cpu_s,
}


def zone_cost_parts(outcomes: Sequence[Outcome]) -> list[str]:
    """Times, and what one server takes of another's."""
    columns = [f"{name} {share}" for name in _MEASURES for share, _ in _SHARES]
    return [part for each in outcomes for part in _parts(each, columns)]


def _parts(outcome: Outcome, columns: Sequence[str]) -> list[str]:
    taken = [
        (
            name,
            *(milliseconds(percentile(of(sends), share)) for of in _MEASURES.values() for _, share in _SHARES),
            milliseconds(sends.process_s),
            f"{sum(sends.transactions) / len(sends.transactions):.2f}",
        )
        for name, sends in outcome.sends.items()
    ]
    stock = outcome.sends[STOCK]
    compared = [
        (
            label,
            *(_ratio(of(sends), of(stock), share) for of in _MEASURES.values() for _, share in _SHARES),
            _percent(sends.process_s / stock.process_s),
        )
        for label, sends in (("with modules", outcome.sends[OURS]), ("the second without", outcome.sends[TWIN]))
    ]
    rounds = len(stock.seconds)
    return [
        f"{_ENGINES[outcome.engine]}: {rounds} sends to each server, into a room of {outcome.members:,} members.",
        table(("ms a send", *columns, "CPU of the process", "transactions"), taken),
        table(("more than the first without", *columns, "CPU of the process"), compared),
    ]


def _ratio(one: Sequence[float], other: Sequence[float], share: float) -> str:
    found = ratio(one, other, share)
    return f"{_percent(found.value)} ({_percent(found.low)} to {_percent(found.high)})"


def _percent(value: float) -> str:
    return f"{(value - 1) * 100:+.1f} %"
