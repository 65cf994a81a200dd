"""Devices as the registry knows them: how each signed in, whether it is certified, whether it is revoked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from attrs import frozen
from kairan.devices import Certification, deciding_organization, holds
from kairan.organizations import OrganizationKey
from kairan.people import own_organizations, today
from kairan.policy import SignIn
from kairan.zones import Zone, zone_of

from kairan_modules.store.registry_store import RegistryStore, shared_store
from kairan_modules.store.rows import AT_ONCE, placeholders
from kairan_modules.synapse_compat import (
    HomeServer,
    LoggingTransaction,
    ModuleApi,
    cached,
    clock_of,
    follow_across_workers,
    homeserver,
    invalidate_across_workers,
)


@frozen
class DeviceRecord:
    """What is kept of one device. Times in milliseconds; `zone` is that of its last sign-in."""

    device_id: str
    certification: Certification | None
    certified_ts: int | None
    certified_by: str | None
    revoked: bool
    zone: Zone
    address: str
    user_agent: str


class DeviceStore:
    """The devices of people as one worker sees them. Get it by `shared_device_store`."""

    def __init__(self, api: ModuleApi, registry: RegistryStore) -> None:
        self._api = api
        self._registry = registry
        self.server_name = api.server_name
        self.clock = clock_of(api)
        follow_across_workers(api, self._records)

    async def is_certified(self, user_id: str, device_id: str) -> bool:
        """Whether an organisation of the person trusts this device today. From cached rows."""
        record = (await self.records(user_id)).get(device_id)
        return record is not None and await self.trusts(user_id, record)

    async def trusts(self, user_id: str, record: DeviceRecord) -> bool:
        """Whether what is recorded of a person's device makes it a certified one today."""
        if record.revoked or record.certification is None:
            return False
        modes = await self.modes(user_id)
        if not modes:
            return False
        own = [organization for organization, _ in modes]
        return holds(record.certification, own, deciding_organization(modes)[1])

    async def modes(self, user_id: str) -> list[tuple[OrganizationKey, SignIn]]:
        """The organisations of the person's current postings, the main one first, with how their people sign in."""
        registered = (await self._registry.organizations()).by_key
        own = own_organizations(await self._registry.postings(user_id), today())
        return [(key, registered[key].policy.sign_in) for key in own if key in registered]

    async def records(self, user_id: str) -> Mapping[str, DeviceRecord]:
        """What is kept of the person's devices, by device ID; revoked ones too."""
        return await self._records(user_id)

    @cached(max_entries=50000)
    async def _records(self, user_id: str) -> Mapping[str, DeviceRecord]:
        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                """
                SELECT device_id, organization, how, certified_ts, certified_by, revoked_ts, zone, address, user_agent
                FROM kairan_devices WHERE user_id = ?
                """,
                (user_id,),
            )
            return txn.fetchall()

        rows = await self._api.run_db_interaction("kairan_devices", select)
        return {row[0]: _record(*row) for row in rows}

    async def certified_by(
        self, organization: OrganizationKey, offset: int, limit: int
    ) -> list[tuple[str, DeviceRecord]]:
        """The devices that an organisation certified and that are not revoked, with their owners, by user ID."""

        def select(txn: LoggingTransaction) -> list[tuple[Any, ...]]:
            txn.execute(
                """
                SELECT user_id, device_id, organization, how, certified_ts, certified_by, revoked_ts, zone, address,
                    user_agent
                FROM kairan_devices WHERE organization = ? AND revoked_ts IS NULL
                ORDER BY user_id, device_id LIMIT ? OFFSET ?
                """,
                (organization, limit, offset),
            )
            return txn.fetchall()

        rows = await self._api.run_db_interaction("kairan_certified_devices", select)
        return [(row[0], _record(*row[1:])) for row in rows]

    async def signed_in(self, user_id: str, device_id: str, zone: Zone, address: str, user_agent: str) -> None:
        """Note by which side a device signed in."""
        now = self._api.get_current_time_msec()

        def upsert(txn: LoggingTransaction) -> None:
            txn.execute(
                """
                INSERT INTO kairan_devices (user_id, device_id, zone, address, user_agent, signed_in_ts)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (user_id, device_id) DO UPDATE SET zone = excluded.zone, address = excluded.address,
                    user_agent = excluded.user_agent, signed_in_ts = excluded.signed_in_ts
                """,
                (user_id, device_id, zone.value, address, user_agent, now),
            )

        await self._api.run_db_interaction("kairan_device_signed_in", upsert)
        await self.changed(user_id)

    async def certify(self, user_id: str, device_id: str, certification: Certification, by: str) -> None:
        """Certify a device. One that was revoked stays revoked."""
        now = self._api.get_current_time_msec()

        def upsert(txn: LoggingTransaction) -> None:
            txn.execute(
                """
                INSERT INTO kairan_devices (user_id, device_id, organization, how, certified_ts, certified_by,
                    zone, address, user_agent)
                VALUES (?, ?, ?, ?, ?, ?, ?, '', '')
                ON CONFLICT (user_id, device_id) DO UPDATE SET organization = excluded.organization,
                    how = excluded.how, certified_ts = excluded.certified_ts, certified_by = excluded.certified_by
                """,
                (
                    *(user_id, device_id, certification.organization, certification.how.value, now, by),
                    Zone.UNKNOWN.value,
                ),
            )

        await self._api.run_db_interaction("kairan_certify_device", upsert)
        await self.changed(user_id)

    async def revoke(self, user_id: str, device_ids: Collection[str], by: str) -> None:
        """Make these device IDs of a person worthless for good."""
        now = self._api.get_current_time_msec()

        def upsert(txn: LoggingTransaction) -> None:
            txn.execute_batch(
                """
                INSERT INTO kairan_devices (user_id, device_id, revoked_ts, revoked_by, zone, address, user_agent)
                VALUES (?, ?, ?, ?, ?, '', '')
                ON CONFLICT (user_id, device_id) DO UPDATE SET revoked_ts = excluded.revoked_ts,
                    revoked_by = excluded.revoked_by
                """,
                [(user_id, device_id, now, by, Zone.UNKNOWN.value) for device_id in device_ids],
            )

        await self._api.run_db_interaction("kairan_revoke_devices", upsert)
        await self.changed(user_id)

    async def administrators(self, organization: OrganizationKey) -> list[str]:
        """The user IDs of those who administer an organisation today."""
        day = today().isoformat()

        def select(txn: LoggingTransaction) -> list[tuple[str]]:
            txn.execute(
                """
                SELECT DISTINCT user_id FROM kairan_postings
                WHERE organization = ? AND role = 'organization_admin'
                    AND (starts IS NULL OR starts <= ?) AND (ends IS NULL OR ends >= ?)
                ORDER BY user_id
                """,
                (organization, day, day),
            )
            return txn.fetchall()

        return [row[0] for row in await self._api.run_db_interaction("kairan_administrators", select)]

    async def names(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names by which these registered people are shown."""
        wanted: Sequence[str] = list(dict.fromkeys(user_ids))

        def select(txn: LoggingTransaction) -> dict[str, str]:
            found: dict[str, str] = {}
            for start in range(0, len(wanted), AT_ONCE):
                part = wanted[start : start + AT_ONCE]
                txn.execute(
                    f"SELECT user_id, display_name FROM kairan_people WHERE user_id IN ({placeholders(part)})",  # noqa: S608
                    tuple(part),
                )
                found.update(dict(txn.fetchall()))
            return found

        return await self._api.run_db_interaction("kairan_device_owners", select)

    async def changed(self, user_id: str) -> None:
        """Make every worker read this person's devices anew."""
        await invalidate_across_workers(self._api, self._records, user_id)


def _record(
    device_id: str,
    organization: str | None,
    how: str | None,
    certified_ts: int | None,
    certified_by: str | None,
    revoked_ts: int | None,
    zone: str,
    address: str,
    user_agent: str,
) -> DeviceRecord:
    certification = Certification(OrganizationKey(organization), SignIn(how)) if organization and how else None
    return DeviceRecord(
        device_id=device_id,
        certification=certification,
        certified_ts=certified_ts,
        certified_by=certified_by,
        revoked=revoked_ts is not None,
        zone=zone_of(zone),
        address=address,
        user_agent=user_agent,
    )


_stores: "WeakKeyDictionary[HomeServer, DeviceStore]" = WeakKeyDictionary()


def shared_device_store(api: ModuleApi) -> DeviceStore:
    """The device store of this homeserver process, made at the first call (which must be while modules load)."""
    key = homeserver(api)
    if key not in _stores:
        _stores[key] = DeviceStore(api, shared_store(api))
    return _stores[key]
