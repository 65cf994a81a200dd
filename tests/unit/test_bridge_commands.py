"""Commands as people type them, and how answers look. All of it without a homeserver."""

import asyncio
from string import Formatter

import pytest
from kairan.language import Language
from kairan_bridge.commands import COMMANDS
from kairan_bridge.commands.help import show_help
from kairan_bridge.commands.language import CHOICES
from kairan_bridge.commands.parse import Typed, normal_name, parse
from kairan_bridge.commands.table import DIRECT_ONLY, GROUP_ONLY, Asked, Command, find
from kairan_bridge.events import Message, read_invite, read_message
from kairan_bridge.people import Caller, People
from kairan_bridge.reply import Answer, formatted, notice, plain
from kairan_bridge.rooms import RoomKind, room_kind
from kairan_bridge.texts import TEXTS, text


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        ("!help", Typed("help", "")),
        ("！ヘルプ", Typed("ヘルプ", "")),
        ("  !help  ", Typed("help", "")),
        ("!言語 en", Typed("言語", "en")),
        ("！言語　ｅｎ", Typed("言語", "ｅｎ")),
        ("!予定 歓送迎会 | 12/1\n12/2", Typed("予定", "歓送迎会 | 12/1\n12/2")),
        ("!予定\n歓送迎会", Typed("予定", "歓送迎会")),
    ],
)
def test_a_command_is_read_with_what_follows_it(body: str, typed: Typed) -> None:
    assert parse(body) == typed


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "!",
        "！",
        "! help",
        "!　ヘルプ",
        "!!",
        "!!!",
        "!?",
        "！？",
        "!1",
        "help",
        "これは !help です",
        "a\n!help",
        "!" + "a" * 41,
    ],
)
def test_what_is_no_command_is_left_alone(body: str) -> None:
    assert parse(body) is None


def test_what_a_reply_quotes_is_not_its_command() -> None:
    assert parse("> <@a:b> !help\n> !help\n\nこれは何", is_reply=True) is None
    assert parse("> <@a:b> !help\n\n!言語 en", is_reply=True) == Typed("言語", "en")
    assert parse("> <@a:b> !help\n\n!言語 en") is None


@pytest.mark.parametrize("name", ["ヘルプ", "ﾍﾙﾌﾟ", "help", "HELP", "ｈｅｌｐ", "使い方"])
def test_width_and_case_of_a_name_do_not_matter(name: str) -> None:
    found = find(COMMANDS, name)
    assert found is not None
    assert found.names[Language.ENGLISH] == ("help",)


def test_no_two_commands_share_a_name() -> None:
    names = [normal_name(n) for command in COMMANDS for ns in command.names.values() for n in ns]
    assert len(names) == len(set(names))


def test_every_command_can_be_typed_and_is_told_of_in_every_language() -> None:
    for command in COMMANDS:
        for language in Language:
            assert parse(command.shown(language)) == Typed(command.names[language][0], "")
            assert command.summary[language]
            assert "\n" not in command.summary[language]
            assert language in command.usage


def test_every_text_is_there_in_every_language_with_the_same_fields() -> None:
    for key, texts in TEXTS.items():
        assert set(texts) == set(Language), key
        fields = [{name for _, name, _, _ in Formatter().parse(t) if name is not None} for t in texts.values()]
        assert fields[0] == fields[1], key


def test_every_spelling_of_a_language_is_in_the_form_that_is_compared() -> None:
    assert all(normal_name(spelling) == spelling for spelling in CHOICES)


def test_help_names_what_works_here_and_what_works_elsewhere() -> None:
    async def nothing(asked: Asked) -> Answer:
        return Answer("")

    def row(name: str, where: frozenset[RoomKind]) -> Command:
        names: dict[Language, tuple[str, ...]] = dict.fromkeys(Language, (name,))
        return Command(names, dict.fromkeys(Language, ""), dict.fromkeys(Language, f"about {name}"), where, nothing)

    table = (row("mine", DIRECT_ONLY), row("ours", GROUP_ONLY), *COMMANDS)
    message = Message("$1", "!r", "@1:a", "!help", 0)
    caller = Caller("@1:a", staff=True, local=True, language=Language.ENGLISH)
    asked = Asked(message, caller, RoomKind.GROUP, "", People.__new__(People), table)
    answer = asyncio.run(show_help(asked))
    assert [term for term, _ in answer.items] == ["!ours", "!help", "!language ja or en"]
    assert "!mine" in answer.after


def test_an_answer_is_plain_text_and_html_with_nothing_of_the_askers_markup() -> None:
    answer = Answer("`<b>` & co", (("!a", "<i>"),), "end")
    assert plain(answer) == "<b> & co\n・!a\u3000<i>\nend"
    assert formatted(answer) == (
        "<p><code>&lt;b&gt;</code> &amp; co</p><ul><li><code>!a</code> &lt;i&gt;</li></ul><p>end</p>"
    )


def test_a_value_cannot_bring_markup_or_fields_into_a_text() -> None:
    assert text("unknown", Language.ENGLISH, name="!`{x}`") == "There is no command “!{x}”. These work here."


def test_a_notice_says_whom_it_answers() -> None:
    content = notice(Answer("x"), Message("$1", "!r", "@1:a", "!help", 0, thread="$root"))
    assert content["m.mentions"] == {"user_ids": ["@1:a"]}
    assert content["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": False,
        "m.in_reply_to": {"event_id": "$1"},
    }


@pytest.mark.parametrize(
    ("members", "named", "called_direct", "kind"),
    [
        (2, False, False, RoomKind.DIRECT),
        (2, True, True, RoomKind.DIRECT),
        (2, True, False, RoomKind.GROUP),
        (3, False, True, RoomKind.GROUP),
        (1, False, False, RoomKind.DIRECT),
        (None, False, True, RoomKind.GROUP),
    ],
)
def test_a_direct_chat_has_two_members_and_no_name_unless_it_was_called_one(
    members: object, named: bool, called_direct: bool, kind: RoomKind
) -> None:
    assert room_kind(members, named, called_direct) is kind


def message(**changes: object) -> dict[str, object]:
    """A text message as it comes from the homeserver."""
    content = {"msgtype": "m.text", "body": "!help"}
    event = {"type": "m.room.message", "event_id": "$1", "room_id": "!r", "sender": "@1:a", "origin_server_ts": 5}
    return {**event, "content": content, **changes}


def test_a_text_message_is_read() -> None:
    assert read_message(message()) == Message("$1", "!r", "@1:a", "!help", 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "m.sticker"},
        {"state_key": ""},
        {"content": {}},
        {"content": None},
        {"content": {"msgtype": "m.notice", "body": "!help"}},
        {"content": {"msgtype": "m.text", "body": ["!help"]}},
        {"content": {"msgtype": "m.text", "body": "!help", "m.new_content": {}}},
        {"content": {"msgtype": "m.text", "body": "!help", "m.relates_to": {"rel_type": "m.replace"}}},
        {"sender": 5},
        {"origin_server_ts": True},
    ],
)
def test_other_events_are_no_messages(changes: dict[str, object]) -> None:
    assert read_message(message(**changes)) is None


def test_an_invite_of_the_bot_is_read_and_of_others_not() -> None:
    event = message(type="m.room.member", state_key="@kairan:a", content={"membership": "invite", "is_direct": True})
    invite = read_invite(event, "@kairan:a")
    assert invite is not None
    assert (invite.sender, invite.sent_at, invite.direct) == ("@1:a", 5, True)
    assert read_invite(event, "@other:a") is None
    assert read_invite({**event, "content": {"membership": "join"}}, "@kairan:a") is None
