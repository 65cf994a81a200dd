"""`!端末`, `!承認`, `!拒否`, `!紛失`: devices on the Internet side.

The modules saw each message on its way, with the network that it came from. They decide; these commands only tell
them which message it was, and the person what came of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kairan.devices import VERB_NAMES, Verb
from kairan.language import Language

from kairan_bridge.commands.table import DIRECT_ONLY, Asked, Command
from kairan_bridge.devices import Devices, device_lines
from kairan_bridge.homeserver import RefusedError
from kairan_bridge.reply import Answer
from kairan_bridge.texts import text

_REFUSALS = {
    "JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN": "device_only_from_lgwan",
    "JP.KAIRAN.DEVICE_REQUEST_UNKNOWN": "device_unknown_number",
}


def device_commands(devices: Devices) -> tuple[Command, ...]:
    """The rows of the commands about devices."""

    async def show(asked: Asked) -> Answer:
        found = await devices.of(asked.caller.user_id)
        if not found:
            return Answer(text("device_none", asked.language))
        return Answer(
            text("device_list", asked.language),
            tuple(
                (
                    each.name or each.device_id,
                    text("device_is_certified" if each.certified else "device_is_not", asked.language),
                )
                for each in found
            ),
            text("device_list_after", asked.language),
        )

    async def instruct(asked: Asked) -> Answer:
        try:
            outcome = await devices.carry_out(asked.message.event_id)
        except RefusedError as refusal:
            if refusal.status != 404:
                raise
            # The modules did not see it pass: sent before they were there, or by something that is no client.
            return Answer(text("device_only_from_lgwan", asked.language))
        return told(outcome, asked.language)

    return (
        Command(
            names={Language.JAPANESE: ("端末",), Language.ENGLISH: ("devices",)},
            usage={Language.JAPANESE: "", Language.ENGLISH: ""},
            summary={
                Language.JAPANESE: "サインインしているあなたの端末を表示します。",
                Language.ENGLISH: "Shows the devices that you are signed in on.",
            },
            where=DIRECT_ONLY,
            run=show,
        ),
        _row(Verb.APPROVE, instruct),
        _row(Verb.DENY, instruct),
        _row(Verb.LOST, instruct),
    )


def told(outcome: Mapping[str, Any], language: Language) -> Answer:
    """The answer to what the modules made of a message."""
    kind = outcome.get("outcome")
    if kind in ("approved", "denied"):
        return Answer(text(f"device_did_{kind}", language), device_lines(outcome, language))
    if kind == "refused":
        return Answer(text(_REFUSALS.get(str(outcome.get("errcode")), "device_unknown_number"), language))
    if kind == "lost":
        return Answer(text("device_did_lost", language, count=str(outcome.get("devices"))))
    return Answer(text("device_confirm_lost" if kind == "confirm" else "device_number_needed", language))


_SUMMARIES = {
    Verb.APPROVE: (
        "番号の端末がサインインするのを認めます（LGWAN 側から）。",
        "Lets the device with this number sign in (from LGWAN).",
    ),
    Verb.DENY: ("番号の端末を断ります（LGWAN 側から）。", "Turns the device with this number away (from LGWAN)."),
    Verb.LOST: (
        "端末をなくしたとき、すべての端末からサインアウトします。",
        "When a device is lost: signs you out everywhere.",
    ),
}


def _row(verb: Verb, run: Callable[[Asked], Any]) -> Command:
    japanese, english = _SUMMARIES[verb]
    numbered = verb is not Verb.LOST
    return Command(
        names=VERB_NAMES[verb],
        usage={Language.JAPANESE: "番号" if numbered else "", Language.ENGLISH: "number" if numbered else ""},
        summary={Language.JAPANESE: japanese, Language.ENGLISH: english},
        where=DIRECT_ONLY,
        run=run,
    )
