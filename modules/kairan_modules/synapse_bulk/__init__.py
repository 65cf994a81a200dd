"""Bulk writes into Synapse's own rooms and tables: rooms, memberships, accounts, display names.

Everything in this package is private to Synapse and known good with 1.163; each part says what it relies on, and
`tests/homeserver/test_synapse_bulk.py` holds it to that. What is written is what Synapse's own handlers would have
written, event by event and row by row, and every event passes Synapse's own authorisation. What is left out is what
the handlers do again for each event of many: reading the room's state, a transaction or five, and evaluating every
member's push rules.

All of it may be interrupted at any point and repeated: a batch is in the database or is not, and what is true
already is not written again.
"""

from .accounts import NewAccount, create_accounts, set_display_names
from .memberships import Member, MembershipChanges, set_memberships
from .rooms import BY_PROVISIONING, RoomSpec, create_rooms, find_rooms, set_state

__all__ = [
    "BY_PROVISIONING",
    "Member",
    "MembershipChanges",
    "NewAccount",
    "RoomSpec",
    "create_accounts",
    "create_rooms",
    "find_rooms",
    "set_display_names",
    "set_memberships",
    "set_state",
]
