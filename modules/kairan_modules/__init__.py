"""The modules that run inside Synapse. They decide; they never post a message."""

from kairan_modules.devices import Devices
from kairan_modules.faces import Faces
from kairan_modules.registry import Registry
from kairan_modules.sign_in import SignIn
from kairan_modules.staff_mapping import StaffMapping

__all__ = ["Devices", "Faces", "Registry", "SignIn", "StaffMapping"]
