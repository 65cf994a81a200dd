"""Single sign-on against a staff directory: whose account it is. Accounts come from provisioning alone.

Synapse calls it for each sign-in by an OIDC provider that names it in `user_mapping_provider` (docs/sign-in.md).
"""

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from kairan.errors import ErrorCode, sentence
from kairan.organizations import OrganizationKey, parse_organization_key
from kairan.people import own_organizations, parse_staff_number, today
from kairan.zones import Action
from synapse.module_api import JsonDict, ModuleApi

from kairan_modules.audit import Audit, Outcome
from kairan_modules.config import ConfigReader
from kairan_modules.store import shared_store
from kairan_modules.synapse_sign_in import MappingException, OidcMappingProvider, Token, UserAttributeDict, UserInfo


@frozen
class StaffMappingConfig:
    """`claim` holds the staff number; `organizations` are those whose directory it is."""

    claim: str
    organizations: Sequence[OrganizationKey]


class StaffMapping(OidcMappingProvider[StaffMappingConfig]):
    """The staff number is the localpart. Configuration: `claim: preferred_username`, `organizations: ["272060"]`.

    A directory vouches for the people of its own organisations only: staff numbers of two cities may be the same, and
    neither may open accounts of the other, of operators or of the bot.
    """

    def __init__(self, config: StaffMappingConfig, api: ModuleApi) -> None:
        super().__init__(config)
        self._config = config
        self._api = api
        self._store = shared_store(api)
        self._audit = Audit(api, self._store)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> StaffMappingConfig:
        """Raises `ConfigError` with the path of the bad key."""
        reader = ConfigReader(config)
        claim = reader.text("claim", default="preferred_username")
        organizations = reader.texts("organizations")
        reader.no_others()
        try:
            return StaffMappingConfig(claim, [parse_organization_key(key) for key in organizations])
        except ValueError as error:
            raise ConfigReader.error(str(error), ("organizations",)) from None

    def get_remote_user_id(self, userinfo: UserInfo) -> str:
        """What Synapse remembers the link by: the staff number, so that the link is never another person's."""
        return self._staff_number(userinfo)

    async def map_user_attributes(self, userinfo: UserInfo, token: Token, failures: int) -> UserAttributeDict:
        """The account of who signs in for the first time. Raises `MappingException` for who has none."""
        # The name is the registry's, so nothing else of what the directory says is taken over.
        return {
            "localpart": await self._localpart(userinfo),
            "confirm_localpart": False,
            "display_name": None,
            "picture": None,
            "emails": [],
        }

    async def get_extra_attributes(self, userinfo: UserInfo, token: Token) -> JsonDict:
        """Called at every sign-in, so whoever has left the organisation since the first is refused here."""
        await self._localpart(userinfo)
        return {}

    async def _localpart(self, userinfo: UserInfo) -> str:
        localpart = self._staff_number(userinfo)
        user_id = self._api.get_qualified_user_id(localpart)
        own = own_organizations(await self._store.postings(user_id), today())
        if not set(own) & set(self._config.organizations):
            code = ErrorCode.SSO_UNKNOWN
            # Where the number is somebody's of another organisation, that one wants to know.
            await self._audit.record(
                Action.SIGN_IN.value, Outcome.REFUSED, user_id if own else "", reason=code.value, detail="sso"
            )
            raise MappingException(sentence(code))
        return localpart

    def _staff_number(self, userinfo: UserInfo) -> str:
        try:
            return parse_staff_number(str(userinfo[self._config.claim]).lower())
        except (KeyError, ValueError):
            raise MappingException(sentence(ErrorCode.SSO_UNKNOWN)) from None
