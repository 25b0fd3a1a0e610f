"""Headings, names and words as they are compared, however people write them."""

from __future__ import annotations

import re
import unicodedata


def plain(written: object) -> str:
    """A heading, name or word as it is compared: half width, lower case, without blanks, underscores and what is in brackets.

    >>> plain(" 常住人口（人）")
    '常住人口'
    """
    folded = unicodedata.normalize("NFKC", str(written)).lower()
    return re.sub(r"[\s_:*\ufeff]|\([^)]*\)", "", folded)
