"""What chapters themselves say."""

from __future__ import annotations

from collections.abc import Iterator

from popmodel.reports.model import Bullets, Chapter, Heading, Notice, Paragraph, Picture, Table


def texts_of(*chapters: Chapter) -> Iterator[str]:
    """The texts of chapters: not the cells of tables, which may hold a pack's own words."""
    for chapter in chapters:
        yield chapter.title
        for block in chapter.blocks:
            if isinstance(block, Paragraph | Heading | Notice):
                yield block.text
            elif isinstance(block, Bullets):
                yield from block.items
            elif isinstance(block, Table):
                yield from (block.title, block.source, *block.notes, *block.statuses.values())
                yield from (f"{column.title} {column.unit} {column.group}" for column in block.columns)
            elif isinstance(block, Picture):
                yield from (block.title, block.alt, block.source, block.note)
