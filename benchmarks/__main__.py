"""`python -m benchmarks [directory|provisioning|memberships|zone_cost|apply]`: measure, and write docs/benchmarks.md.

Without a name it is all but `apply`, which takes an hour or more.
"""

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from attrs import frozen
from kairan_provisioning.progress import Reporter
from rich.console import Console

from benchmarks import apply, directory, memberships, provisioning, zone_cost
from benchmarks.databases import Engine, Storage, storage_of
from benchmarks.directory import Size
from benchmarks.directory_report import directory_parts
from benchmarks.homeserver import database_with_schema
from benchmarks.rates_report import apply_parts, membership_parts, provisioning_parts
from benchmarks.report import PAGE, publish
from benchmarks.zone_cost_report import zone_cost_parts
from tests.packages import postgresql_programs


class Benchmark(StrEnum):
    """What there is to measure."""

    DIRECTORY = "directory"
    PROVISIONING = "provisioning"
    MEMBERSHIPS = "memberships"
    ZONE_COST = "zone_cost"
    APPLY = "apply"


@frozen
class _Run:
    """How much is measured, and on what."""

    engines: Sequence[Engine]
    quick: bool
    people: int | None
    reporter: Reporter


PEOPLE, ORGANIZATIONS = 108_886, 206
"""As the product that is to be beaten had in 2020."""


def main(
    only: Annotated[Benchmark | None, typer.Argument(help="one of them; all but apply if none is given")] = None,
    people: Annotated[int | None, typer.Option(min=1000, help="measure one nation of this size only")] = None,
    engine: Annotated[str | None, typer.Option(help="postgres or sqlite only")] = None,
    quick: Annotated[bool, typer.Option(help="small and short, to see that all works; the page is left alone")] = False,
) -> None:
    """Measure Kairan beside stock Synapse."""
    signal.signal(signal.SIGTERM, _stop)
    if engine not in (None, "postgres", "sqlite"):
        raise typer.BadParameter("postgres or sqlite", param_hint="--engine")
    wanted: tuple[Engine, ...] = ("postgres", "sqlite") if engine is None else (engine,)  # type: ignore[assignment]
    engines = [each for each in wanted if each == "sqlite" or postgresql_programs()]
    if len(engines) < len(wanted):
        print("PostgreSQL is not installed: only SQLite is measured", file=sys.stderr)
    run = _Run(engines, quick, people, Reporter(Console(stderr=True)))
    # Results of other sizes are not those that the page speaks of.
    page = None if quick or people or engine else PAGE
    chosen = [only] if only else [each for each in Benchmark if each is not Benchmark.APPLY]
    for each in chosen:
        parts = _MEASURES[each](run)
        print(f"## {each.value}\n\n{publish(each.value, parts, page)}\n", flush=True)


def _stop(*_: object) -> NoReturn:
    """Leave by way of everything that stops what was started."""
    sys.exit(143)


def _directory(run: _Run) -> list[str]:
    found: list[directory.Outcome] = []
    for engine in run.engines:
        with _prepared(engine) as (storage, template, folder):
            rounds = 4 if run.quick else 10
            found += directory.measure(storage, template, folder, _sizes(run, engine), rounds, run.reporter)
    return directory_parts(found)


def _sizes(run: _Run, engine: Engine) -> list[Size]:
    if run.people:
        return [Size(run.people, max(1, run.people * ORGANIZATIONS // PEOPLE), prefectures=True, load_all=True)]
    if run.quick:
        return [Size(2_000, 4, load_all=True), Size(20_000, 40, prefectures=True)]
    # How much the indexes take does not depend on the database, and loading a million takes minutes.
    million = Size(1_000_000, 1893, prefectures=True, load_all=engine == "postgres")
    sizes = [Size(PEOPLE, ORGANIZATIONS, prefectures=True, load_all=True), million]
    # Harder: organisations that are nine times as large.
    return [*sizes, Size(1_000_000, ORGANIZATIONS)] if engine == "postgres" else sizes


def _provisioning(run: _Run) -> list[str]:
    found: list[provisioning.Compared] = []
    for engine in run.engines:
        with _prepared(engine) as (storage, template, folder):
            found += provisioning.measure(storage, template, folder, run.reporter, 1 if run.quick else 4)
    return provisioning_parts(found)


def _memberships(run: _Run) -> list[str]:
    found: list[memberships.Compared] = []
    for engine in run.engines:
        with _prepared(engine) as (storage, template, folder):
            found += memberships.measure(storage, template, folder, run.reporter, 1 if run.quick else 3)
    return membership_parts(found)


def _zone_cost(run: _Run) -> list[str]:
    members, rounds = (100, 20) if run.quick else (2_000, 400)
    with _prepared(run.engines[0]) as (storage, template, folder):
        return zone_cost_parts(
            [zone_cost.measure(storage, template, folder, run.reporter, members=members, rounds=rounds)]
        )


def _apply(run: _Run) -> list[str]:
    people = 300 if run.quick else run.people or PEOPLE
    organizations = 3 if run.quick else max(1, people * ORGANIZATIONS // PEOPLE)
    with _prepared(run.engines[0]) as (storage, template, folder):
        return apply_parts(apply.measure(storage, template, folder, organizations, people, run.reporter))


_MEASURES: dict[Benchmark, Callable[[_Run], list[str]]] = {
    Benchmark.DIRECTORY: _directory,
    Benchmark.PROVISIONING: _provisioning,
    Benchmark.MEMBERSHIPS: _memberships,
    Benchmark.ZONE_COST: _zone_cost,
    Benchmark.APPLY: _apply,
}


@contextmanager
def _prepared(engine: Engine) -> Iterator[tuple[Storage, Any, Path]]:
    """An engine, a database with the schema to copy, and a folder; nothing is left of them."""
    with tempfile.TemporaryDirectory(prefix="kairan-bench-") as name, storage_of(engine, Path(name)) as storage:
        schema = Path(name) / "schema"
        schema.mkdir()
        yield storage, database_with_schema(storage, schema), Path(name)


if __name__ == "__main__":
    typer.run(main)
