"""Our refusals in Synapse's form."""

from kairan.errors import ErrorCode, sentence

from kairan_modules.synapse_compat import SynapseError


def refusal(status: int, code: ErrorCode, detail: str = "") -> SynapseError:
    """An error to raise towards a client: Japanese sentence with English after it, and `detail` in brackets."""
    return SynapseError(status, sentence(code, detail), code.value)


def not_visible() -> SynapseError:
    """The one answer for what does not exist and what the caller may not see."""
    return refusal(404, ErrorCode.NOT_VISIBLE)


def invalid(detail: str) -> SynapseError:
    """A parameter of the wrong type or out of range: `M_INVALID_PARAM`."""
    return SynapseError(400, f"指定が正しくありません。 / A parameter is not valid. ({detail})", "M_INVALID_PARAM")
