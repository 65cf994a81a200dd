"""The calls about signing in, put together."""

from kairan_modules.activations import Activations
from kairan_modules.audit import Audit
from kairan_modules.chosen_passwords import ChosenPasswords
from kairan_modules.lockout import Lockout
from kairan_modules.passwords import FirstPasswords
from kairan_modules.rest.activations import ActivationCheckServlet, ActivationServlet, ProvisionActivationsServlet
from kairan_modules.rest.sign_in import SignInsServlet
from kairan_modules.store import RegistryStore
from kairan_modules.store.sign_in import SignInStore
from kairan_modules.synapse_compat import ModuleApi, RestServlet, is_main_process


def sign_in_servlets(
    api: ModuleApi, store: RegistryStore, audit: Audit, first_passwords: FirstPasswords
) -> list[RestServlet]:
    """The servlets of this process: links are given out by the main process alone."""
    sign_ins = SignInStore(api)
    passwords = ChosenPasswords(store, first_passwords, audit)
    activations = Activations(api, store, Lockout(api, audit, sign_ins), passwords, audit)
    servlets: list[RestServlet] = [
        SignInsServlet(api, sign_ins),
        ActivationCheckServlet(activations),
        ActivationServlet(activations),
    ]
    if is_main_process(api):
        servlets.append(ProvisionActivationsServlet(api, store, activations))
    return servlets
