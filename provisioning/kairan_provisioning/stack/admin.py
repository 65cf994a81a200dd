"""Synapse's admin API on a server's internal listener, as far as the demonstration needs it."""

import hashlib
import hmac

import httpx

from kairan_provisioning.stack import files
from kairan_provisioning.stack.errors import StackError
from kairan_provisioning.stack.layout import Server
from kairan_provisioning.stack.secrets import Secrets

OPERATOR = "operator"
"""Localpart of the server administrator that the stack makes."""


async def operator_token(client: httpx.AsyncClient, server: Server, secrets: Secrets) -> str:
    """An access token of the operator, whose account is made where it is missing.

    The token is kept in the home, so that restarting makes no new device each time.

    Raises:
        StackError: the homeserver refuses.
    """
    path = server.home / "operator.yaml"
    token = files.read_mapping(path).get("access_token")
    if isinstance(token, str) and await _works(client, token):
        return token
    token = await _register(client, server, secrets) or await _sign_in(client, server, secrets)
    files.write_yaml(path, {"access_token": token}, "The operator's session. Keep it to yourself.")
    return token


async def set_password(client: httpx.AsyncClient, token: str, user_id: str, password: str) -> None:
    """Give an account a password and leave its sessions alone.

    https://element-hq.github.io/synapse/v1.163/admin_api/user_admin_api.html#reset-password

    Raises:
        StackError: the homeserver refuses, for example because there is no such account.
    """
    response = await client.post(
        f"/_synapse/admin/v1/reset_password/{user_id}",
        json={"new_password": password, "logout_devices": False},
        headers={"Authorization": f"Bearer {token}"},
    )
    if response.status_code != httpx.codes.OK:
        raise _refused(f"password of {user_id}", response)


async def _works(client: httpx.AsyncClient, token: str) -> bool:
    response = await client.get("/_matrix/client/v3/account/whoami", headers={"Authorization": f"Bearer {token}"})
    return response.status_code == httpx.codes.OK


async def _register(client: httpx.AsyncClient, server: Server, secrets: Secrets) -> str | None:
    """Make the operator's account by Synapse's shared secret; None where the account is there already."""
    path = "/_synapse/admin/v1/register"
    nonce = (await client.get(path)).raise_for_status().json()["nonce"]
    signed = "\0".join((nonce, OPERATOR, secrets.operator_password, "admin"))
    mac = hmac.new(secrets.registration_shared_secret.encode(), signed.encode(), hashlib.sha1).hexdigest()
    response = await client.post(
        path,
        json={
            "nonce": nonce,
            "username": OPERATOR,
            "displayname": f"{server.prefecture}運用者",
            "password": secrets.operator_password,
            "admin": True,
            "mac": mac,
        },
    )
    if response.status_code == httpx.codes.OK:
        return str(response.json()["access_token"])
    if response.json().get("errcode") == "M_USER_IN_USE":
        return None
    raise _refused("registration of the operator", response)


async def _sign_in(client: httpx.AsyncClient, server: Server, secrets: Secrets) -> str:
    response = await client.post(
        "/_matrix/client/v3/login",
        json={
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": OPERATOR},
            "password": secrets.operator_password,
            "initial_device_display_name": "kairan stack",
        },
    )
    if response.status_code != httpx.codes.OK:
        raise _refused("sign-in of the operator", response)
    return str(response.json()["access_token"])


def _refused(what: str, response: httpx.Response) -> StackError:
    return StackError(
        f"{response.url} がエラーを返しました。",
        f"{what}: HTTP {response.status_code} {response.text[:300]}",
        exit_code=1,
    )
