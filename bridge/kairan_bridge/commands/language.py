"""`!言語`, `!language`: the language in which the bot and the pages speak to a person."""

from kairan.language import Language

from kairan_bridge.commands.parse import normal_name
from kairan_bridge.commands.table import EVERYWHERE, Asked, Command
from kairan_bridge.reply import Answer
from kairan_bridge.texts import text

CHOICES: dict[str, Language] = {
    **dict.fromkeys(("ja", "jp", "japanese", "日本語", "にほんご"), Language.JAPANESE),
    **dict.fromkeys(("en", "english", "英語", "えいご"), Language.ENGLISH),
}
"""What people type, as `normal_name` writes it."""


async def choose_language(asked: Asked) -> Answer:
    """Store the language with the modules and confirm in it; without an argument, tell the current one."""
    if not asked.argument:
        return Answer(text("language_now", asked.language))
    language = CHOICES.get(normal_name(asked.argument))
    if language is None:
        return Answer(text("language_unknown", asked.language, given=asked.argument[:40]))
    await asked.people.set_language(asked.caller.user_id, language)
    return Answer(text("language_set", language))


LANGUAGE = Command(
    names={Language.JAPANESE: ("言語",), Language.ENGLISH: ("language", "lang")},
    usage={Language.JAPANESE: "en または ja", Language.ENGLISH: "ja or en"},
    summary={
        Language.JAPANESE: "ボットとページの言語を選びます。",
        Language.ENGLISH: "Chooses the language of the bot and the pages.",
    },
    where=EVERYWHERE,
    run=choose_language,
)
