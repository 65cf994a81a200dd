"""Logs as one JSON object per line on standard error: no message bodies, no tokens.

What an exception says may quote what somebody wrote. So of an exception that is not ours only its kind and
the places in the code are written.
"""

import datetime
import json
import logging
import traceback
from pathlib import Path
from types import TracebackType

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class OneLine(logging.Formatter):
    """Writes a record, and what was given as `extra`, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        time = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, object] = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=repr)


def places(trace: TracebackType | None) -> str:
    """Where an exception came from: `app.py:12 start > inbox.py:40 store`."""
    return " > ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace))


def set_up_logging() -> None:
    """Log to standard error from INFO; libraries that would write contents only from WARNING."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # mautrix writes request bodies at DEBUG; access logs would write query strings.
    for chatty in ("mau", "aiosqlite", "asyncpg", "aiohttp.access", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
