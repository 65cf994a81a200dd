"""The catalogues and the scripts that use them."""

import json
import re

import pytest
from kairan.language import Language
from kairan_bridge.pages.assets import STATIC
from kairan_bridge.pages.documents import PAGES, TEXTS, read_texts

SCRIPTS = {
    path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(STATIC.rglob("*.js"))
    if "vendor" not in path.parts
}

PLACEHOLDER = re.compile(r"\{(\w+)\}")
USED = re.compile(r"\bt\(\s*'([^']+)'|'(error\.[a-z_]+)'|\? '([a-z_]+\.[a-z_.]+)' : '([a-z_]+\.[a-z_.]+)'")
COUNTED = re.compile(r"\bcounted\((?:[^,()]*\? )?'([^']+)'(?: : '([^']+)')?")
BUILT = re.compile(r"\bt\(`([^`]*)`")


def keys_in_use() -> set[str]:
    used = {"product", "noscript", *(page.title for page in PAGES)}
    for source in SCRIPTS.values():
        used |= {key for groups in USED.findall(source) for key in groups if key}
        used |= {f"{key}.{n}" for groups in COUNTED.findall(source) for key in groups if key for n in ("one", "other")}
    return used


def patterns_in_use() -> list[re.Pattern[str]]:
    """Keys that are put together: `t(`login.${name}.missing`)`."""
    built = [key for source in SCRIPTS.values() for key in BUILT.findall(source)]
    return [
        re.compile(r"[a-z_]+".join(re.escape(part) for part in re.split(r"\$\{\w+(?:\.\w+)*\}", key))) for key in built
    ]


@pytest.mark.parametrize("language", list(Language))
def test_a_catalogue_has_every_text_that_the_others_have(language: Language) -> None:
    everything = set().union(*(read_texts(other) for other in Language))
    assert everything - set(read_texts(language)) == set()


@pytest.mark.parametrize("language", list(Language))
def test_no_text_is_empty_or_given_twice(language: Language) -> None:
    pairs = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=list)
    assert [key for key, text in pairs if not text.strip()] == []
    assert len(pairs) == len(dict(pairs))


def test_texts_of_all_languages_take_the_same_values() -> None:
    japanese = read_texts(Language.JAPANESE)
    for language in Language:
        for key, text in read_texts(language).items():
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(japanese[key])), (language, key)


def test_every_text_that_a_script_asks_for_is_there() -> None:
    assert keys_in_use() - set(read_texts(Language.JAPANESE)) == set()


def test_no_text_is_left_over() -> None:
    used, built = keys_in_use(), patterns_in_use()
    left = [
        key for key in read_texts(Language.JAPANESE) if key not in used and not any(p.fullmatch(key) for p in built)
    ]
    assert left == []


def test_no_script_speaks_for_itself() -> None:
    """Texts belong in the catalogues. Comments, and the one name of a language, may be Japanese."""
    for path, source in SCRIPTS.items():
        code = re.sub(r"/\*.*?\*/|//.*", "", source, flags=re.DOTALL)
        spoken = set(re.findall(r"[぀-ヿ一-鿿]+", code)) - {"日本語"}
        assert spoken == set(), path


def test_scripts_import_only_files_that_are_there() -> None:
    for path, source in SCRIPTS.items():
        for imported in re.findall(r"""(?:from|import)\s+['"]([^'"]+)['"]""", source):
            assert imported.startswith("."), (path, imported)
            assert (STATIC / path).parent.joinpath(imported).resolve().is_file(), (path, imported)


def test_vendored_files_stand_beside_their_licences() -> None:
    names = {path.name for path in (STATIC / "vendor").rglob("LICENSE*")}
    assert names == {
        "LICENSE.lit-html.txt",
        "LICENSE.lit-element.txt",
        "LICENSE.reactive-element.txt",
        "LICENSE.txt",
    }
