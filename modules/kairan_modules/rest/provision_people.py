"""`/provision/people`: accounts, names and postings as declared, up to a thousand people a call.

The registry's row is written last: whatever is interrupted before it is done again by the next call.
"""

from collections.abc import Sequence

from attrs import frozen
from kairan.organizations import OrganizationKey
from kairan.people import Person, UserID, display_name, today

from kairan_modules.passwords import FirstPasswords, remember_first_passwords
from kairan_modules.rest.declarations import DeclaredPerson, bad, people_of
from kairan_modules.rest.parameters import limit_of, text_of
from kairan_modules.rest.provision import check_operator
from kairan_modules.store import RegistryStore
from kairan_modules.store.rows import RegisteredPerson
from kairan_modules.store.writes import put_people
from kairan_modules.synapse_bulk import NewAccount, create_accounts
from kairan_modules.synapse_compat import (
    JsonDict,
    Linearizer,
    ModuleApi,
    RestServlet,
    SynapseRequest,
    client_patterns_of_ours,
    existing_accounts,
    homeserver,
    linearizer,
    lock_account,
    parse_json_object_from_request,
    set_display_name,
)

AT_ONCE = 1000


@frozen
class _Wanted:
    user_id: UserID
    person: Person
    display_name: str
    first_password: str | None


class ProvisionPeopleServlet(RestServlet):
    """Reads the people of an organisation, or all, whoever has retired too; makes the given ones so."""

    PATTERNS = client_patterns_of_ours("/provision/people$")

    def __init__(self, api: ModuleApi, store: RegistryStore, first_passwords: FirstPasswords, bot: str) -> None:
        super().__init__()
        self._api = api
        self._store = store
        self._first_passwords = first_passwords
        self._bot = bot
        self._one_at_a_time: Linearizer = linearizer(api, "kairan_provision_people")

    async def on_GET(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        organization, after = text_of(request, "organization"), text_of(request, "from") or ""
        limit = limit_of(request, default=1000, highest=5000)
        if organization is None:
            people = await self._store.everybody(after, limit)
        else:
            people = await self._store.people_of(OrganizationKey(organization), after, limit)
        answer: JsonDict = {"people": [_answer(each) for each in people]}
        if len(people) == limit:
            answer["next_batch"] = people[-1].user_id
        return 200, answer

    async def on_PUT(self, request: SynapseRequest) -> tuple[int, JsonDict]:
        await check_operator(self._api, request)
        declared = people_of(parse_json_object_from_request(request), AT_ONCE)
        # A command that was killed leaves its call at work here while the next one sends the same people: together
        # they would note one first password and give the account the other.
        async with self._one_at_a_time.queue("all"):
            return 200, await self._put(declared)

    async def _put(self, declared: Sequence[DeclaredPerson]) -> JsonDict:
        await self._check_places(declared)
        wanted = [await self._wanted(each) for each in declared]
        present = await existing_accounts(self._api, [each.user_id for each in wanted])
        # Whoever has no posting at all has retired, and gets no account for that.
        wanted = [each for each in wanted if each.user_id in present or each.person.postings]
        created = await self._create([each for each in wanted if each.user_id not in present])
        registered = await self._store.people([each.user_id for each in wanted])
        changed = [
            each
            for each in wanted
            if each.user_id not in registered
            or registered[each.user_id].person != each.person
            or registered[each.user_id].display_name != each.display_name
        ]
        for each in changed:
            if each.user_id not in created:
                await self._change_account(each, registered.get(each.user_id))
        if changed:
            rows = [(each.user_id, each.person, each.display_name) for each in changed]
            await self._api.run_db_interaction("kairan_put_people", put_people, rows)
            await self._store.changed()
        return {
            "created": len(created),
            "changed": len([each for each in changed if each.user_id not in created]),
            "unchanged": len(declared) - len(changed),
        }

    async def _check_places(self, declared: Sequence[DeclaredPerson]) -> None:
        organizations = (await self._store.organizations()).by_key
        for each in declared:
            localpart = each.person.localpart
            if localpart == self._bot[1:].partition(":")[0] or localpart.startswith("kairan_"):
                bad(f"{localpart}: this name is the bot's")
            for posting in each.person.postings:
                if posting.organization not in organizations:
                    bad(f"{localpart}: organization {posting.organization!r} is not registered")
                if posting.section is not None and posting.section not in await self._store.sections(
                    posting.organization
                ):
                    bad(f"{localpart}: {posting.organization} has no section {posting.section!r}")

    async def _wanted(self, declared: DeclaredPerson) -> _Wanted:
        person = declared.person
        current = person.current_postings(today())
        main = current[0] if current else None
        organization = (await self._store.organizations()).by_key[main.organization] if main else None
        sections = await self._store.sections(main.organization) if main else {}
        return _Wanted(
            user_id=UserID(self._api.get_qualified_user_id(person.localpart)),
            person=person,
            display_name=display_name(
                person.name,
                organization,
                sections.get(main.section) if main and main.section else None,
                main.title if main else "",
            ),
            first_password=declared.first_password,
        )

    async def _create(self, missing: Sequence[_Wanted]) -> set[UserID]:
        hashes = await self._first_passwords.hashes(
            {each.user_id: each.first_password for each in missing if each.first_password}
        )
        # Noted before the account is there: a password must never work twice because something died in between.
        await self._api.run_db_interaction(
            "kairan_first_passwords", remember_first_passwords, hashes, self._api.get_current_time_msec()
        )
        await create_accounts(
            homeserver(self._api),
            [NewAccount(each.user_id, each.display_name, hashes.get(each.user_id)) for each in missing],
        )
        return {each.user_id for each in missing}

    async def _change_account(self, wanted: _Wanted, before: RegisteredPerson | None) -> None:
        if before is None or before.display_name != wanted.display_name:
            await set_display_name(self._api, wanted.user_id, wanted.display_name)
        retired = not wanted.person.postings
        if before is None or retired != (not before.person.postings):
            await lock_account(self._api, wanted.user_id, retired)


def _answer(registered: RegisteredPerson) -> JsonDict:
    person = registered.person
    return {
        "localpart": person.localpart,
        "name": person.name,
        "kana": person.kana,
        "display_name": registered.display_name,
        "locked": not person.postings,
        "postings": [
            {
                "organization": posting.organization,
                "section": posting.section,
                "title": posting.title,
                "extension": posting.extension,
                "role": posting.role.value,
                "starts": posting.starts and posting.starts.isoformat(),
                "ends": posting.ends and posting.ends.isoformat(),
            }
            for posting in person.postings
        ],
    }
