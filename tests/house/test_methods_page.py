"""The methods page keeps its word: every method is there in both languages, its tests exist, its numbers are those of today."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

import popmodel.demography as demography
from popmodel.assessment.certificate import certificate_table, certify

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs" / "methods.md", "zh": ROOT / "docs" / "methods.zh-CN.md"}
ASSUMPTIONS = ROOT / "data" / "reference" / "assumptions.yaml"
FORMULA = {"en": "- **Formula**:", "zh": "- **公式**："}
# Methods of the forecast, the projection and the money that have a block of their own.
BEYOND = (
    "allowance_quarters",
    "attending_ages",
    "autoregression",
    "award_children",
    "away_factor",
    "births_factors",
    "births_nowcast",
    "carried_back",
    "chance_births",
    "completed_counts",
    "convertible_classes",
    "demand",
    "departures",
    "deviations",
    "drawn_shocks",
    "enrolment_by_month",
    "evidence_of",
    "expected_cost",
    "explanations",
    "fee_to_fill",
    "fit_fertility",
    "greedy",
    "held_to_births",
    "joint_correlation",
    "level_ahead",
    "mean_age",
    "money_bridge",
    "narrowed",
    "nowcast",
    "own_weights",
    "phase",
    "places_for_ages",
    "possible_amounts",
    "probability",
    "quantiles",
    "random_walk_sd",
    "registered_at_year_end",
    "registers_compared",
    "regret_table",
    "reward_recipients",
    "run_numpy",
    "seats_freed",
    "shared_out",
    "staff_table",
    "standard_normals",
    "step_year",
    "support_recipients",
    "survival_polynomials",
    "told_by_counts",
    "walk_beside",
    "yearly_bridge",
)

in_both = pytest.mark.parametrize("lang", PAGES)


@cache
def page(lang: str) -> str:
    return PAGES[lang].read_text(encoding="utf-8")


def blocks(lang: str) -> dict[tuple[str, ...], str]:
    """The functions in a method's heading → what stands below it."""
    parts = re.split(r"^### (.+)$", page(lang), flags=re.MULTILINE)[1:]
    found = {tuple(re.findall(r"`(\w+)`", head)): body.split("\n## ")[0] for head, body in zip(*[iter(parts)] * 2, strict=True)}
    assert len(found) == len(parts) // 2
    return found


def references(text: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py::\w+)`", text)


def formulas(text: str) -> list[str]:
    return re.findall(r"\$([^$\n]+)\$", text)


def rows(table: str) -> list[list[str]]:
    """The cells of a Markdown table's rows, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@in_both
def test_every_public_name_is_there(lang: str) -> None:
    named = set(re.findall(r"`(\w+)`", page(lang)))
    assert not set(demography.__all__) - named


@in_both
def test_every_method_has_one_block_and_no_block_is_of_a_method_gone(lang: str) -> None:
    methods = [name for name in demography.__all__ if inspect.isfunction(getattr(demography, name))]
    assert sorted(name for head in blocks(lang) for name in head) == sorted([*methods, *BEYOND])


@in_both
def test_every_block_names_a_test(lang: str) -> None:
    assert not [head for head, body in blocks(lang).items() if not references(body)]


@in_both
def test_the_tests_named_exist(lang: str) -> None:
    missing = []
    for reference in references(page(lang)):
        path, name = reference.split("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8")) if (ROOT / path).is_file() else ast.Module([], [])
        if name not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            missing.append(reference)
    assert not missing


def test_both_languages_have_the_same_methods_tests_and_formulas() -> None:
    english, chinese = blocks("en"), blocks("zh")
    assert list(english) == list(chinese)
    assert references(page("en")) == references(page("zh"))
    for head, body in english.items():
        assert references(body) == references(chinese[head])
        lines = [
            [line for line in text.splitlines() if line.startswith(FORMULA[lang])]
            for lang, text in (("en", body), ("zh", chinese[head]))
        ]
        assert [formulas(line) for line in lines[0]] == [formulas(line) for line in lines[1]], head


@in_both
def test_formulas_are_shown_as_formulas(lang: str) -> None:
    # GitHub reads a formula as text unless a space goes before it and no letter follows, and reads Markdown inside it.
    text = re.sub(r"`[^`\n]*`", "code", page(lang))
    assert "$" not in re.sub(r"(?<![^ |\n])\$[^$\n]+\$(?![A-Za-z0-9])", "", text)
    markup = re.compile(r"\\[^A-Za-z]|[<>*%`]|\]\(|(?<![A-Za-z0-9])_")
    assert not [formula for formula in formulas(text) if markup.search(formula)]


@in_both
def test_formulas_are_sound(lang: str) -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for formula in set(formulas(page(lang))):
        parser.parse(f"${formula}$")


@in_both
def test_the_certificate_on_the_page_is_that_of_today(lang: str) -> None:
    printed = page(lang).split(f"`popmodel certify --lang {lang}`", 1)[1].split("|", 1)[1]
    shown, today = rows("|" + printed.split("\n\n")[0]), rows(certificate_table(certify(), lang))
    # Check, bar, unit and result; the error may have other last digits on another machine, and the source is left out.
    assert [[row[0], *row[2:]] for row in shown] == [[row[0], *row[2:5]] for row in today]
    assert all(float(row[1]) <= float(row[2]) for row in shown)


@in_both
def test_the_assumptions_are_those_of_the_book(lang: str) -> None:
    book = {entry["key"]: entry["value"] for entry in yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))["assumptions"]}
    about_rates = {key for key in book if key.split(".")[0] in {"mortality", "fertility", "migration"}}
    assert set(re.findall(r"`((?:mortality|fertility|migration)\.\w+)`", page(lang))) == about_rates
    for key, shown in re.findall(r"`(\w+\.\w+)` ?[(（](?:每百女孩 )?([\d,.]+)", page(lang)):
        value = next(iter(book[key].values())) if isinstance(book[key], dict) else book[key]
        assert float(shown.replace(",", "")) == value, key
