"""report.html: the executed notebook's own rendering in one file, code hidden, that asks nothing of the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_TEMPLATES = Path(__file__).parent / "templates"

_EMBEDDED = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]*")
# What makes a browser fetch something or run code. Pictures inside the file (`data:`) and links to follow by hand are fine.
_REACHES_OUT = re.compile(
    r"<(?:script|iframe|object|embed|link|base|form)\b"
    r"|<[^<>]+\s(?:src|srcset|poster|background)\s*=\s*[\"']?(?!data:)[^\s\"'>]"
    r"|url\(\s*[\"']?(?!data:)[^\"')]|@import|<[^<>]+\son\w+\s*=",
    re.IGNORECASE,
)


def load_exporter(lang: str) -> Any:
    """The exporter, its template read: slow to import, so that a run does it while the kernel works."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    class Page(TemplateExporter):
        """nbconvert's HTML without its last step, which parses the whole page once more to add what our template has."""

        output_mimetype = "text/html"

    exporter = Page(
        template_name="popmodel", extra_template_basedirs=[str(_TEMPLATES)], file_extension=".html",
        exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True,
        filters={"markdown2html": _markdown()},
    )  # fmt: skip
    exporter.environment.globals["page_language"] = {"zh": "zh-CN"}.get(lang, lang)
    exporter.environment.get_template("index.html.j2")
    return exporter


def render(exporter: Any, notebook: Any, title: str) -> str:
    """`notebook` as one HTML page under `title`."""
    return exporter.from_notebook_node(notebook, resources={"metadata": {"name": title, "path": ""}})[0]


def reaching_out(page: str) -> list[str]:
    """The tags and rules of `page` that would make a browser fetch something or run code."""
    return [found.group(0)[:80] for found in _REACHES_OUT.finditer(_EMBEDDED.sub("data:", page))]


def _markdown() -> Any:
    """Markdown to HTML as JupyterLab does it, without a ¶ behind each heading."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, embed_images=True, exclude_anchor_links=True)
    return lambda source: MarkdownWithMath(renderer=renderer).render(source)
