"""Memberships of local users, many at a time."""

from collections.abc import Sequence
from typing import Any, Final

from attrs import evolve, frozen
from synapse.api.constants import EventTypes, JoinRules, Membership
from synapse.server import HomeServer
from synapse.types import UserID

from .batch import BATCH, Batch, announce, continue_room

AUTHORISING_USER: Final = "join_authorised_via_users_server"
"""In a join into a restricted room: a member who may invite, and whose server vouches by its signature."""

MOST_EVENTS: Final = 2
"""How many events one change takes at most: an invitation and a join."""


@frozen
class Member:
    """A local user who is to be in a room, and how the room shows them."""

    user_id: str
    display_name: str | None = None
    avatar_url: str | None = None

    def content(self) -> dict[str, Any]:
        """The content of the join."""
        names = {"displayname": self.display_name, "avatar_url": self.avatar_url}
        return {"membership": Membership.JOIN} | {key: name for key, name in names.items() if name is not None}


@frozen
class MembershipChanges:
    """What `set_memberships` did. Those who already were as wanted are in none of the numbers."""

    joined: int = 0
    renamed: int = 0
    left: int = 0
    banned: tuple[str, ...] = ()
    """Who could not be joined because the room has banned them."""


async def set_memberships(
    hs: HomeServer, room_id: str, joins: Sequence[Member], leaves: Sequence[str], *, sender: UserID
) -> MembershipChanges:
    """Make local users members of a room under their names, and make others leave it.

    Who is a member already but under another name gets the name. Who is to leave does so by an event of their own,
    not as if thrown out; an invitation is declined.

    How they join depends on the room. Where it is `public` they just do; where it is `restricted`, `sender` lets them
    in (see `BY_PROVISIONING`); elsewhere `sender` invites them first, which takes two events each.

    Args:
        joins, leaves: local users; nobody in both
        sender: a local member who may invite

    Raises:
        AuthError: `sender` may not invite. What is done up to there stays.
        LookupError: there is no such room here.
    """
    changes = MembershipChanges()
    pending: list[Member | str] = [*joins, *leaves]
    # Synapse's own membership changes of the room wait meanwhile, as ours wait for them.
    async with hs.get_room_member_handler().member_linearizer.queue((room_id,)):
        while pending:
            users = {_user(change) for change in pending[:BATCH]}
            keys = {(EventTypes.Member, user_id) for user_id in (*users, sender.to_string())}
            batch = await continue_room(hs, room_id, keys)
            done = 0
            for change in pending[:BATCH]:
                if len(batch.events) > BATCH - MOST_EVENTS:
                    break
                if isinstance(change, Member):
                    changes = await _join(batch, change, sender.to_string(), changes)
                else:
                    changes = await _leave(batch, change, changes)
                done += 1
            await batch.persist()
            await announce(hs, [batch])
            del pending[:done]
    return changes


async def add_join(batch: Batch, member: Member, sender: str) -> None:
    """Join somebody who is not in the room, in the way that the room asks for."""
    content = member.content()
    invited = batch.membership(member.user_id) == Membership.INVITE
    rule = batch.state[(EventTypes.JoinRules, "")].content.get("join_rule")
    if rule in (JoinRules.RESTRICTED, JoinRules.KNOCK_RESTRICTED) and not invited:
        content[AUTHORISING_USER] = sender
    elif rule != JoinRules.PUBLIC and not invited:
        invitation = content | {"membership": Membership.INVITE}
        await batch.add(sender, EventTypes.Member, member.user_id, invitation)
    await batch.add(member.user_id, EventTypes.Member, member.user_id, content)


async def _join(batch: Batch, member: Member, sender: str, changes: MembershipChanges) -> MembershipChanges:
    now = batch.membership(member.user_id)
    if now == Membership.BAN:
        return evolve(changes, banned=(*changes.banned, member.user_id))
    if now != Membership.JOIN:
        await add_join(batch, member, sender)
        return evolve(changes, joined=changes.joined + 1)
    shown = batch.state[(EventTypes.Member, member.user_id)].content
    if (shown.get("displayname"), shown.get("avatar_url")) == (member.display_name, member.avatar_url):
        return changes
    await batch.add(member.user_id, EventTypes.Member, member.user_id, member.content())
    return evolve(changes, renamed=changes.renamed + 1)


async def _leave(batch: Batch, user_id: str, changes: MembershipChanges) -> MembershipChanges:
    if batch.membership(user_id) not in (Membership.JOIN, Membership.INVITE, Membership.KNOCK):
        return changes
    await batch.add(user_id, EventTypes.Member, user_id, {"membership": Membership.LEAVE})
    return evolve(changes, left=changes.left + 1)


def _user(change: Member | str) -> str:
    return change.user_id if isinstance(change, Member) else change
