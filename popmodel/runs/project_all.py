"""Every county of a census table projected in many draws, batch by batch, so that a run that was killed goes on where it was.

target/<run id>/indicators.parquet   quantiles of each county's indicators by year (`county_tables.indicator_table`)
target/<run id>/ages.parquet         where asked for, its residents by sex and age (`county_tables.age_table`)
target/<run id>/areas.csv            what became of every row of the table
"""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from popmodel.areas import CensusTable, Facts, Places, is_county, load_reference, place_of_rows, read_census_table
from popmodel.areas.census_table import is_code
from popmodel.areas.packs import reference_assumptions
from popmodel.areas.text_files import shown
from popmodel.assessment.counties import Asked, county_ranges
from popmodel.childcare import national_norm_per_1000
from popmodel.childcare.places import FIRST_YEAR
from popmodel.drawing import DRAWS, LEAST_DRAWS, MOST_DRAWS, SEED
from popmodel.forecast import LAUNCH
from popmodel.messages import LANGUAGES, InputError, Problem, RunFailedError, language, text
from popmodel.projection.engines import chosen_engine
from popmodel.projection.project import LATEST_YEAR
from popmodel.runs.county_tables import join, parts_of
from popmodel.runs.journal import Journal
from popmodel.runs.record import RunRecord, versions
from popmodel.runs.run import Run, open_run
from popmodel.runs.workers import cores, each
from popmodel.scenarios import find_scenario

KIND = "counties"
# Enough side by side that a county costs little more than its draws; few enough to take little room (a megabyte each), to share
# out, and to lose little by a kill.
MOST_IN_BATCH, LEAST_IN_BATCH = 16, 8
_BATCHES_A_WORKER = 4

# The states of a row of the table, and the columns that tell them.
DONE, REFUSED, AGGREGATE = "done", "refused", "aggregate"
AREA_COLUMNS = ("code", "name", "state", "lines", "censuses", "reason", *(f"reason_{lang}" for lang in LANGUAGES))

Progress = Callable[[str, int, int], None]
Reason = Mapping[str, str]


class Outcome(NamedTuple):
    """A finished run's record, and of how many counties: done, refused; and areas above counties, which are passed over.

    one_census: those done from a single row, whose migration is their prefecture's or province's.
    """

    record: RunRecord
    done: int
    refused: int
    aggregates: int
    one_census: int

    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {"done": self.done, "refused": self.refused, "aggregates": self.aggregates, "one_census": self.one_census}


