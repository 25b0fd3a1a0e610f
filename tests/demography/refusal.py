"""What every refusal is held to: one problem, of the expected code, told in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from popmodel.messages import InputError


def refused(code: str, call: Callable[[], object]) -> dict[str, object]:
    """The parameters of the one problem with which `call` is refused."""
    with pytest.raises(InputError) as raised:
        call()
    (problem,) = raised.value.problems
    assert problem.code == code
    assert problem.describe("zh")
    assert problem.describe("en")
    return dict(problem.parameters)
