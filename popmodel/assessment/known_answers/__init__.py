"""Published answers, each with its source, that the methods are held to: one TOML file a publication, read by its name."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def known_answer(name: str) -> dict[str, Any]:
    """The inputs and expected results of `name`, as its file groups them. Raises FileNotFoundError when there is none.

    >>> known_answer("a0_andreev_kingkade")["m"][0]
    0.14729455
    """
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
