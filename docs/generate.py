"""Writes the pages that are made from the code: `make docs`. What it writes is committed.

`python docs/generate.py [FOLDER]`; without a folder, into the one where this file is.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kairan.errors import ErrorCode
from kairan.language import Language
from kairan.zones import Action
from kairan.zones_table import page
from kairan_modules.judge import REFUSALS

_OTHERS: Mapping[Action, Sequence[ErrorCode]] = {
    Action.SIGN_IN: (
        ErrorCode.SIGN_IN_NOT_HERE,
        ErrorCode.NO_POSTING,
        ErrorCode.SSO_UNKNOWN,
        ErrorCode.DEVICE_APPROVAL_NEEDED,
        ErrorCode.DEVICE_REQUESTS_TOO_MANY,
        ErrorCode.DEVICE_CERTIFICATE_NEEDED,
        ErrorCode.DEVICE_REVOKED,
        ErrorCode.DEVICE_OF_LGWAN,
    ),
    Action.LOCATION: (ErrorCode.LOCATION_NEEDS_CERTIFIED_DEVICE,),
}
"""The errors of an action beside the one for which a rule alone refuses it."""


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    refusals = {
        action: [*([REFUSALS[action]] if action in REFUSALS else []), *_OTHERS.get(action, ())] for action in Action
    }
    return {"zones.ja.md": page(Language.JAPANESE, refusals), "zones.md": page(Language.ENGLISH, refusals)}


def main() -> None:
    """Write them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
