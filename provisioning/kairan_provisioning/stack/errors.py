"""Why a stack cannot start, said in one line."""


class StackError(Exception):
    """The stack cannot start or go on; the text is for the person at the terminal.

    `exit_code` is 2 where the surroundings are at fault (a taken port, an unreadable home), 1 where
    one of our parts is.
    """

    def __init__(self, japanese: str, english: str, *, exit_code: int = 2) -> None:
        super().__init__(" ".join(f"{japanese} / {english}".split()))
        self.exit_code = exit_code
