"""Signing in on the Internet side where the organisation wants new devices approved, as a person does it."""

import re

import httpx

from tests.e2e.running import Account, Server

_LOGIN = "/_matrix/client/v3/login"
_REQUESTS = "/_synapse/client/kairan/v1/devices/requests"


def number_in(text: str) -> str | None:
    """The number in a refusal, None in a text that has none."""
    found = re.search(r"番号 ([0-9]+)", text)
    return found and found[1]


def approve(server: Server, account: Account, number: str) -> None:
    """Approve a number by an LGWAN session of the person."""
    signed_in = _post(server.lgwan, account)
    assert signed_in.status_code == httpx.codes.OK, signed_in.text
    answer = httpx.post(
        f"{server.lgwan}{_REQUESTS}/{number}/approve",
        headers={"Authorization": f"Bearer {signed_in.json()['access_token']}"},
        json={},
        trust_env=False,
    )
    assert answer.status_code == httpx.codes.OK, answer.text


def sign_in(server: Server, account: Account, face: str) -> httpx.Response:
    """Sign in with the password on a face of the server, and once more if the device had to be approved first."""
    answer = _post(face, account)
    if answer.status_code == httpx.codes.FORBIDDEN and (number := answer.json().get("jp.kairan.number")):
        approve(server, account, number)
        answer = _post(face, account)
    return answer


def _post(face: str, account: Account) -> httpx.Response:
    return httpx.post(
        f"{face}{_LOGIN}",
        json={
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": account.user_id},
            "password": account.password,
        },
        trust_env=False,
        timeout=60,
    )
