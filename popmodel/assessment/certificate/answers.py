"""The methods held to published answers: those that come with the package, or those of a folder in the same terms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.assessment.certificate.check import Check, IncompleteError, attempt, largest, largest_relative, not_run
from popmodel.assessment.certificate.tables import grid, read_table
from popmodel.assessment.known_answers import known_answer
from popmodel.demography import SEXES, Array
from popmodel.demography.age_heaping import HEAPING_INDICES
from popmodel.demography.age_sex_structure import age_ratio_score, age_sex_accuracy, sex_ratio_score
from popmodel.demography.graduation import graduate_counts
from popmodel.demography.lee_carter import lee_carter
from popmodel.demography.life_table import life_table
from popmodel.demography.old_age import kannisto
from popmodel.demography.rogers_castro import RogersCastro, rogers_castro
from popmodel.demography.separation import a0_andreev_kingkade
from popmodel.projection.step import step_year

Answer = Mapping[str, Any]

# Printed to as many digits as the answers: eight of a0, three of e0 and of the accuracy index.
A0_BAR, E0_BAR, ACCURACY_BAR = 1e-7, 5e-4, 5e-4
EXACT, PRINTED = 1e-9, 1e-6
METHODS = {"sprague": "sprague", "beers_ord": "beers_ordinary", "beers_mod": "beers_modified", "grabill": "grabill"}
# Of each abridged table: sex, rule of its separation factors, region, ages compared, bar in years; m0 where the table was
# asked for a q0.
LIFE_TABLE_RULES: Mapping[str, tuple[str, str, str, int | None, float, float | None]] = {
    "UN 1982 p.34 males": ("male", "greville", "west", None, 0.005, None),
    "Mortpak UN 1988 p.82 females": ("female", "greville", "west", None, 0.005, None),
    "PAS LTPOPDTH North males IMR .1": ("male", "pas", "north", 19, 0.01, 0.1 / (1 - 0.67 * 0.1)),  # q0 of 0.1, a0 of 0.33
}
HEAPING_SOURCE = "Siegel & Swanson (2004), chapter 7; PAS SINGAGE; DemoTools"
ROGERS_CASTRO = RogersCastro(a1=0.02, alpha1=0.1, a2=0.06, alpha2=0.1, mu2=20.0, lambda2=0.4, c=0.003)


def built_in_answers() -> list[Check]:
    """Every answer that comes with the package."""
    return _all(known_answer)


def golden_answers(folder: Path) -> list[Check]:
    """Every answer of `folder` (JSON and CSV by their names), and the cohort-component runs of countries that are there."""
    return [*_runs(folder), *_all(partial(_read, folder))]


def _all(read: Callable[[str], Answer]) -> list[Check]:
    checks: dict[str, Callable[[Answer], Iterator[Check]]] = {
        "phg_sweden1993_5x5": _sweden,
        "phg_austria1992_males_lifetable": _austria,
        "lifetables_un_pas_mortpak": _life_tables,
        "a0_andreev_kingkade": _a0,
        "china_wpp2019_mx_and_leecarter": _lee_carter_and_kannisto,
        "graduation_pop5": _graduation,
        "beers_johnson2016": _johnson,
        "age_heaping_pas_singage_males": _heaping,
        "age_sex_accuracy_pas": _accuracy,
        "rogers_castro": _rogers_castro,
    }
    return [
        line for name, check in checks.items() for line in attempt("answer", "", partial(_told, read, name, check), name=name)
    ]


def _told(read: Callable[[str], Answer], name: str, check: Callable[[Answer], Iterator[Check]]) -> Iterator[Check]:
    """The lines of one answer; one that lacks a part, or has it in another shape, is incomplete."""
    answer = read(name)
    try:
        yield from check(answer)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise IncompleteError("answer_incomplete", file=name, detail=str(error).splitlines()[0]) from error


def _read(folder: Path, name: str) -> Answer:
    json_file, csv_file = folder / f"{name}.json", folder / f"{name}.csv"
    try:
        if json_file.is_file():
            return dict(json.loads(json_file.read_text(encoding="utf-8")))
        if csv_file.is_file():
            table = pd.read_csv(csv_file)
            return {str(column): table[column].to_list() for column in table}
    except (OSError, ValueError) as error:
        raise IncompleteError("file_unreadable", file=name, detail=str(error).splitlines()[0]) from error
    raise IncompleteError("file_missing", file=f"{name}.json")


_RUN_SOURCE = "United Nations Population Division, cohort-component run 1x1"


def _runs(folder: Path) -> list[Check]:
    """A cohort-component run for every `ccm_<country>_rates_….csv.gz`, beside it the expected stocks and births."""
    found = []
    for rates in sorted(folder.glob("ccm_*_rates_*.csv.gz")):
        country = rates.name.split("_")[1]
        found += attempt("run", _RUN_SOURCE, partial(_run, folder, rates, country), country=country.title())
    return found


def _run(folder: Path, rates_file: Path, country: str) -> Iterator[Check]:
    rates = read_table(rates_file, ["year", "sex", "age", "lt_Sx", "net_mig", "asfr", "srb"])
    stocks = read_table(_only(folder, f"ccm_{country}_expected_pop_*.csv.gz"), ["year", "sex", "age", "pop_1jan"])
    births = read_table(folder / f"ccm_{country}_expected_births.csv", ["year", "sex", "value"])
    years, ages = sorted(rates["year"].unique()), sorted(rates["age"].unique())
    cells = [("year", years), ("sex", SEXES), ("age", ages)]
    survival, moves, fertility = (grid(rates, rates_file.name, cells, name) for name in ("lt_Sx", "net_mig", "asfr"))
    srb = grid(rates, rates_file.name, cells, "srb")[:, 0, 0]
    expected = grid(stocks, "expected_pop", [("year", [*years, years[-1] + 1]), *cells[1:]], "pop_1jan")
    expected_births = grid(births, "expected_births", [("year", years), ("sex", SEXES)], "value")
    stock, worst, worst_births = expected[0], 0.0, 0.0
    for place in range(len(years)):
        done = step_year(stock, survival[place], fertility[place, 1:], float(srb[place]), moves[place])
        stock = done.population
        worst = max(worst, largest_relative(stock, expected[place + 1]))
        worst_births = max(worst_births, largest_relative(done.births.sum(axis=0), expected_births[place]))
    named = {"country": country.title(), "first": int(years[0]), "last": int(years[-1]) + 1}
    yield Check("run", _RUN_SOURCE, "relative", worst, EXACT, named)
    yield Check("run_births", _RUN_SOURCE, "relative", worst_births, EXACT, named)


def _only(folder: Path, pattern: str) -> Path:
    return next(iter(sorted(folder.glob(pattern))), folder / pattern)


def _sweden(answer: Answer) -> Iterator[Check]:
    def both(name: str) -> Array:
        return np.array([answer[name.format(letter)] for letter in "mf"], dtype=float)

    fertility = np.array(answer["fert_rate_age_f"], dtype=float)[None]
    start, survival, moves = (both(name) for name in ("pop_count_age_{}_begin", "survival_ratio_age_{}", "mig_net_count_age_{}"))
    done = step_year(start, survival, fertility, 1.05, moves, years=5, timing="even")
    error = largest(np.round(done.population), both("pop_count_age_{}_end"))
    yield Check("sweden", "Preston, Heuveline & Guillot (2001), box 6.2", "person", error, 0.0)


def _austria(answer: Answer) -> Iterator[Check]:
    source = "Preston, Heuveline & Guillot (2001), box 3.1"
    ages = [int(age) for age in answer["age_start"]]
    table = life_table(np.array(answer["deaths"]) / np.array(answer["pop"]), "male", ages=ages, a=answer["ax"])
    yield Check("austria", source, "years", largest(table.e, answer["ex"]), 0.005)
    yield Check("austria_e0", source, "years", largest(table.e[0], answer["ex"][0]), E0_BAR)


def _life_tables(answer: Answer) -> Iterator[Check]:
    for case in answer["cases"]:
        sex, rule, region, compared, bar, m0 = LIFE_TABLE_RULES[case["name"]]
        m = np.array(case["mx"] if "mx" in case else np.array(case["deaths"]) / np.array(case["exposure"]), dtype=float)
        ages = [int(age) for age in case["age"]]
        if m0 is not None:
            m[0] = m0
        table = life_table(m, sex, ages=ages, a=rule, region=region)
        expected = np.array(case["ex_expected"], dtype=float)[:compared]
        named = {"case": case["name"], "ages": len(expected)}
        yield Check("life_table", case["source"], "years", largest(table.e[: len(expected)], expected), bar, named)


def _a0(answer: Answer) -> Iterator[Check]:
    for sex in SEXES:
        error = largest(a0_andreev_kingkade(answer["m0"], sex), answer[sex[0]])
        yield Check("a0", "Andreev & Kingkade (2015), table 3", "years", error, A0_BAR, {"sex": sex})


def _lee_carter_and_kannisto(answer: Answer) -> Iterator[Check]:
    source = "Lee & Carter (1992); Sevcikova et al. (2016); rates of WPP 2019"
    expected = answer["leecarter_male"]
    years = [answer["mx"]["periods"].index(period) for period in expected["periods"]]
    m = np.array(answer["mx"]["male"], dtype=float)[: len(expected["ax"]), years]
    model = lee_carter(m, method="regression")
    for name, found in (("a", model.a), ("b", model.b), ("k", model.k)):
        error = largest_relative(found, expected[f"{name}x" if name != "k" else "kt"])
        yield Check("lee_carter", source, "relative", error, EXACT, {"parameter": name})
    old = answer["kannisto"]
    ages = [int(age) for age in answer["mx"]["ages"]]
    last = np.array(answer["mx"]["male"], dtype=float)[:, years[-1]]
    fit = (int(old["est_ages"][0]), int(old["est_ages"][-1]))
    rates, _ = kannisto(last, ages, fit=fit, to=int(old["proj_ages"][-1]))
    yield Check("kannisto", "Thatcher, Kannisto & Vaupel (1998)", "rate", largest(rates, old["out"]), EXACT)


def _graduation(answer: Answer) -> Iterator[Check]:
    bounds = [int(age) for age in answer["ages5"]]
    for name, method in METHODS.items():
        single = graduate_counts(answer["counts5"], bounds, method=method, open_group=True)
        error = largest_relative(single, answer["expected_single"][name])
        yield Check(
            "graduation", "Siegel & Swanson (2004), appendix C; Shryock & Siegel", "relative", error, EXACT, {"method": name}
        )


def _johnson(answer: Answer) -> Iterator[Check]:
    bounds = [int(age) for age in answer["age_lower"]]
    single = graduate_counts(answer["counts"], bounds, method="beers_ordinary", open_group=True)
    expected = np.array(answer["expected_first13"], dtype=float)
    yield Check("beers_johnson", "Johnson (2016), BEERSP", "person", largest(single[: len(expected)], expected), 1.0)


def _heaping(answer: Answer) -> Iterator[Check]:
    counts = np.array(answer["counts"], dtype=float)
    for name, expected in answer["expected"].items():
        if name not in HEAPING_INDICES:
            yield not_run("heaping", HEAPING_SOURCE, IncompleteError("method_not_here"), index=name)
            continue
        bar = 0.01 if name == "whipple_PAS" else PRINTED
        yield Check("heaping", HEAPING_SOURCE, "index", largest(HEAPING_INDICES[name](counts), expected), bar, {"index": name})


def _accuracy(answer: Answer) -> Iterator[Check]:
    # The last group is open.
    males, females = (np.array(answer[name], dtype=float)[:-1] for name in ("males", "females"))
    found = {
        "ARS_male": age_ratio_score(males),
        "ARS_female": age_ratio_score(females),
        "SRS": sex_ratio_score(males, females),
        "UN_age_sex_accuracy": age_sex_accuracy(males, females),
    }
    for name, value in found.items():
        error = largest(value, answer["expected"][name])
        yield Check("accuracy", "United Nations (1952); PAS AGESEX", "index", error, ACCURACY_BAR, {"index": name})


def _rogers_castro(answer: Answer) -> Iterator[Check]:
    expected = np.array(answer["demotools"], dtype=float)
    error = largest(rogers_castro(np.arange(expected.size), ROGERS_CASTRO), expected)
    yield Check("rogers_castro", "Rogers & Castro (1981)", "rate", error, 1e-12)
