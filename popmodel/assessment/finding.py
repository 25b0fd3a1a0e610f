"""A check of the base data: what was found, what it was held against, the verdict, and the reason in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from popmodel.messages import number, text

SOUND, LOOK, DOUBTFUL = VERDICTS = ("sound", "look", "doubtful")


@dataclass(frozen=True)
class Finding:
    """A check: its key, what was found and what it is held against (texts), the verdict, one of VERDICTS, and `given`, what its
    title says of them."""

    key: str
    found: str
    expected: str
    verdict: str
    given: Mapping[str, str] = field(default_factory=dict)

    def title(self, lang: str | None = None) -> str:
        """What was checked."""
        return text(f"assessment.check.{self.key}", lang=lang, **self.given)

    def reason(self, lang: str | None = None) -> str:
        """What the verdict rests on and what follows."""
        return text(f"assessment.check.{self.key}.reason", lang=lang)


def graded(distance: float, look: float, doubtful: float) -> str:
    """Sound up to `look`, to be looked at up to `doubtful`, doubtful above."""
    return SOUND if distance <= look else LOOK if distance <= doubtful else DOUBTFUL


def percent(share: float, *, signed: bool = False) -> str:
    """A share as it is printed."""
    sign = "+" if signed and share > 0 else ""
    return f"{sign}{number(100 * share, 1)} %"
