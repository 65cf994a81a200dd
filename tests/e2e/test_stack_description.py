"""`stack.json` and the demonstration's content, as the contract has them."""

import httpx
from kairan.organizations import parse_organization_key

from tests.e2e.approving import sign_in
from tests.e2e.running import RunningStack

ROLES = {"staff", "organization_admin", "operator", "guest"}


def test_the_description_has_the_form_of_the_contract(stack: RunningStack) -> None:
    content = stack.content
    assert set(content) == {"servers", "accounts"}
    assert [server["name"] for server in content["servers"]] == ["osaka", "tokyo"]
    for server in content["servers"]:
        assert set(server) == {"name", "server_name", "prefecture", "lgwan", "internet", "web", "bot"}
        assert set(server["web"]) == {"lgwan", "internet"}
        assert server["bot"] == f"@kairan:{server['server_name']}"
    for account in content["accounts"]:
        assert set(account) == {"server", "user_id", "password", "name", "organization", "section", "role"}
        assert account["role"] in ROLES
        if account["organization"] is not None:
            parse_organization_key(account["organization"])


def test_the_description_is_for_its_owner_only(stack: RunningStack) -> None:
    assert (stack.home / "stack.json").stat().st_mode & 0o077 == 0


def test_the_ready_line_is_the_last_of_the_start(stack: RunningStack) -> None:
    ready = [number for number, line in enumerate(stack.output) if line.startswith("ready")]
    assert len(ready) == 1
    table = "\n".join(stack.output[: ready[0]])
    for account in stack.accounts:
        assert account.user_id in table
        assert account.password in table
    for server in stack.servers.values():
        assert server.lgwan in table
        assert server.internet in table


def test_the_sample_accounts_cover_what_one_wants_to_try(stack: RunningStack) -> None:
    staff = [a for a in stack.accounts if a.server == "osaka" and a.role in ("staff", "organization_admin")]
    places = [(a.organization, a.section) for a in staff if a.section]
    assert any(places.count(place) >= 2 for place in places), "two of one section"
    assert any(one[0] == other[0] and one[1] != other[1] for one in places for other in places), (
        "two sections of one body"
    )
    assert len({a.organization for a in staff}) >= 2, "two bodies"
    admins = {a.organization for a in stack.accounts if a.role == "organization_admin"}
    assert {"272060", "270008"} <= admins
    assert {a.server for a in stack.accounts if a.role == "operator"} == {"osaka", "tokyo"}
    assert any(a.server == "tokyo" and a.role == "staff" for a in stack.accounts)


def test_every_sample_account_signs_in_on_both_faces(stack: RunningStack) -> None:
    for account in stack.accounts:
        if account.role == "guest":
            continue
        server = stack.servers[account.server]
        for face in (server.lgwan, server.internet):
            answer = sign_in(server, account, face)
            assert answer.status_code == httpx.codes.OK, (account.user_id, face, answer.text)
            assert answer.json()["user_id"] == account.user_id


def test_osaka_has_its_23_bodies_and_a_walled_council_and_tokyo_at_least_three(stack: RunningStack) -> None:
    registered = {}
    for name, server in stack.servers.items():
        operator = stack.account(name, role="operator")
        token = httpx.post(
            f"{server.internal}/_matrix/client/v3/login",
            json={
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": operator.user_id},
                "password": operator.password,
            },
            trust_env=False,
        ).json()["access_token"]
        answer = httpx.get(
            f"{server.internal}/_synapse/client/kairan/v1/provision/organizations",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        registered[name] = {row["organization"]: row for row in answer.json()["organizations"]}
    cities = {key for key in registered["osaka"] if "/" not in key}
    assert len(cities) == 23
    assert "272060/council" in registered["osaka"]
    assert len(registered["tokyo"]) >= 3
    assert all(row["sections"] for row in registered["osaka"].values())
