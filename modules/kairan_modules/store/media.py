"""By which side each file of this server came in."""

from kairan.zones import Zone, zone_of

from kairan_modules.synapse_compat import LoggingTransaction, ModuleApi, cached, clock_of, forget


class MediaStore:
    """Table `kairan_media`: one row for each upload. What has no row came in by nobody knows where."""

    def __init__(self, api: ModuleApi) -> None:
        self._api = api
        self.server_name = api.server_name
        self.clock = clock_of(api)

    async def remember(self, media_id: str, zone: Zone) -> None:
        """Note the side by which an upload came in. A second note for the same file changes nothing."""

        def insert(txn: LoggingTransaction) -> None:
            txn.execute(
                "INSERT INTO kairan_media (media_id, zone) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (media_id, zone.value),
            )

        await self._api.run_db_interaction("kairan_media", insert)

    async def zone(self, media_id: str) -> Zone:
        """The side by which a local file came in; `Zone.UNKNOWN` where it was not noted."""
        found = await self._zone(media_id)
        if found is None:
            # A note never changes, but there may be one soon.
            forget(self._zone, media_id)
        return found or Zone.UNKNOWN

    @cached(max_entries=10000)
    async def _zone(self, media_id: str) -> Zone | None:
        def select(txn: LoggingTransaction) -> str | None:
            txn.execute("SELECT zone FROM kairan_media WHERE media_id = ?", (media_id,))
            row = txn.fetchone()
            return str(row[0]) if row else None

        found = await self._api.run_db_interaction("kairan_media_zone", select)
        return zone_of(found) if found else None
