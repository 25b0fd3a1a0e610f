"""The HTML that a notebook shows: whole, escaped, self-contained, and readable by those who cannot see the charts."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

import pytest

from popmodel.reports import Report, Table, cover, html_of


class Reader(HTMLParser):
    """Collects tags with their attributes and the text, and checks that what is opened is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def page(report: Report) -> Reader:
    return read(html_of(report))


def test_every_text_and_cell_is_there_and_escaped(report: Report, page: Reader, nasty: list[str]) -> None:
    for chapter in report.chapters:
        assert chapter.title in page.text
        for table, label in chapter.tables():
            assert f"{label} {table.title}" in page.text
            assert not [cell for row in table.rows("zh") for cell in row if cell not in page.text]
    assert not [name for name in nasty if name not in page.text]
    assert "按村数分摊 @here" in page.text
    assert "script" not in {tag for tag, _ in page.tags}


def test_it_asks_nothing_of_the_network(report: Report, page: Reader) -> None:
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href"}:
                assert str(value).startswith(("data:image/svg+xml;base64,", "#")), (tag, value)
    assert tag_count(page, "link") == tag_count(page, "script") == 0
    style = re.findall(r"<style>(.*?)</style>", html_of(report), flags=re.DOTALL)
    assert style
    assert not [one for one in style if "url(" in one or "@import" in one]


def tag_count(page: Reader, tag: str) -> int:
    return sum(1 for found, _ in page.tags if found == tag)


def test_pictures_say_what_they_show_and_tables_what_they_head(page: Reader, report: Report) -> None:
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [picture["alt"] for picture in pictures] == ['两年支出 <甲> & "乙"']
    tables = [block for chapter in report.chapters for block in chapter.blocks if isinstance(block, Table)]
    assert tag_count(page, "caption") == tag_count(page, "table") == len(tables)
    heads = [attributes for tag, attributes in page.tags if tag == "th"]
    assert all(head.get("scope") in {"col", "row", "colgroup"} for head in heads)
    # 40 years, 3 years and 18 names head their rows
    assert sum(head["scope"] == "row" for head in heads) == 61


def test_the_links_of_the_contents_lead_somewhere(report: Report) -> None:
    links = [
        str(attributes["href"]) for tag, attributes in read(cover(report)._repr_mimebundle_()["text/html"]).tags if tag == "a"
    ]
    shown = [read(chapter._repr_mimebundle_()["text/html"]) for chapter in report.chapters]
    anchors = ["#" + str(attributes["id"]) for page in shown for _, attributes in page.tags if "id" in attributes]
    assert links == anchors
    assert len(links) == 2


def test_a_block_shows_itself_in_a_notebook(report: Report) -> None:
    for chapter in report.chapters:
        for block in chapter.blocks:
            bundle = block._repr_mimebundle_()
            assert read(bundle["text/html"]).tags
            assert len(bundle["text/plain"]) < 80  # not the whole frame once more
    assert escape("<script>") in html_of(report.chapter("tables"))
