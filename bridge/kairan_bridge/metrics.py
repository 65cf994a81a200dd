"""What the bridge counts, for Prometheus. Every series is there from the start."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

REGISTRY = CollectorRegistry()

TRANSACTIONS = Counter(
    "kairan_bridge_transactions",
    "Transactions that the homeserver delivered, by what became of them",
    ["result"],
    registry=REGISTRY,
)
EVENTS = Counter(
    "kairan_bridge_events",
    "Events of the inbox that are done with, by what became of them",
    ["result"],
    registry=REGISTRY,
)
RETRIES = Counter(
    "kairan_bridge_event_retries",
    "Times that an event was put back because the homeserver failed",
    registry=REGISTRY,
)
SENT = Counter(
    "kairan_bridge_messages_sent",
    "Messages that the bot sent",
    registry=REGISTRY,
)
COMMANDS = Counter(
    "kairan_bridge_commands",
    "Commands of staff that were carried out",
    ["command"],
    registry=REGISTRY,
)
DEPTH = Gauge("kairan_bridge_inbox_depth", "Events that wait to be handled", registry=REGISTRY)
OLDEST = Gauge(
    "kairan_bridge_inbox_oldest_seconds",
    "How long the oldest unhandled event has waited, 0 for none",
    registry=REGISTRY,
)

for _result in ("stored", "repeated", "unauthorised", "malformed", "failed"):
    TRANSACTIONS.labels(_result)
for _result in ("handled", "ignored", "failed"):
    EVENTS.labels(_result)


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)
