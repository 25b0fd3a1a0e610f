"""Looking up a text by key and language in the TOML files beside this module.

An entry is a table with `zh` and `en`; its key is the file's name and the table's path: `[chapter.places]` in `report.toml` is
`report.chapter.places`. Parameters are named in braces as for `str.format`.
"""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh", "en")
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language texts are given in: the one chosen, else `POPMODEL_LANG`, else that of the locale (zh or en)."""
    chosen = _chosen.get() or os.environ.get("POPMODEL_LANG", "")[:2].lower()
    if chosen in LANGUAGES:
        return chosen
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = next((name for name in names if name), locale.getlocale()[0] or "")
    return "zh" if first.lower().startswith(("zh", "chinese")) else "en"


@contextmanager
def use_language(lang: str | None) -> Iterator[None]:
    """Give texts in `lang` inside the block; None leaves the language as it is."""
    if lang is not None and lang not in LANGUAGES:
        raise ValueError(f"language {lang!r}, expected one of {LANGUAGES}")
    token = _chosen.set(lang or _chosen.get())
    try:
        yield
    finally:
        _chosen.reset(token)


def text(key: str, /, *, lang: str | None = None, **parameters: Any) -> str:
    """The text of `key` in `lang` (default: `language()`), its `{parameters}` filled in.

    Raises KeyError when the catalogue has no such key.
    """
    template = entries(key.partition(".")[0])[key][lang or language()]
    return template.format(**parameters) if parameters else template


def number(value: float, decimals: int = 0) -> str:
    """`value` with thousands separators and a true minus sign, as it is printed in texts and tables."""
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


def catalogue_sections() -> list[str]:
    """The names of the catalogue's files, sorted."""
    return sorted(path.name.removesuffix(".toml") for path in files(__name__).iterdir() if path.name.endswith(".toml"))


@cache
def entries(section: str) -> Mapping[str, Mapping[str, str]]:
    """All entries of one catalogue file: key → {language: text}."""
    path = files(__name__).joinpath(f"{section}.toml")
    if not path.is_file():
        raise KeyError(f"the catalogue has no section {section!r}; it has {catalogue_sections()}")
    found: dict[str, Mapping[str, str]] = {}

    def walk(prefix: str, table: Mapping[str, Any]) -> None:
        texts = {name: value for name, value in table.items() if isinstance(value, str)}
        if texts:
            found[prefix] = texts
        for name, value in table.items():
            if isinstance(value, Mapping):
                walk(f"{prefix}.{name}", value)

    walk(section, tomllib.loads(path.read_text(encoding="utf-8")))
    return found
