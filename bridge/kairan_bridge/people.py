"""Who somebody is: asked of the modules, which decide."""

from attrs import frozen
from kairan.language import Language, choose_language

from kairan_bridge.homeserver import Homeserver


@frozen
class Caller:
    """Somebody who wants something of the bot. `staff` has a current posting or runs the server."""

    user_id: str
    staff: bool
    local: bool
    language: Language

    @property
    def welcome(self) -> bool:
        """Whether the bot serves them: staff of this homeserver."""
        return self.staff and self.local


class People:
    """The modules' register. Methods raise what `Homeserver` does."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver

    def is_local(self, user_id: str) -> bool:
        """Whether a user ID is of this homeserver, without asking."""
        return user_id.partition(":")[2] == self._homeserver.name

    async def find(self, user_id: str) -> Caller:
        """Who that is. Whoever the modules do not plainly call local staff is neither."""
        answer = await self._homeserver.service_person(user_id)
        language = answer.get("language")
        return Caller(
            user_id,
            staff=answer.get("staff") is True,
            local=answer.get("local") is True and self.is_local(user_id),
            language=choose_language(None, language if isinstance(language, str) else None),
        )

    async def set_language(self, user_id: str, language: Language) -> None:
        """Keep the language that somebody wants to be spoken to in."""
        await self._homeserver.service_settings(user_id, {"language": language.value})
