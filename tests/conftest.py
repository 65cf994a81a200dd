"""Fixtures and rules that all tests share."""

from collections.abc import Iterator

import pytest

from tests import packages
from tests.e2e.running import RunningStack, free_block
from tests.postgres import PostgresCluster


def pytest_configure(config: pytest.Config) -> None:
    """Describe our markers."""
    config.addinivalue_line("markers", "needs(*packages): Debian packages without which the test cannot run")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or in CI fail, a test whose packages are missing."""
    for marker in item.iter_markers("needs"):
        packages.require(*marker.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which packages would have let more tests run."""
    if packages.missed:
        names = " ".join(sorted(packages.missed))
        terminalreporter.write_line(f"Not all tests ran, for want of Debian packages: apt-get install {names}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL cluster of this run's own."""
    packages.require("postgresql")
    cluster = PostgresCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running demonstration, provisioned, on free ports and in a home of this run's own."""
    with RunningStack(tmp_path_factory.mktemp("stack"), free_block()) as running:
        yield running.wait_until_ready()
