"""Two prefectures chatting, with a client that is not ours on all four faces."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.e2e.approving import sign_in
from tests.e2e.nio_people import signed_in
from tests.e2e.running import KAIRAN, RunningStack

DECLARED = Path(__file__).parents[2] / "configs" / "demo"


def test_people_of_two_prefectures_talk_from_every_face(stack: RunningStack) -> None:
    osaka, tokyo = stack.servers["osaka"], stack.servers["tokyo"]
    one, other = stack.account("osaka", "272060"), stack.account("tokyo")

    async def run() -> None:
        async with (
            signed_in(one, osaka.lgwan) as desk,
            signed_in(one, osaka.internet, osaka) as phone,
            signed_in(other, tokyo.lgwan) as far_desk,
            signed_in(other, tokyo.internet) as far_phone,
        ):
            room = await desk.create_room(other.user_id)
            await far_desk.join(room)
            await far_desk.say(room, "東京都です。よろしくお願いします。")
            await desk.wait_for(room, other.user_id, "東京都です")
            await phone.say(room, "大阪からです（スマートフォン）。")
            await far_phone.wait_for(room, one.user_id, "スマートフォン")
            await far_phone.say(room, "こちらも外から見えています。")
            # One account, two networks: both sessions have the whole conversation.
            await desk.wait_for(room, other.user_id, "外から見えています")
            await phone.wait_for(room, other.user_id, "外から見えています")

    asyncio.run(run())


@pytest.mark.parametrize("name", ["osaka", "tokyo"])
def test_the_bot_answers_for_help_in_japanese(stack: RunningStack, name: str) -> None:
    server = stack.servers[name]
    person = stack.account(name)

    async def run() -> None:
        async with signed_in(person, server.lgwan) as desk:
            room = await desk.create_room(server.bot, direct=True)
            await desk.wait_for_member(room, server.bot)
            await desk.say(room, "!help")
            await desk.wait_for(room, server.bot, "使えるコマンド")

    asyncio.run(run())


def _token(stack: RunningStack, server: str, face: str, organization: str | None = None, role: str = "staff") -> str:
    account = stack.account(server, organization, role)
    answer = sign_in(stack.servers[server], account, face)
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["access_token"])


def _search(face: str, token: str, term: str) -> set[str]:
    answer = httpx.post(
        f"{face}/_matrix/client/v3/user_directory/search",
        json={"search_term": term, "limit": 50},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    return {row["user_id"] for row in answer.json()["results"]}


@pytest.mark.parametrize("face", ["lgwan", "internet"])
def test_the_search_box_finds_colleagues_and_nobody_of_the_other_prefecture(stack: RunningStack, face: str) -> None:
    osaka = stack.servers["osaka"]
    base = str(getattr(osaka, face))
    token = _token(stack, "osaka", base, "272060")
    colleague = stack.account("osaka", "272060", number=1)
    stranger = stack.account("tokyo")
    surname = colleague.name.split()[0]
    assert colleague.user_id in _search(base, token, surname)
    assert stranger.user_id not in _search(base, token, stranger.name.split()[0])
    assert stranger.user_id not in _search(base, token, stranger.user_id)


def test_the_council_is_seen_only_from_inside(stack: RunningStack) -> None:
    """The councillors are read from the registry with the operator's rights, then searched for by a clerk."""
    osaka = stack.servers["osaka"]
    operator = _token(stack, "osaka", osaka.internal, role="operator")
    answer = httpx.get(
        f"{osaka.internal}/_synapse/client/kairan/v1/provision/people",
        params={"organization": "272060/council"},
        headers={"Authorization": f"Bearer {operator}"},
        trust_env=False,
    )
    councillors = [
        row for row in answer.json()["people"] if all(p["organization"] == "272060/council" for p in row["postings"])
    ]
    assert councillors
    clerk = _token(stack, "osaka", osaka.lgwan, "272060")
    for row in councillors[:3]:
        assert f"@{row['localpart']}:{osaka.server_name}" not in _search(osaka.lgwan, clerk, row["name"])


def test_administrators_tools_work_on_the_internal_listener(stack: RunningStack) -> None:
    """What synadm calls: https://element-hq.github.io/synapse/latest/usage/administration/admin_api/"""
    osaka = stack.servers["osaka"]
    token = _token(stack, "osaka", osaka.internal, role="operator")
    header = {"Authorization": f"Bearer {token}"}
    with httpx.Client(headers=header, trust_env=False) as client:
        users = client.get(f"{osaka.internal}/_synapse/admin/v2/users", params={"limit": 1000})
        assert users.status_code == httpx.codes.OK, users.text
        assert users.json()["total"] >= 400
        person = stack.account("osaka", "272060")
        detail = client.get(f"{osaka.internal}/_synapse/admin/v2/users/{person.user_id}")
        assert person.name in detail.json()["displayname"]
        rooms = client.get(f"{osaka.internal}/_synapse/admin/v1/rooms", params={"limit": 1000})
        assert rooms.json()["total_rooms"] >= 23


def test_colleagues_meet_in_the_room_of_their_section_without_being_invited(stack: RunningStack) -> None:
    osaka = stack.servers["osaka"]
    one = stack.account("osaka", "272060")
    other = next(a for a in stack.accounts if a.section == one.section and a.user_id != one.user_id)

    async def run() -> None:
        async with signed_in(one, osaka.lgwan) as desk, signed_in(other, osaka.internet, osaka) as phone:
            shared = set(await desk.joined_rooms()) & set(await phone.joined_rooms())
            assert len(shared) >= 2, "the Space of the body and the room of the section"
            room = await desk.room_named(shared, "危機管理課")
            await desk.say(room, "定例会議は15時からです。")
            await phone.wait_for(room, one.user_id, "15時から")

    asyncio.run(run())


def test_what_is_there_after_the_start_is_what_the_files_declare(stack: RunningStack) -> None:
    """By the command as an administrator uses it."""
    osaka = stack.servers["osaka"]
    done = subprocess.run(
        [KAIRAN, "plan", DECLARED / "osaka", "--homeserver", osaka.internal, "--json"],
        env={**os.environ, "KAIRAN_TOKEN": _token(stack, "osaka", osaka.internal, role="operator")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nothing_to_change"] is True, done.stdout
