"""The assumptions as a sheet has them: values as people write them, and a county's own entries from what they changed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from popmodel.messages import LANGUAGES
from popmodel.parameters import Assumption, AssumptionBook
from popmodel.parameters.assumptions import kind_of
from popmodel.parameters.shares import share_title

ASSUMPTION_COLUMNS = ("key", "title", "unit", "now", "new", "range", "status", "source", "note", "rank")
# After a change the value is looked at again within a year.
_REVIEW_DAYS = 365


def written_value(value: Any, lang: str | None = None) -> str:
    """A value of the book as a cell shows it.

    >>> written_value({2025: 1.0, 2030: 1.2})
    '2025: 1; 2030: 1.2'
    """
    if isinstance(value, Mapping):
        names = {name: share_title(name, lang) if isinstance(name, str) else name for name in value}
        return "; ".join(f"{names[name]}: {written_value(level, lang)}" for name, level in value.items())
    return value if isinstance(value, str) else f"{value:.10g}"


def value_of(written: str, before: Any) -> Any:
    """The value that a cell means, of the kind that `before` is; the text itself where it is none.

    >>> value_of("２０２５：１；2030: 95%", {2025: 1.0})
    {2025: 1.0, 2030: 0.95}
    """
    plain = unicodedata.normalize("NFKC", written).replace("，", ";").strip()
    if kind_of(before) == "text":
        return plain
    if ":" not in plain:
        return _number(plain)
    pairs = [part.partition(":")[::2] for part in re.split(r"[;\n]", plain) if part.strip()]
    known = (
        {share_title(name, lang): name for lang in LANGUAGES for name in before if isinstance(name, str)}
        if isinstance(before, Mapping)
        else {}
    )
    found = {known.get(name.strip(), _name(name.strip())): _number(level.strip()) for name, level in pairs}
    return found if all(isinstance(level, float) for level in found.values()) else plain


def assumption_rows(book: AssumptionBook, ranks: Mapping[str, int], lang: str) -> list[dict[str, Any]]:
    """A row an assumption, the ranked ones first; entries whose value holds dates are left to the file."""
    order = sorted(book.keys(), key=lambda key: (ranks.get(key, len(ranks) + 1), book.keys().index(key)))
    return [_row(book[key], ranks.get(key, ""), lang) for key in order if editable(book[key])]


def editable(entry: Assumption) -> bool:
    """Whether a cell can hold the value: shares by date cannot."""
    return not (isinstance(entry.value, Mapping) and any(isinstance(level, Mapping) for level in entry.value.values()))


def own_entry(entry: Assumption, value: Any, status: str, source: str, note: str, day: dt.date) -> dict[str, Any]:
    """An entry of the county's own assumptions.yaml: the one of the book with another value, and who says so."""
    found: dict[str, Any] = {
        "key": entry.key,
        "value": {int(name) if isinstance(name, int) else name: level for name, level in value.items()}
        if isinstance(value, Mapping)
        else value,
        "unit": entry.unit,
        "from": entry.start,
        "range": list(entry.range) if entry.range else None,
        "scenario": entry.scenario,
        "status": status,
        "document": entry.document,
        "source": source,
        "owner": entry.owner,
        "checked": day,
        "review_by": day + dt.timedelta(days=_REVIEW_DAYS),
        "title": {lang: entry.titles[lang] for lang in LANGUAGES},
        "note": {lang: note for lang in LANGUAGES} if note else {lang: entry.notes[lang] for lang in LANGUAGES},
    }
    return {name: given for name, given in found.items() if given not in (None, "", {"zh": "", "en": ""})}


def _row(entry: Assumption, rank: int | str, lang: str) -> dict[str, Any]:
    limits = f"{entry.range[0]:g} – {entry.range[1]:g}" if entry.range else ""
    return {
        "key": entry.key,
        "title": entry.title(lang),
        "unit": entry.unit_title(lang),
        "now": written_value(entry.value, lang),
        "new": "",
        "range": limits,
        "status": entry.status,
        "source": entry.source,
        "note": entry.note(lang),
        "rank": rank,
    }


def _name(written: str) -> int | str:
    return int(written) if re.fullmatch(r"\d{4}", written) else written


def _number(written: str) -> float | str:
    bare = written.replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    percent = bare.endswith("%")
    try:
        found = float(bare.rstrip("%"))
    except ValueError:
        return written
    return found / 100 if percent else found
