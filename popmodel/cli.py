"""The command line: check, project and report on a pack, budget, plan places, check lists, compare runs, score methods.

Commands import what they need when they run, so that help comes at once. Exit codes: 0 done, 1 failed, 2 bad input, 75 busy,
143 stopped.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from popmodel.drawing import DRAWS, ENGINE, LEAST_DRAWS, SEED
from popmodel.messages import (
    LANGUAGES,
    InputError,
    PopmodelError,
    Problem,
    RunFailedError,
    language,
    nearest,
    number,
    text,
    use_language,
)

if TYPE_CHECKING:
    import pandas as pd

    from popmodel.areas import Area
    from popmodel.projection import Projection

# The registers whose records can be checked, as `areas.schemas` has them; named here so that help comes at once.
REGISTERS = ("birth_certificates", "population_register", "household_registration", "vaccination", "allowance")
FORMATS = ("html", "pdf", "xlsx")
USAGE_EXIT_CODE = 2
# A report is read by others than its maker, so it does not follow the maker's system.
REPORT_LANGUAGE = "zh"
_TELL_EVERY_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line on `arguments` (default: those of the process) and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _print_any_text()
    with use_language(_language_asked(given)):
        sys.exit(_run(given))


def commands() -> click.Group:
    """The commands, with help in the language in force."""
    group = _Group(
        "popmodel",
        help=text("cli.help"),
        options_metavar=text("cli.click.options_metavar"),
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.subcommand_metavar = text("cli.click.command_metavar")
    group.params.append(_lang_option())
    group.params.append(_version_option())
    for command in (
        _command(_check, _pack()),
        _command(_project, _pack(), _scenario_option(), _to_option(), *_draw_options(0), _keep_option(), _out_option("out")),
        _command(
            _report,
            _pack(),
            _scenario_option(),
            _to_option(),
            *_draw_options(DRAWS, text("cli.option.county_draws", default=DRAWS, least=LEAST_DRAWS)),
            _format_option(),
            _out_option("reports"),
        ),
        _command(
            _budget,
            _pack(),
            click.Option(["--years"], default="2026-2030", metavar="FIRST-LAST", help=text("cli.option.years")),
            _scenario_option(),
            *_draw_options(DRAWS),
            _out_option("out"),
        ),
        _command(
            _places,
            _pack(),
            click.Option(["--years"], default="2026-2030", metavar="FIRST-LAST", help=text("cli.option.places_years")),
            _scenario_option(),
            *_draw_options(DRAWS, text("cli.option.county_draws", default=DRAWS, least=LEAST_DRAWS)),
            _out_option("out"),
        ),
        _command(
            _workbook,
            _pack(),
            click.Option(["--out"], default=None, metavar="FILE", help=text("cli.option.workbook_out")),
        ),
        _command(
            _import,
            _pack(),
            click.Argument(["workbook"], metavar="FILE"),
            click.Option(["--dry-run"], is_flag=True, default=False, help=text("cli.option.dry_run")),
            click.Option(["--yes"], is_flag=True, default=False, help=text("cli.option.yes")),
        ),
        _command(_undo_import, _pack()),
        _command(
            _eligibility,
            click.Argument(["people"], metavar="LIST"),
            click.Option(["--scheme"], required=True, metavar="NAME", help=text("cli.option.scheme")),
            click.Option(["--year"], type=int, default=None, metavar="YEAR", help=text("cli.option.list_year")),
            click.Option(["--also"], multiple=True, metavar="SCHEME=LIST", help=text("cli.option.also")),
            click.Option(["--pack"], default=None, metavar="PACK", help=text("cli.option.list_pack")),
            _out_option("out"),
        ),
        _command(
            _hash_ids,
            click.Argument(["people"], metavar="LIST"),
            click.Option(["--column"], multiple=True, required=True, metavar="NAME", help=text("cli.option.hash_column")),
            click.Option(["--key"], required=True, metavar="FILE", help=text("cli.option.hash_key")),
            click.Option(["--new-key"], is_flag=True, default=False, help=text("cli.option.hash_new_key")),
            click.Option(["--leave-out"], is_flag=True, default=False, help=text("cli.option.hash_leave_out")),
            click.Option(["--out"], required=True, metavar="FILE", help=text("cli.option.hash_out")),
        ),
        _command(
            _records,
            _pack(),
            click.Argument(["records"], metavar="LIST"),
            click.Option(
                ["--register"], type=click.Choice(REGISTERS), default="birth_certificates", help=text("cli.option.register")
            ),
            click.Option(["--late-days"], type=int, default=30, metavar="N", help=text("cli.option.late_days")),
            click.Option(["--out"], default=None, metavar="FILE", help=text("cli.option.records_out")),
        ),
        _command(
            _reconcile,
            click.Argument(["a"], metavar="A"),
            click.Argument(["b"], metavar="B"),
            click.Option(["--pack"], default=None, metavar="PACK", help=text("cli.option.reconcile_pack")),
            click.Option(["--day"], default=None, metavar="DATE", help=text("cli.option.reconcile_day")),
            _out_option("out"),
        ),
        _command(_compare, _run_argument("old"), _run_argument("new"), _compare_out_option()),
        _command(
            _project_all,
            click.Argument(["table"], metavar="TABLE"),
            _scenario_option(),
            _to_option(),
            *_draw_options(DRAWS, text("cli.option.county_draws", default=DRAWS, least=LEAST_DRAWS)),
            click.Option(["--ages"], is_flag=True, default=False, help=text("cli.option.ages")),
            click.Option(["--workers"], type=int, default=None, metavar="N", help=text("cli.option.workers")),
            click.Option(["--scheduler"], default=None, metavar="ADDRESS", help=text("cli.option.scheduler")),
            _out_option("out"),
        ),
        _command(_scenarios, _pack()),
        _command(_certify, click.Argument(["folder"], metavar="[DIR]", required=False)),
        _command(_backtest, click.Argument(["folder"], metavar="DIR"), _two_censuses_option(), _out_option("out")),
        _command(_warmup),
        _command(_new_area, click.Argument(["code"]), _census_option(), _name_option(), _out_option("data")),
    ):
        group.add_command(command)
    return group


def _check(pack: str) -> None:
    from popmodel.subsidies.outturn import outturn

    area = _load(pack)
    click.echo(text("cli.check.title", name=area.name(), code=area.code))
    for name, table in area.tables.items():
        _echo_indented(text("cli.check.table", table=name, rows=len(table)))
    _echo_indented(text("cli.check.assumptions", count=len(area.assumptions), scenarios=len(area.scenarios)))
    for scheme in area.schemes.values():
        _echo_indented(text("cli.check.scheme", key=scheme.key, title=scheme.title()))
    for filled in area.filled:
        _echo_indented(text(f"cli.check.{filled.kind}", what=filled.describe()))
    _print_notices(area)
    _warn_overdue(area)
    outturn(area)
    click.echo(text("cli.check.good"))


def _project(pack: str, scenario: str, to: int, draws: int, seed: int, engine: str, keep_draws: bool, out: str) -> None:
    from popmodel.assessment import people, ranges
    from popmodel.projection import project
    from popmodel.projection.engines import chosen_engine
    from popmodel.runs import write_folder
    from popmodel.runs.vintages import store_vintage

    _check_draws(draws)
    if keep_draws and not draws:
        raise InputError([Problem("no_draws_to_keep")])
    area, engine = _load(pack), chosen_engine(engine, draws)
    projection = project(area, scenario, to, draws=draws, seed=seed, engine=engine)
    request = {"pack": area.folder.name, "scenario": scenario, "to": to, "draws": draws, "seed": seed, "engine": engine}
    target = Path(out) / area.folder.name / scenario

    def write(folder: Path) -> None:
        found = ranges(people(projection, projection.years[1:])) if projection.draws is not None else None
        _write_tables(projection, found, keep_draws, folder)
        store_vintage(projection, folder, ranges=found)

    record = write_folder(target, write, request=request, inputs=_inputs(area))
    residents = projection.persons(0, 100)
    for year in sorted({projection.launch, 2030, to} & set(projection.years)):
        click.echo(text("cli.project.residents", year=year, persons=number(float(residents.loc[year]))))
    if projection.draws is not None:
        _print_ranges(projection, to)
    _warn_overdue(area)
    click.echo(text("cli.written", folder=record.folder))


def _check_draws(draws: int) -> None:
    if 0 < draws < LEAST_DRAWS:
        raise InputError([Problem("draws_too_few", {"found": draws, "first": LEAST_DRAWS})])


def _warn_overdue(area: Area) -> None:
    """Say on the error stream what should have been checked again by today."""
    from datetime import date

    from popmodel.chain import overdue

    if found := overdue(area, date.today()):
        listed = text("problems.where_separator").join(found)
        _echo_indented(text("cli.overdue", count=len(found), titles=listed), err=True)


def _print_ranges(projection: Projection, to: int) -> None:
    from popmodel.assessment import people, quantity_title, ranges

    years = sorted({projection.launch, 2030, to} & set(projection.years))
    frame = ranges(people(projection, years))
    low, high = (frame.set_index(["quantity", "year"])[name].to_dict() for name in ("q10", "q90"))
    for name in ("residents", "births", "children_0_2"):
        for year in years:
            ends = {"low": number(low[name, year]), "high": number(high[name, year])}
            click.echo(text("cli.project.range", quantity=quantity_title(name), year=year, **ends))


def _report(
    pack: str, scenario: str, to: int, draws: int, seed: int, engine: str, formats: tuple[str, ...], out: str, lang: str | None
) -> None:
    from popmodel.projection.engines import chosen_engine
    from popmodel.runs import Request, run_report
    from popmodel.scenarios import find_scenario
    from popmodel.shipped import shipped

    area = _load(pack)
    chosen = find_scenario(area.scenarios, scenario)
    written_in = lang or os.environ.get("POPMODEL_LANG") or REPORT_LANGUAGE
    engine = chosen_engine(engine, draws)
    request = Request(area.folder, scenario, to, written_in, formats, draws=draws, seed=seed, engine=engine)
    title = text("cli.report.title", lang=request.lang, name=area.name(request.lang), scenario=chosen.name(request.lang))
    with _Progress(text("cli.report.working", name=area.name(), scenario=chosen.name())) as progress:
        record = run_report(
            shipped("notebooks") / "07_scenario_report.ipynb",
            request,
            Path(out) / area.folder.name / scenario,
            title=title,
            inputs=_inputs(area),
            progress=progress,
        )
    _warn_overdue(area)
    click.echo(text("cli.report.written"))
    folder = record.folder or Path(out)
    for name in ("report.html", "report.pdf", "tables.xlsx", "report.ipynb", "data", "vintage", "run.json"):
        if (folder / name).exists():
            click.echo(f"  {folder / name}")


def _budget(pack: str, years: str, scenario: str, draws: int, seed: int, engine: str, out: str) -> None:
    from popmodel.runs.budget_run import budget_run
    from popmodel.runs.budget_text import budget_text
    from popmodel.runs.plan_years import years_of

    chosen = years_of(years)
    _check_draws(draws)
    area = _load(pack)
    run = budget_run(area, scenario, chosen, draws, seed, engine, Path(out), _inputs(area))
    click.echo(budget_text(run))
    _warn_overdue(area)
    click.echo(text("cli.written", folder=run.record.folder))


def _places(pack: str, years: str, scenario: str, draws: int, seed: int, engine: str, out: str) -> None:
    from popmodel.runs.places_run import places_run
    from popmodel.runs.places_text import places_text
    from popmodel.runs.plan_years import years_of

    chosen = years_of(years)
    if draws < LEAST_DRAWS:
        raise InputError([Problem("draws_too_few", {"found": draws, "first": LEAST_DRAWS})])
    area = _load(pack)
    record, found = places_run(area, scenario, chosen, draws, seed, engine, Path(out), _inputs(area))
    click.echo(places_text(found))
    _warn_overdue(area)
    click.echo(text("cli.written", folder=record.folder))


def _workbook(pack: str, out: str | None) -> None:
    from datetime import date

    from popmodel.runs.workbook_run import write_workbook

    area = _load(pack)
    file = Path(out) if out is not None else Path(text("cli.workbook.file", folder=area.folder.resolve().name))
    write_workbook(area, file, language(), date.today())
    click.echo(text("workbook.written", file=file, pack=pack))


def _import(pack: str, workbook: str, dry_run: bool, yes: bool) -> None:
    from datetime import date

    from popmodel.runs.import_run import accept_import, mark_problems, prepare_import
    from popmodel.runs.import_text import import_text

    prepared = prepare_import(Path(pack), Path(workbook), date.today())
    for notice in prepared.notices:
        _echo_indented(text("cli.check.notice", what=notice.describe()), err=True)
    if prepared.problems:
        click.echo(text("workbook.import.marked", file=mark_problems(prepared, language())), err=True)
        raise InputError(prepared.problems)
    if not prepared.files:
        click.echo(text("workbook.import.nothing"))
        return
    click.echo(import_text(prepared))
    click.echo()
    if dry_run:
        click.echo(text("workbook.import.dry"))
    elif not yes and sys.stdin.isatty() and not click.confirm(text("workbook.import.ask")):
        click.echo(text("workbook.import.left"))
    else:
        accept_import(prepared)
        click.echo(text("workbook.import.done", pack=pack))


def _undo_import(pack: str) -> None:
    from popmodel.runs.pack_history import undo

    record = undo(Path(pack))
    click.echo(text("workbook.import.undone", time=record["time"], workbook=record["workbook"]))


def _hash_ids(people: str, column: tuple[str, ...], key: str, new_key: bool, leave_out: bool, out: str) -> None:
    from datetime import date

    from popmodel.areas.text_files import lines_told
    from popmodel.runs import hash_run

    if new_key:
        hash_run.new_key(Path(key))
        click.echo(text("cli.hash_ids.key", file=key))
    found = hash_run.hash_list(Path(people), column, Path(key), Path(out), date.today(), leave_out=leave_out)
    for notice in found.notices:
        _echo_indented(text("cli.check.notice", what=notice.describe()), err=True)
    click.echo(text("cli.hash_ids.done", rows=found.rows, hashed=found.hashed, empty=found.empty))
    for fault, lines in found.left_out.items():
        left = text(f"cli.hash_ids.{fault}", count=len(lines), lines=lines_told(lines))
        _echo_indented(left, err=True)
    click.echo(text("cli.written", folder=out))


def _records(pack: str, records: str, register: str, late_days: int, out: str | None) -> None:
    from datetime import date

    from popmodel.runs.records_run import check_records, checks_text, write_checks

    area = _load(pack)
    checks, notices = check_records(Path(records), area, date.today(), late_days)
    for notice in notices:
        _echo_indented(text("cli.check.notice", what=notice.describe()), err=True)
    click.echo(checks_text(checks, area))
    if out is not None:
        source = text("cli.records.source", file=Path(records).name, day=date.today().isoformat())
        write_checks(checks, register, source, text("cli.records.note", days=late_days), Path(out))
        click.echo(text("cli.written", folder=out))


def _reconcile(a: str, b: str, pack: str | None, day: str | None, out: str) -> None:
    from datetime import date

    from popmodel.areas.build import DISCLOSURE_THRESHOLD
    from popmodel.runs.reconcile_run import reconcile_run
    from popmodel.runs.reconcile_text import reconcile_text

    try:
        on = date.fromisoformat(day) if day is not None else date.today()
    except ValueError:
        raise InputError([Problem("date_format", {"found": day}, column="--day")]) from None
    area = _load(pack) if pack is not None else None
    threshold = area.disclosure_threshold if area is not None else DISCLOSURE_THRESHOLD
    record, found, notices = reconcile_run(Path(a), Path(b), Path(out), on, threshold)
    for notice in notices:
        _echo_indented(text("cli.check.notice", what=notice.describe()), err=True)
    click.echo(reconcile_text(found, threshold, area))
    click.echo(text("cli.written", folder=record.folder))


def _eligibility(people: str, scheme: str, year: int | None, also: tuple[str, ...], pack: str | None, out: str) -> None:
    from datetime import date

    from popmodel.runs.eligibility_run import eligibility_run
    from popmodel.runs.eligibility_text import eligibility_text

    today = date.today()
    area = _load(pack) if pack is not None else None
    record, checked = eligibility_run(Path(people), scheme, year or today.year, today, Path(out), area, also)
    for notice in checked.people.notices:
        _echo_indented(text("cli.check.notice", what=notice.describe()), err=True)
    click.echo(eligibility_text(checked, area, others_given=bool(also)))
    click.echo(text("cli.written", folder=record.folder))


def _compare(old: str, new: str, out: str | None) -> None:
    from popmodel.runs.bridge_text import bridge_text
    from popmodel.runs.compare import compare

    found = compare(Path(old), Path(new))
    click.echo(bridge_text(found))
    if out is not None:
        for path in found.write(Path(out)):
            click.echo(text("cli.written", folder=path))


def _project_all(
    table: str,
    scenario: str,
    to: int,
    draws: int,
    seed: int,
    ages: bool,
    engine: str,
    workers: int | None,
    scheduler: str | None,
    out: str,
) -> None:
    from popmodel.runs.project_all import project_all

    with _Counties(text("cli.project_all.working", table=Path(table).name)) as progress:
        outcome = project_all(
            Path(table), scenario, to, out=Path(out), draws=draws, seed=seed, ages=ages, engine=engine, workers=workers,
            scheduler=scheduler, progress=progress,
        )  # fmt: skip
    counts = outcome.counts()
    click.echo(text("cli.project_all.done", **{name: number(counts[name]) for name in ("done", "refused", "aggregates")}))
    if counts["one_census"]:
        click.echo(text("cli.project_all.one_census", count=number(counts["one_census"])))
    click.echo(text("cli.written", folder=outcome.record.folder))


def _scenarios(pack: str) -> None:
    area = _load(pack)
    for scenario in area.scenarios.values():
        click.echo(text("cli.scenarios.one", key=scenario.key, name=scenario.name(), description=scenario.description()))
        for key, value in scenario.changes.items():
            title, shown = area.assumptions[key].title(), _shown_value(value)
            _echo_indented(text("cli.scenarios.change", key=key, title=title, value=shown), 4)


def _new_area(code: str, census: str, name: str | None, out: str) -> None:
    from popmodel.areas import new_area

    folder = new_area(code, Path(census), name, Path(out))
    area = _load(str(folder))
    click.echo(text("cli.new_area.made", name=area.name(), folder=folder))
    for filled in area.filled:
        _echo_indented(text(f"cli.check.{filled.kind}", what=filled.describe()))
    _print_notices(area)
    click.echo(text("cli.new_area.next", folder=folder))


def _certify(folder: str | None) -> None:
    from popmodel.assessment.certificate import MET, MISSED, NOT_RUN, certificate_table, certify

    checks = certify(Path(folder) if folder is not None else None)
    results = [check.result for check in checks]
    click.echo(certificate_table(checks))
    met, missed, not_run = (results.count(result) for result in (MET, MISSED, NOT_RUN))
    click.echo(text("certificate.passed", met=met, missed=missed, not_run=not_run))
    if missed:
        raise RunFailedError("certificate_missed", missed=missed, total=len(checks))


def _backtest(folder: str, census: bool, out: str) -> None:
    if census:
        _backtest_census(folder, out)
        return
    from popmodel.assessment.backtest import METHODS, read_set, roll, set_files, summary, summary_text, write_results
    from popmodel.runs import write_folder

    source = Path(folder)
    history = read_set(source)
    name = source.resolve().name
    with _Progress(text("cli.backtest.working", name=name)) as progress:
        forecasts = roll(history, METHODS, progress=lambda done, total: progress("launches", done, total))
    summarised = summary(forecasts)
    files = set_files(source)
    record = write_folder(
        Path(out) / name / "backtest",
        lambda target: write_results(forecasts, summarised, target),
        request={"set": name, "methods": list(METHODS)},
        inputs=files,
    )
    read = text(
        "backtest.set",
        areas=len(history.areas),
        first=history.years[0],
        last=history.launch,
        files=text("problems.where_separator").join(path.name.split(".")[0] for path in files),
        launches=len(forecasts.cutoffs),
        from_year=forecasts.cutoffs[0],
        to_year=forecasts.cutoffs[-1],
    )
    click.echo(f"{read}\n")
    click.echo(summary_text(summarised))
    click.echo(text("backtest.legend"))
    click.echo(text("cli.written", folder=record.folder))


def _backtest_census(table: str, out: str) -> None:
    from popmodel.areas import load_reference
    from popmodel.areas.packs import ASSUMPTIONS
    from popmodel.assessment.backtest.census import census_text, score_census, write_census
    from popmodel.parameters import AssumptionBook
    from popmodel.runs import write_folder

    source, reference = Path(table), load_reference()
    book = AssumptionBook.from_files([reference.folder / ASSUMPTIONS])
    name = source.name.split(".")[0]
    with _Progress(text("cli.backtest.working", name=name)) as progress:
        scores = score_census(source, reference, book, progress=lambda done, total: progress("areas", done, total))
    record = write_folder(
        Path(out) / name / "backtest",
        lambda target: write_census(scores, target),
        request={"table": source.name, "methods": list({method for _, method in scores.forecasts.quantiles})},
        inputs=[source, reference.folder],
    )
    for problems in scores.pairs.refused.values():
        for problem in problems:
            _echo_indented(text("backtest.census.left_out", what=problem.describe()), err=True)
    click.echo(census_text(scores))
    click.echo(text("backtest.census.legend"))
    click.echo(text("cli.written", folder=record.folder))


def _warmup() -> None:
    from popmodel.projection.engines import warm_up

    click.echo(text("cli.warmup.working"), err=True)
    warmed = warm_up()
    seconds = number(warmed.seconds, 1)
    if warmed.folder is None:
        click.echo(text("cli.warmup.not_kept", seconds=seconds))
    elif warmed.compiled:
        click.echo(text("cli.warmup.compiled", seconds=seconds, folder=warmed.folder))
    else:
        click.echo(text("cli.warmup.ready", seconds=seconds, folder=warmed.folder))


def _echo_indented(line: str, by: int = 2, *, err: bool = False) -> None:
    click.echo(" " * by + line, err=err)


def _load(pack: str) -> Area:
    from popmodel.areas import load_area

    return load_area(pack)


def _inputs(area: Area) -> list[Path]:
    from popmodel.shipped import shipped

    return [area.folder, shipped("data") / "reference"]


def _print_notices(area: Area) -> None:
    for notice in (*area.notices, *area.assumptions.notices):
        _echo_indented(text("cli.check.notice", what=notice.describe()))


def _write_tables(projection: Projection, found: pd.DataFrame | None, keep_draws: bool, folder: Path) -> None:
    from popmodel.assessment import draws_frame
    from popmodel.projection import cell_quantiles

    frames: dict[str, pd.DataFrame] = {}
    for population in ("resident", "registered"):
        for variable in ("population", "births", "deaths", "cohort_deaths", "migration"):
            frames[f"{population}_{variable}"] = projection.to_frame(population, variable)
        frames[f"{population}_components"] = projection.components(population).reset_index(names="year")
        frames[f"{population}_age_groups"] = projection.age_groups(population).reset_index(names="year")
    frames["bridge"] = projection.bridge().reset_index(names="year")
    if found is not None:
        frames["ranges"] = found
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.6f")
    if projection.draws is None:
        return
    for population in ("resident", "registered"):
        cells = cell_quantiles(projection.draws, population)["population"].to_dataframe(name="value").reset_index()
        cells.to_parquet(folder / f"{population}_quantiles.parquet", index=False)
    if keep_draws:
        draws_frame(projection).to_parquet(folder / "draws.parquet", index=False)


def _shown_value(value: Any) -> str:
    if isinstance(value, dict):
        return text("problems.where_separator").join(f"{key}: {level:g}" for key, level in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Progress:
    """A bar on a terminal, plain lines elsewhere; called by the runner with a stage, how much of it is done, and of how much."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Any = None
        self._stage = ""

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=1, desc=self._title, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed} {postfix}", file=sys.stderr
            )
        else:
            click.echo(self._title, err=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        shown = text(f"runs.stage.{stage}")
        if self._bar is not None:
            self._bar.total, self._bar.n = max(total, 1), done
            self._bar.set_postfix_str(shown)
        elif stage != self._stage:
            _echo_indented(shown, err=True)
        self._stage = stage


class _Counties(_Progress):
    """The same with counties done, their pace and the time left; elsewhere than on a terminal a line every ten seconds."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._began, self._earlier, self._told = 0.0, 0, -math.inf

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != "counties":
            super().__call__(stage, done, total)
            return
        if self._stage != stage:
            self._began, self._earlier = now, done
        self._stage = stage
        pace = (done - self._earlier) / max(now - self._began, 1e-6)
        given = {"done": number(done), "total": number(total)}
        if pace:
            given |= {"pace": number(pace, 1), "left": number((total - done) / pace)}
        line = text("cli.project_all.pace" if pace else "cli.project_all.begun", **given)
        if self._bar is not None:
            self._bar.total, self._bar.n = max(total, 1), done
            self._bar.set_postfix_str(line)
        elif now - self._told >= _TELL_EVERY_SECONDS or done == total:
            self._told = now
            _echo_indented(line, err=True)


class _Formatter(click.HelpFormatter):
    """Click's help with its own few words in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, text("cli.click.usage") + " ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(text(f"cli.click.{heading.lower()}"))


class _Context(click.Context):
    formatter_class = _Formatter


class _Command(click.Command):
    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = text("cli.option.help")
        return option


class _Group(_Command, click.Group):
    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            found = {"found": args[0], "nearest": nearest(args[0], self.commands)}
            raise click.UsageError(text("cli.click.no_such_command", **found), ctx)
        return super().resolve_command(ctx, args)


def _run(arguments: list[str]) -> int:
    group = commands()
    try:
        group.main(arguments or ["--help"], prog_name="popmodel", standalone_mode=False)
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "popmodel"
        click.echo(text("cli.usage_error", what=_usage_problem(error), command=command), err=True)
        return USAGE_EXIT_CODE
    except (click.Abort, KeyboardInterrupt):
        click.echo(text("cli.stopped"), err=True)
        return 143
    except PopmodelError as error:
        click.echo(text("cli.error", what=error.describe()), err=True)
        if error.parameters.get("record"):
            click.echo(text("runs.record_at", folder=error.parameters["record"]), err=True)
        if error.parameters.get("kept"):
            click.echo(text("runs.kept"), err=True)
        return error.exit_code
    except OSError as error:
        click.echo(text("cli.error", what=f"{error.strerror or error} {error.filename or ''}".strip()), err=True)
        return 1
    return 0


def _usage_problem(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return text("cli.click.no_such_option", option=error.option_name)
    if isinstance(error, click.MissingParameter):
        parameter = error.param.human_readable_name if error.param else ""
        return text("cli.click.missing_parameter", parameter=parameter)
    if isinstance(error, click.BadParameter):
        parameter = error.param.human_readable_name if error.param else ""
        return text("cli.click.bad_parameter", parameter=parameter, detail=error.message)
    return error.format_message()


def _print_any_text() -> None:
    """Chinese must not stop a run because a log or console is not UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _language_asked(arguments: Sequence[str]) -> str | None:
    """`--lang` wherever it stands, so that help and errors are in it too."""
    for place, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        if value in LANGUAGES:
            return value
    return None


def _command(function: Callable[..., None], *parameters: click.Parameter) -> click.Command:
    name = function.__name__.removeprefix("_").replace("_", "-")
    key = function.__name__.removeprefix("_")

    def run(lang: str | None, **values: Any) -> None:
        function(**values, **({"lang": lang} if function is _report else {}))

    return _Command(
        name,
        params=[*parameters, _lang_option()],
        callback=run,
        help=text(f"cli.{key}.help"),
        short_help=text(f"cli.{key}.short"),
        options_metavar=text("cli.click.options_metavar"),
    )


def _pack() -> click.Argument:
    return click.Argument(["pack"], metavar="PACK")


def _lang_option() -> click.Option:
    return click.Option(["--lang"], type=click.Choice(LANGUAGES), default=None, expose_value=True, help=text("cli.option.lang"))


def _version_option() -> click.Option:
    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            from popmodel import __version__

            click.echo(f"popmodel {__version__}")
            context.exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show, help=text("cli.option.version")
    )


def _scenario_option() -> click.Option:
    return click.Option(["--scenario"], default="medium", metavar="NAME", help=text("cli.option.scenario"))


def _to_option() -> click.Option:
    return click.Option(["--to"], type=int, default=2050, metavar="YEAR", help=text("cli.option.to"))


def _draw_options(default: int, said: str | None = None) -> tuple[click.Option, ...]:
    said = said or text("cli.option.draws", default=default)
    return (
        click.Option(["--draws"], type=int, default=default, metavar="N", help=said),
        click.Option(["--seed"], type=int, default=SEED, metavar="N", help=text("cli.option.seed", default=SEED)),
        click.Option(["--engine"], default=ENGINE, metavar="NAME", help=text("cli.option.engine")),
    )


def _keep_option() -> click.Option:
    return click.Option(["--keep-draws"], is_flag=True, default=False, help=text("cli.option.keep_draws"))


def _out_option(default: str) -> click.Option:
    return click.Option(["--out"], default=default, metavar="DIR", help=text("cli.option.out", default=default))


def _run_argument(name: str) -> click.Argument:
    return click.Argument([name], metavar=name.upper())


def _compare_out_option() -> click.Option:
    return click.Option(["--out"], default=None, metavar="DIR", help=text("cli.option.compare_out"))


def _format_option() -> click.Option:
    def split(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
        chosen = tuple(part.strip() for part in value.split(","))
        unknown = [part for part in chosen if part not in FORMATS]
        if unknown:
            raise InputError([Problem("unknown_format", {"found": ", ".join(unknown), "expected": ", ".join(FORMATS)})])
        return chosen

    return click.Option(
        ["--format", "formats"], default=",".join(FORMATS), callback=split, metavar="LIST", help=text("cli.option.format")
    )


def _two_censuses_option() -> click.Option:
    return click.Option(["--census"], is_flag=True, help=text("cli.option.two_censuses"))


def _census_option() -> click.Option:
    return click.Option(["--census"], required=True, metavar="TABLE", help=text("cli.option.census"))


def _name_option() -> click.Option:
    return click.Option(["--name"], default=None, metavar="NAME", help=text("cli.option.name"))


if __name__ == "__main__":
    main()
