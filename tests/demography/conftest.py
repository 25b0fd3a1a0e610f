"""Published answers that the tests of several methods share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from popmodel.assessment.known_answers import known_answer


@pytest.fixture(scope="session")
def known() -> Callable[[str], dict[str, Any]]:
    """The published answer of a name, inputs and results."""
    return known_answer
