"""What a person has set for Kairan, kept in their own account data so that it follows them everywhere."""

from kairan.language import Language

from kairan_modules.synapse_compat import JsonDict, ModuleApi

SETTINGS = "jp.kairan.settings"
"""The type of the account data: `{"language": "ja" or "en"}`."""


class Settings:
    """Reads and writes the account data of local people."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api

    async def language(self, user_id: str) -> Language:
        """The language that a local person asked for, Japanese where they did not."""
        content = await self._api.account_data_manager.get_global(user_id, SETTINGS) or {}
        try:
            return Language(str(content.get("language")))
        except ValueError:
            # Anyone may write anything into their account data.
            return Language.JAPANESE

    async def set_language(self, user_id: str, language: Language) -> JsonDict:
        """Keep the language; other settings stay. Returns all settings."""
        content = dict(await self._api.account_data_manager.get_global(user_id, SETTINGS) or {})
        content["language"] = language.value
        await self._api.account_data_manager.put_global(user_id, SETTINGS, content)
        return content
