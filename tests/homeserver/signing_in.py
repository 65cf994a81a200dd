"""What tests of signing in do: try passwords from addresses of the loopback network, and move the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from kairan.lockout import RULES, Scope
from kairan.zones import Zone

from tests.homeserver.town import ORGANIZATIONS, Town

PASSWORD = "words that nobody knows"

FREE = RULES[Scope.PAIR].free


@contextmanager
def later(town: Town, *, seconds: float) -> Iterator[None]:
    """Let the homeserver's clock be ahead."""
    clock: Any = town.server.hs.get_clock()
    real = clock.time_msec
    clock.time_msec = lambda: real() + int(seconds * 1000)
    try:
        yield
    finally:
        clock.time_msec = real


def declare_policies(town: Town, **policies: dict[str, Any]) -> None:
    """Let organisations declare these, by key with `o` before it; everybody signs in with any device."""
    declared = [
        {**each, "policy": {"sign_in": "open", **policies.get(f"o{each['organization']}", {})}}
        for each in ORGANIZATIONS
    ]
    answer = town.declare("organizations", {"organizations": declared})
    assert answer.status_code == 200, answer.text


def give_password(town: Town, localpart: str, password: str = PASSWORD) -> None:
    """Set a password as an operator does, who is not held to the rules of organisations."""
    with town.server.client(town.operator) as client:
        path = f"/_synapse/admin/v1/reset_password/{town.server.user_id(localpart)}"
        answer = client.post(path, json={"new_password": password, "logout_devices": False})
    assert answer.status_code == 200, answer.text


def at(address: str, base_url: str, token: str | None = None) -> httpx.Client:
    """A client whose connections come from this address, any of 127.0.0.0/8."""
    return httpx.Client(
        base_url=base_url,
        transport=httpx.HTTPTransport(local_address=address),
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=60,
    )


def identified(user: str, password: str) -> dict[str, Any]:
    """A password as `/login` and user-interactive authentication take it."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
    }


def sign_in(
    town: Town,
    user: str,
    password: str = PASSWORD,
    zone: Zone = Zone.LGWAN,
    *,
    path: str = "/_matrix/client/v3/login",
    address: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
    **others: object,
) -> httpx.Response:
    """Try a password at `/login`."""
    with at(address, town.server.url(zone)) as client:
        return client.post(path, json=identified(user, password) | others, headers=headers)


def miss(town: Town, user: str, times: int, zone: Zone = Zone.LGWAN, *, address: str = "127.0.0.1") -> None:
    """Try wrong passwords, all of which are looked at."""
    for _ in range(times):
        answer = sign_in(town, user, "wrong", zone, address=address)
        assert (answer.status_code, answer.json()["errcode"]) == (403, "M_FORBIDDEN"), answer.text


def refused(answer: httpx.Response) -> int:
    """That it was refused by a lockout, and how many seconds are to wait."""
    body = answer.json()
    assert (answer.status_code, body["errcode"]) == (429, "JP.KAIRAN.LOCKED_OUT"), answer.text
    assert "パスワードの間違い" in body["error"]
    assert "Too many wrong passwords" in body["error"]
    assert int(answer.headers["Retry-After"]) == -(-body["retry_after_ms"] // 1000)
    return int(answer.headers["Retry-After"])
