"""What the measurements of provisioning say, as tables."""

from collections.abc import Sequence

from benchmarks import apply, memberships, provisioning
from benchmarks.report import table

_ENGINES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}


def provisioning_parts(results: Sequence[provisioning.Compared]) -> list[str]:
    """Accounts a second."""
    rows = [
        (
            f"{_ENGINES[each.engine]}, {'with' if each.passwords else 'without'} passwords",
            f"{each.ours.per_second:.0f}",
            f"{each.admin.per_second:.1f}",
            f"{each.admin_at_once.per_second:.1f}",
            f"{each.ours.per_second / each.admin.per_second:.0f}",
            f"{each.ours.per_second / each.admin_at_once.per_second:.0f}",
        )
        for each in results
    ]
    header = ("accounts a second", "Kairan", "admin API", "admin API, eight at a time", "ratio", "ratio to eight")
    return [table(header, rows)]


def membership_parts(results: Sequence[memberships.Compared]) -> list[str]:
    """Joins a second."""
    rows = [
        (
            f"{_ENGINES[each.engine]}, {f'rooms of {each.members:,}' if each.members else 'new rooms'}",
            f"{each.ours.per_second:.1f}",
            f"{each.admin.per_second:.1f}",
            f"{each.ours.per_second / each.admin.per_second:.1f}",
        )
        for each in results
    ]
    return [table(("joins a second", "Kairan", "admin API one by one", "ratio"), rows)]


def apply_parts(outcome: apply.Outcome) -> list[str]:
    """The durations of the runs, and what was found."""
    kinds = ("accounts", "people", "rooms", "places", "joins")
    rows = [
        (kind, *(f"{getattr(counts, kind):,}" for counts in (outcome.killed_at, outcome.found, outcome.expected)))
        for kind in kinds
    ]
    return [
        f"The first run was killed with SIGKILL after {_minutes(outcome.killed_s)}. The next went on and was done in "
        f"{_minutes(outcome.rest_s)}; one more found nothing to do, in {_minutes(outcome.nothing_s)}.",
        table(("on the server", "when killed", "at the end", "declared"), rows),
    ]


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"
