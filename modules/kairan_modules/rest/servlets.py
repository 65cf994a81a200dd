"""All calls of the REST API."""

from kairan_modules.audit import Audit
from kairan_modules.directory import Directory
from kairan_modules.passwords import FirstPasswords
from kairan_modules.rest.audit import AuditServlet
from kairan_modules.rest.device_servlets import device_servlets
from kairan_modules.rest.organizations import OrganizationPeopleServlet, OrganizationServlet, OrganizationsServlet
from kairan_modules.rest.people import (
    MeServlet,
    PersonAnswers,
    PersonServlet,
    PhonebookServlet,
    SettingsServlet,
)
from kairan_modules.rest.provision_organizations import ProvisionOrganizationsServlet
from kairan_modules.rest.provision_people import ProvisionPeopleServlet
from kairan_modules.rest.provision_rooms import ProvisionRoomsServlet
from kairan_modules.rest.service import ServicePersonServlet, ServiceSettingsServlet
from kairan_modules.rest.sign_in_servlets import sign_in_servlets
from kairan_modules.settings import Settings
from kairan_modules.store import RegistryStore
from kairan_modules.synapse_compat import ModuleApi, RestServlet, is_main_process


def all_servlets(
    api: ModuleApi,
    store: RegistryStore,
    directory: Directory,
    settings: Settings,
    first_passwords: FirstPasswords,
    audit: Audit,
    bot: str,
) -> list[RestServlet]:
    """The servlets of this process: provisioning is served by the main process alone."""
    answers = PersonAnswers(api, store, directory)
    servlets: list[RestServlet] = [
        MeServlet(api, directory, answers, settings),
        SettingsServlet(api, settings),
        PersonServlet(api, directory, answers),
        PhonebookServlet(api, directory, answers),
        OrganizationsServlet(api, store, directory),
        OrganizationServlet(api, store, directory),
        OrganizationPeopleServlet(api, store, directory, answers),
        AuditServlet(api, store, audit),
        ServicePersonServlet(api, directory, answers, settings),
        ServiceSettingsServlet(api, settings),
        *sign_in_servlets(api, store, audit, first_passwords),
        *device_servlets(api, store, audit, settings),
    ]
    if is_main_process(api):
        servlets += [
            ProvisionOrganizationsServlet(api, store),
            ProvisionPeopleServlet(api, store, first_passwords, bot),
            ProvisionRoomsServlet(api, store, bot),
        ]
    return servlets