def project_all(
    table: Path,
    scenario: str = "medium",
    to: int = 2050,
    *,
    out: Path,
    draws: int = DRAWS,
    seed: int = SEED,
    ages: bool = False,
    engine: str = "auto",
    workers: int | None = None,
    scheduler: str | None = None,
    batch: int | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Project the residents of every county of a census `table`, and write their quantiles into `out`/<table>/<scenario>.

    Each county is as `project` has it on the pack that `new_area` makes of the same rows. The results are the same to the bit
    for any number of `workers` (default: the cores), on the Dask cluster of `scheduler`, for any `batch` (counties at a time) and
    after any interruption; those of the engines agree to 1e-9. Only residents: a census table knows registered people of few
    censuses, and nothing of where they are.

    Raises InputError where the table or an option is wrong, or no county can be projected; BusyError, RunFailedError and
    StoppedError as `open_run`: what was finished is kept, and the same call goes on from there.
    """
    _require(to=to, draws=draws, workers=workers)
    reference = load_reference()
    book, scenarios = reference_assumptions(reference)
    read = read_census_table(table, reference)
    places = [place_of_rows(code, rows, reference) for code, rows in read.areas.items() if is_county(code)]
    if not places:
        raise InputError([_none_left(table, read)])
    read = read._replace(areas={})  # a country's rows take some room, which is not needed twice
    chosen = chosen_engine(engine, draws * len(places))
    norm = {year: national_norm_per_1000(year) for year in range(FIRST_YEAR, to + 1)}
    asked = Asked(reference, book, find_scenario(scenarios, scenario), to, draws, seed, chosen, norm, ages)
    request = {"table": table.name, "scenario": scenario, "to": to, "draws": draws, "seed": seed, "engine": chosen, "ages": ages}
    tell = progress or _silent
    with open_run(out / table.stem / scenario, KIND, request, [table, reference.folder]) as run:
        journal = Journal(run.folder)
        with run.record.stage("counties"):
            _settle(run, journal, asked, places, batch, Hands(workers or cores(), scheduler), tell)
        tell("joining", 0, 1)
        run.reach("joining")
        with run.record.stage("joining"):
            outcome = _write(run, journal, table, read)
        journal.remove()
        tell("joining", 1, 1)
    return outcome


class Hands(NamedTuple):
    """Who does the work: processes of this machine, or the Dask cluster of a scheduler."""

    workers: int
    scheduler: str | None


class _Batch(NamedTuple):
    """Counties worked out together, each with its province; `name` says at which place of the table they begin."""

    name: str
    facts: Sequence[tuple[str, Facts]]


class _Done(NamedTuple):
    """A batch worked out: its files by kind, why counties were refused, in JSON's own types, and the versions it was made by."""

    name: str
    codes: Sequence[str]
    files: Mapping[str, bytes]
    refused: Mapping[str, Sequence[Reason]]
    made_by: Mapping[str, str]


def _settle(
    run: Run, journal: Journal, asked: Asked, places: Sequence[Places], size: int | None, hands: Hands, tell: Progress
) -> None:
    """Work out the counties that the journal does not have."""
    settled = {code for part in journal.parts for code in part.note["codes"]}

    def reach() -> None:
        run.reach("counties", len(settled), len(places))
        tell("counties", len(settled), len(places))

    reach()
    even = len(places) // (hands.workers * _BATCHES_A_WORKER)
    batches = _batches(places, settled, size or min(max(even, LEAST_IN_BATCH), MOST_IN_BATCH))
    here = _made_by(asked.engine)
    results = each(_work, pickle.dumps(asked), batches, check=run.stop.check, **hands._asdict())
    with closing(results):
        for done in results:
            if done.made_by != here:
                raise RunFailedError("cluster_differs", here=_listed(here), there=_listed(done.made_by))
            journal.add(done.name, done.files, {"codes": list(done.codes), "refused": done.refused})
            settled.update(done.codes)
            reach()


def _batches(places: Sequence[Places], settled: Set[str], size: int) -> list[_Batch]:
    """The counties not settled yet, at most `size` at a time, those of a batch standing side by side in the table.

    The first batch is small: what it has loaded is shared by those after it (`workers.each`).
    """
    found: list[list[int]] = []
    for number, place in enumerate(places):
        if place.facts.codes[0] in settled:
            continue
        most = min(size, LEAST_IN_BATCH) if len(found) == 1 else size
        if not found or len(found[-1]) == most or found[-1][-1] != number - 1:
            found.append([])
        found[-1].append(number)
    return [_Batch(f"{own[0]:06d}", [(places[one].province, places[one].facts) for one in own]) for own in found]


def _work(setup: bytes, batch: _Batch) -> _Done:
    """A batch worked out, wherever that may be."""
    asked = _asked(setup)
    places = [Places(asked.reference, province, facts) for province, facts in batch.facts]
    found = county_ranges(places, asked)
    refused = {code: [_reason(problem) for problem in problems] for code, problems in found.refused.items()}
    files = parts_of(found.counties, ages=asked.ages) if found.counties else {}
    return _Done(batch.name, [place.facts.codes[0] for place in places], files, refused, _made_by(asked.engine))


@lru_cache(maxsize=2)
def _asked(setup: bytes) -> Asked:
    """One object a process, since what is worked out from its reference data is kept by it."""
    return pickle.loads(setup)


@cache
def _made_by(engine: str) -> dict[str, str]:
    """The versions on which the bits of a figure hang."""
    return {name: found for name, found in versions().items() if name in ("code", "numpy", "scipy", engine)}


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {one}" for name, one in found.items())


def _write(run: Run, journal: Journal, table: Path, read: CensusTable) -> Outcome:
    """Put the parts together, list what became of every row, and count."""
    refused = {code: [_reason(problem) for problem in problems] for code, problems in read.refused.items()}
    for part in journal.parts:
        refused |= part.note["refused"]
    states = {code: _state(code, code in refused) for code in read.mentions}
    if DONE not in states.values():
        journal.remove()
        raise InputError([_none_left(table, read, refused)])
    for kind in ("indicators", "ages"):
        files = [journal.file(part, kind) for part in journal.parts if kind in part.files]
        if files:
            join(files, run.folder / f"{kind}.parquet")
    with (run.folder / "areas.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(AREA_COLUMNS)
        for code, (name, lines) in read.mentions.items():
            why = refused.get(code, ()) if states[code] == REFUSED else ()
            reasons = [text("problems.where_separator", lang="en").join(one["code"] for one in why)]
            reasons += [" ".join(one[lang] for one in why) for lang in LANGUAGES]
            writer.writerow([shown(code), shown(name), states[code], " ".join(map(str, lines)), len(lines), *reasons])
    run.check_files()
    done, refused_ones, above = (list(states.values()).count(state) for state in (DONE, REFUSED, AGGREGATE))
    alone = sum(state == DONE and len(read.mentions[code].lines) == 1 for code, state in states.items())
    return Outcome(run.record, done, refused_ones, above, alone)


def _state(code: str, refused: bool) -> str:
    if is_code(code) and not is_county(code):
        return AGGREGATE
    return REFUSED if refused else DONE


def _reason(problem: Problem) -> Reason:
    """A problem as it is listed: its code, and its words in each language, without the machine's own folders."""
    given = {name: value.name if isinstance(value, Path) else value for name, value in problem.parameters.items()}
    plain = replace(problem, parameters=given, file=None)
    return {"code": problem.code, **{lang: plain.describe(lang) for lang in LANGUAGES}}


def _none_left(table: Path, read: CensusTable, refused: Mapping[str, Sequence[Reason]] | None = None) -> Problem:
    """That a table holds no county that can be projected, with the first reason."""
    why = next(iter((refused or {}).values()), None) or [
        _reason(problems[0]) for code, problems in read.refused.items() if is_county(code)
    ]
    return Problem("no_county_left", {"rows": len(read.mentions), "reason": why[0][language()] if why else "–"}, file=str(table))


def _require(*, to: int, draws: int, workers: int | None) -> None:
    problems = []
    if not LAUNCH < to <= LATEST_YEAR:
        problems.append(Problem("projection_year_out_of_range", {"found": to, "first": LAUNCH + 1, "last": LATEST_YEAR}))
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        problems.append(Problem("draws_too_few_or_many", {"found": draws, "first": LEAST_DRAWS, "last": MOST_DRAWS}))
    if workers is not None and workers < 1:
        problems.append(Problem("workers_below_one", {"found": workers}))
    if problems:
        raise InputError(problems)


def _silent(stage: str, done: int, total: int) -> None:
    return None
