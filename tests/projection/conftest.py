"""What several tests of the projection start from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from popmodel.areas import Area


@pytest.fixture(scope="session")
def plain(xichuan: Area) -> Area:
    """The county without birth registrations, which would move the published births."""
    tables = {name: table for name, table in xichuan.tables.items() if name != "birth_registrations"}
    return replace(xichuan, tables=tables)
