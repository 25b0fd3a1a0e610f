"""Both languages say the same, in full: no entry missing, none left in the other language, none with other parameters."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from popmodel.messages import LANGUAGES, catalogue_sections, entries, text, use_language

CATALOGUE = Path(__file__).resolve().parents[2] / "popmodel" / "messages" / "catalogue"

CHINESE = re.compile(r"[\u3400-\u9fff]")
# Punctuation of Chinese typesetting; in an English text it is a slip of the input method.
FULL_WIDTH = re.compile(r"[\u3001-\u3011\uff01-\uff5e]")
# Half-width punctuation between two Chinese characters, the same slip the other way round.
HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff])[,;:?!](?=[\u3400-\u9fff])")
# Words that a Chinese text may consist of: names of formats, units and symbols that are the same in both languages.
SAME_IN_BOTH = {
    "HTML",
    "PDF",
    "Excel",
    "xlsx",
    "TFR",
    "SRB",
    "URL",
    "UN",
    "WPP",
    "popmodel",
    "e0",
    "English",
    "WGS84",
    "GCJ02",
    "BD09",
}
# English texts that quote Chinese on purpose, as an example of what to write.
QUOTES_CHINESE = {"problems.entry_field_not_languages.mend"}


def all_entries() -> Iterator[tuple[str, dict[str, str]]]:
    for section in catalogue_sections():
        yield from ((key, dict(texts)) for key, texts in entries(section).items())


def placeholders(template: str) -> set[str]:
    """The names of the parameters a text takes, also those inside a format (`{value:{width}}`)."""
    found: set[str] = set()
    for _, name, spec, _ in string.Formatter().parse(template):
        if name is not None:
            found |= {re.split(r"[.\[]", name)[0]} | placeholders(spec or "")
    return found


def without_placeholders(template: str) -> str:
    return "".join(literal for literal, *_ in string.Formatter().parse(template))


def test_every_entry_has_both_languages_and_nothing_else() -> None:
    wrong = {key: sorted(texts) for key, texts in all_entries() if set(texts) != set(LANGUAGES)}
    assert not wrong


def test_no_entry_is_empty_or_padded() -> None:
    assert not [key for key, texts in all_entries() if any(not one.strip() for one in texts.values())]
    padded = [
        key for key, texts in all_entries() if not key.endswith("separator") and any(one != one.strip() for one in texts.values())
    ]
    assert not padded


def test_both_languages_take_the_same_parameters() -> None:
    wrong = {
        key: {lang: sorted(placeholders(one)) for lang, one in texts.items()}
        for key, texts in all_entries()
        if len({frozenset(placeholders(one)) for one in texts.values()}) > 1
    }
    assert not wrong


def test_parameters_have_names() -> None:
    # `{}` and `{0}` depend on word order, which differs between the languages.
    named = {key: placeholders(texts["zh"]) | placeholders(texts["en"]) for key, texts in all_entries()}
    assert not {key: names for key, names in named.items() if not all(name.isidentifier() for name in names)}


def test_chinese_texts_are_in_chinese() -> None:
    left = {}
    for key, texts in all_entries():
        words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", without_placeholders(texts["zh"])))
        if not CHINESE.search(texts["zh"]) and not words <= SAME_IN_BOTH:
            left[key] = texts["zh"]
    assert not left


def test_english_texts_are_in_english() -> None:
    left = {
        key: texts["en"]
        for key, texts in all_entries()
        if key not in QUOTES_CHINESE and (CHINESE.search(texts["en"]) or FULL_WIDTH.search(texts["en"]))
    }
    assert not left


def test_chinese_texts_are_punctuated_in_chinese() -> None:
    assert not {key: texts["zh"] for key, texts in all_entries() if HALF_WIDTH.search(texts["zh"])}


def test_every_problem_says_how_to_mend_it() -> None:
    frame = {"where_line", "where_cell", "where_column", "where_separator", "head", "with_mend"}
    keys = {key.removeprefix("problems.") for key in entries("problems")} - frame
    codes = {key for key in keys if not key.endswith(".mend")}
    assert {f"{code}.mend" for code in codes} == keys - codes


def test_messages_end_without_a_full_stop() -> None:
    # They are put together with their remedy: "…. ….", and two stops in a row look careless.
    messages = [(key, texts) for key, texts in all_entries() if key.startswith("problems.") and key != "problems.with_mend"]
    assert not [key for key, texts in messages if texts["zh"].endswith(("。", "；"))]
    assert not [key for key, texts in messages if texts["en"].endswith((".", ";"))]


@pytest.mark.parametrize("section", catalogue_sections())
def test_keys_are_written_once(section: str) -> None:
    # TOML itself refuses a table that is written twice; a key beside sub-tables of the same name would be lost.
    source = (CATALOGUE / f"{section}.toml").read_text(encoding="utf-8")
    heads = re.findall(r"^\[([^\]]+)\]\s*$", source, flags=re.MULTILINE)
    assert len(heads) == len(set(heads))
    assert source.endswith("\n")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN.GB18030", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"POPMODEL_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ({"POPMODEL_LANG": "EN", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"POPMODEL_LANG": "fr", "LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_language_follows_the_locale(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The order of precedence is POSIX's: LC_ALL, then LC_MESSAGES, then LANG.
    from popmodel.messages import language

    for name in ("POPMODEL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_chosen_language_ends_with_its_block() -> None:
    with use_language("zh"):
        assert text("problems.where_line", line=3) == "第 3 行"
        with use_language("en"):
            assert text("problems.where_line", line=3) == "line 3"
        assert text("problems.where_line", line=3) == "第 3 行"
    assert text("problems.where_line", line=3) == "line 3"
    with pytest.raises(ValueError, match="'de'"), use_language("de"):
        pass
