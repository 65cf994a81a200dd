"""Japanese or English: which one a person is spoken to in."""

from enum import StrEnum


class Language(StrEnum):
    """A language of the bot, the pages and the errors."""

    JAPANESE = "ja"
    ENGLISH = "en"


def choose_language(accept_language: str | None, setting: str | None = None) -> Language:
    """The person's own setting, else what the browser prefers of the two, else Japanese.

    `accept_language` is an `Accept-Language` header (RFC 9110, 12.5.4): the highest quality wins, of equal ones the
    first, and 0 means not this one. A range that cannot be read is passed over, as is a setting that is no language
    of ours.
    """
    try:
        return Language(setting or "")
    except ValueError:
        pass
    qualities: dict[str, float] = {}
    for item in (accept_language or "").split(","):
        tag, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = _quality(parameters)
        primary = tag.partition("-")[0]
        if quality is not None and primary:
            # en-GB;q=0 refuses one kind of English, not all of it.
            qualities[primary] = max(qualities.get(primary, 0.0), quality)
    other = qualities.get("*", 0.0)
    wanted = {language: qualities.get(language, other) for language in (*_mentioned(qualities), *Language)}
    best = max(wanted, key=lambda language: wanted[language])
    return best if wanted[best] > 0 else Language.JAPANESE


def _mentioned(qualities: dict[str, float]) -> list[Language]:
    return [Language(tag) for tag in qualities if tag in set(Language)]


def _quality(parameters: list[str]) -> float | None:
    """The `q` of a range: 1 where there is none, None where it is no number from 0 to 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            digits = value.strip()
            if not digits.isascii() or not digits.replace(".", "", 1).isdigit():
                return None
            return float(digits) if float(digits) <= 1 else None
    return 1.0
