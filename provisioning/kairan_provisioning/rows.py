"""What a row of a file is to those who read it, whatever format it came in."""

from typing import Protocol

from kairan_provisioning.mistakes import Place


class Row(Protocol):
    """One line of a CSV file or one entry of a YAML file, by the English names of its columns."""

    def text(self, column: str) -> str:
        """What stands in the column, as written; empty where nothing does."""

    def place(self, column: str) -> Place:
        """Where that stands; where the row begins if the column is not there."""
