"""What the modules count, on Synapse's own metrics listener; each is there from the start."""

from kairan.errors import ErrorCode
from prometheus_client import Counter, Histogram

_SEARCHES = Histogram(
    "kairan_directory_search_seconds",
    "Seconds of a people search, from the client's request to the answer",
    ["server_name"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0),
)
_REFUSALS = Counter(
    "kairan_refusals", "Refusals by policy, by the code that the client was told", ["server_name", "code"]
)


class Metrics:
    """The figures of one homeserver."""

    def __init__(self, server_name: str) -> None:
        self.search_seconds = _SEARCHES.labels(server_name)
        self._refusals = {code.value: _REFUSALS.labels(server_name, code.value) for code in ErrorCode}

    def refused(self, code: ErrorCode) -> None:
        """Count a refusal."""
        self._refusals[code.value].inc()
