"""The rules of the schemes: each a small Python file beside the YAML of its dated standards.

Rules are pure: numbers in, numbers out. Amounts come back in the unit of the standard given, yuan or fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from popmodel.demography.arrays import Array
from popmodel.parameters import DatedParameter, rule_parameters

# Every scheme's dated standards.
FILES = tuple(sorted(Path(__file__).parent.glob("*.yaml")))

# A number of persons, months or yuan, or one a draw.
Quantity: TypeAlias = float | Array


def standards(scheme: str) -> Mapping[str, DatedParameter]:
    """The dated standards of a scheme, from the YAML beside its rule."""
    return rule_parameters(Path(__file__).with_name(f"{scheme}.yaml"))
