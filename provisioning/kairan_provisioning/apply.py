"""Makes a server as a plan says. Every step may be cut short and done again."""

import time
from collections.abc import Sequence

from attrs import evolve, frozen
from kairan.organizations import OrganizationKey

from kairan_provisioning.client import BATCH, ProvisioningClient
from kairan_provisioning.declaration import DeclaredOrganization
from kairan_provisioning.passwords import PasswordFile
from kairan_provisioning.plan import Action, Current, OrganizationStep, PersonStep, Plan
from kairan_provisioning.progress import Advance, Reporter
from kairan_provisioning.wire import Counts, KnownPerson, PeopleDone, person_to_json

ORGANIZATION_BATCH = 100
"""Organisations sent at once."""

ROOM_BUDGET = 200
"""Changes of rooms asked for at once: a few seconds of the server's time, so that the bar moves."""

FUTILE_TRIES = 3
"""Answers without any change, though some remain, after which an organisation's rooms are given up."""


class NoProgressError(Exception):
    """The server says that changes of rooms remain, and makes none."""


@frozen
class Summary:
    """What an apply did, and the seconds that it took."""

    organizations: int
    people: PeopleDone
    retired: int
    rooms: Counts
    people_s: float
    rooms_s: float
    total_s: float


def fetch_current(client: ProvisioningClient, declared: Sequence[OrganizationKey], reporter: Reporter) -> Current:
    """What the server has.

    Everybody is read: somebody who is new here may work elsewhere and keeps that posting, or has retired and comes
    back to the account of then.
    """
    organizations = client.organizations()
    people: dict[str, KnownPerson] = {}
    pending: dict[OrganizationKey, Counts] = {}
    for page in client.people():
        people.update((known.person.localpart, known) for known in page)
    present = [key for key in declared if key in organizations]
    with reporter.step("現状 / reading the server", len(present)) as advance:
        for key in present:
            pending[key] = client.pending_rooms(key)
            advance(1)
    return Current(organizations, people, pending)


def apply_plan(
    client: ProvisioningClient,
    plan: Plan,
    declared: Sequence[OrganizationKey],
    passwords: PasswordFile | None,
    reporter: Reporter,
) -> Summary:
    """Do what the plan says: organisations, people, sections that go, then rooms.

    Args:
        declared: the organisations whose rooms are made true.
        passwords: takes a first password for every new account; without it they have none.
    Raises:
        NoProgressError, client.ServerUnreachableError, client.ServerRefusedError, passwords.PasswordFileError:
            a part was done; running again goes on from there.
    """
    begun = time.monotonic()
    # Sections that go stay until their people have moved.
    _put_organizations(client, [_growing(step) for step in plan.organizations], "団体 / organisations", reporter)
    people_begun = time.monotonic()
    people = _put_people(client, plan.people, passwords, reporter)
    people_s = time.monotonic() - people_begun
    shrinking = [step.declared for step in plan.organizations if step.going]
    _put_organizations(client, shrinking, "廃止する課 / sections that go", reporter)
    rooms_begun = time.monotonic()
    rooms = make_rooms(client, plan, declared, reporter)
    now = time.monotonic()
    return Summary(
        organizations=len(plan.organizations),
        people=people,
        retired=plan.count(Action.RETIRE),
        rooms=rooms,
        people_s=people_s,
        rooms_s=now - rooms_begun,
        total_s=now - begun,
    )


def make_rooms(
    client: ProvisioningClient, plan: Plan, declared: Sequence[OrganizationKey], reporter: Reporter
) -> Counts:
    """Make the rooms of these organisations true; what was done.

    Worth asking for even when nothing is to change: a run that was cut short may have renamed a section and not
    its room, which no count shows.
    """
    expected = sum(counts.rooms + counts.joins + counts.leaves for counts in plan.rooms.values())
    rooms = Counts()
    with reporter.step("ルームと参加 / rooms and memberships", expected) as advance:
        for key in declared:
            rooms += _make_rooms(client, key, advance)
    return rooms


def _growing(step: OrganizationStep) -> DeclaredOrganization:
    sections = {**{section.key: section for section in step.going}, **step.declared.sections}
    # Where a parent went before its section could, the section stands at the top until it goes too.
    whole = {key: s if s.parent in sections else evolve(s, parent=None) for key, s in sections.items()}
    return evolve(step.declared, sections=whole)


def _put_organizations(
    client: ProvisioningClient, organizations: Sequence[DeclaredOrganization], label: str, reporter: Reporter
) -> None:
    if not organizations:
        return
    with reporter.step(label, len(organizations)) as advance:
        for start in range(0, len(organizations), ORGANIZATION_BATCH):
            batch = organizations[start : start + ORGANIZATION_BATCH]
            client.put_organizations(batch)
            advance(len(batch))


def _put_people(
    client: ProvisioningClient, steps: Sequence[PersonStep], passwords: PasswordFile | None, reporter: Reporter
) -> PeopleDone:
    done = PeopleDone()
    if not steps:
        return done
    server_name = client.server_name() if passwords else ""
    with reporter.step("職員 / people", len(steps)) as advance:
        for start in range(0, len(steps), BATCH):
            batch = steps[start : start + BATCH]
            issued: dict[str, str] = {}
            if passwords:
                issued = passwords.issue(
                    (f"@{step.person.localpart}:{server_name}", step.person.name)
                    for step in batch
                    if step.action is Action.ADD
                )
            answer = client.put_people(
                [person_to_json(s.person, issued.get(f"@{s.person.localpart}:{server_name}")) for s in batch]
            )
            done = PeopleDone(
                done.created + answer.created, done.changed + answer.changed, done.unchanged + answer.unchanged
            )
            advance(len(batch))
    return done


def _make_rooms(client: ProvisioningClient, organization: OrganizationKey, advance: Advance) -> Counts:
    total = Counts()
    futile = 0
    while True:
        done = client.make_rooms(organization, ROOM_BUDGET)
        total += done.counts
        advance(done.counts.rooms + done.counts.joins + done.counts.leaves)
        if done.remaining == 0:
            return total
        futile = 0 if done.counts else futile + 1
        if futile == FUTILE_TRIES:
            raise NoProgressError(
                f"{organization} のルームが {done.remaining} 件残ったまま進みません。サーバーのログを見てください / "
                f"{done.remaining} changes of rooms of {organization} remain and none is made, see the server's log"
            )
