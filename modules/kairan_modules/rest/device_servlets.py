"""All calls about devices."""

from kairan_modules.audit import Audit
from kairan_modules.device_desk import DeviceDesk
from kairan_modules.rest.devices import (
    CertifyDeviceServlet,
    DecideServlet,
    DeviceAnswers,
    DeviceServlet,
    DevicesServlet,
)
from kairan_modules.rest.organization_devices import (
    AdministratorGate,
    OrganizationCertifyServlet,
    OrganizationDecideServlet,
    OrganizationDeviceServlet,
    OrganizationDevicesServlet,
)
from kairan_modules.rest.provision_devices import ProvisionDeviceActionServlet, ProvisionDevicesServlet
from kairan_modules.rest.service_devices import (
    ServiceDeviceInstructionServlet,
    ServiceDeviceNoticeServlet,
    ServiceDeviceNoticesServlet,
    ServiceDevicesServlet,
)
from kairan_modules.settings import Settings
from kairan_modules.store import RegistryStore
from kairan_modules.store.devices import shared_device_store
from kairan_modules.synapse_compat import ModuleApi, RestServlet, is_main_process


def device_servlets(api: ModuleApi, store: RegistryStore, audit: Audit, settings: Settings) -> list[RestServlet]:
    """The servlets of this process: the operator's are served by the main process alone."""
    devices = shared_device_store(api)
    answers = DeviceAnswers(api, DeviceDesk(api, store, devices, audit))
    gate = AdministratorGate(answers, audit)
    servlets: list[RestServlet] = [
        DevicesServlet(answers),
        DeviceServlet(api, answers),
        CertifyDeviceServlet(answers),
        DecideServlet(answers),
        OrganizationDevicesServlet(answers, gate, devices),
        OrganizationDeviceServlet(answers, gate),
        OrganizationCertifyServlet(answers, gate),
        OrganizationDecideServlet(answers, gate),
        ServiceDevicesServlet(api, answers),
        ServiceDeviceNoticesServlet(api, answers, devices, settings),
        ServiceDeviceNoticeServlet(api),
        ServiceDeviceInstructionServlet(api, answers),
    ]
    if is_main_process(api):
        servlets += [ProvisionDevicesServlet(api, answers), ProvisionDeviceActionServlet(api, answers)]
    return servlets
