"""What is remembered: kept by all it depends on, the oldest given up first."""

from __future__ import annotations

from dataclasses import replace

from popmodel.areas import Area, Reference
from popmodel.forecast.recent import Recent


def test_a_result_is_worked_out_once_for_each_reference_and_key(xichuan: Area) -> None:
    kept, made = Recent[int](8), []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    other = replace(xichuan, reference=Reference(xichuan.reference.folder, xichuan.reference.tables, xichuan.reference.names))
    assert [kept.of(xichuan, "births", make), kept.of(xichuan, "births", make)] == [0, 0]
    assert kept.of(xichuan, "deaths", make) == 1
    # Another reference may hold other figures, even where it was read from the same folder.
    assert kept.of(other, "births", make) == 2
    assert kept.of(xichuan, "births", make) == 0


def test_the_result_used_longest_ago_makes_room(xichuan: Area) -> None:
    kept, made = Recent[str](2), []

    def make(name: str) -> str:
        return kept.of(xichuan, name, lambda: made.append(name) or name)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert make(name) == name
    assert made == ["a", "b", "c", "b"]
