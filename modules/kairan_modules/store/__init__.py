"""The registry: who works where, in tables of ours in the homeserver's own database."""

from kairan_modules.store.registry_store import RegistryStore, shared_store

__all__ = ["RegistryStore", "shared_store"]
