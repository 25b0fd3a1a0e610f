"""Which schemes an area has, and what they are called: the five built in, and those its pack declares."""

from __future__ import annotations

from popmodel.areas import Area
from popmodel.areas.schemes import BUILT_IN
from popmodel.messages import text


def schemes_of(area: Area) -> tuple[str, ...]:
    """Every scheme of an area, in the order in which they are printed."""
    return (*BUILT_IN, *area.schemes)


def scheme_title(scheme: str, area: Area, lang: str | None = None) -> str:
    """The scheme's name as it is printed; `total` is one too."""
    return area.schemes[scheme].title(lang) if scheme in area.schemes else text(f"subsidies.scheme.{scheme}", lang=lang)


def short_title(scheme: str, area: Area, lang: str | None = None) -> str:
    """The scheme's short name, for columns and charts."""
    return area.schemes[scheme].short_title(lang) if scheme in area.schemes else text(f"subsidies.short.{scheme}", lang=lang)


def title_of(scheme: str, area: Area | None, lang: str | None = None) -> str:
    """The scheme's name where there may be no area, as for a list that is checked alone."""
    return scheme_title(scheme, area, lang) if area is not None else text(f"subsidies.scheme.{scheme}", lang=lang)
