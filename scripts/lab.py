"""Starts JupyterLab on the notebooks, its own menus in the language popmodel speaks; `make lab` calls it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jupyterlab.labapp import main

from popmodel.messages import language

ROOT = Path(__file__).resolve().parents[1]
LOCALES = {"zh": "zh_CN", "en": "en"}


def set_menu_language(lang: str) -> None:
    """Make `lang` the default of the menus in this environment; a language chosen in JupyterLab itself still wins."""
    settings = Path(sys.prefix, "share", "jupyter", "lab", "settings", "overrides.json")
    settings.parent.mkdir(parents=True, exist_ok=True)
    overrides = {"@jupyterlab/translation-extension:plugin": {"locale": LOCALES[lang]}}
    settings.write_text(json.dumps(overrides) + "\n", encoding="utf-8")


if __name__ == "__main__":
    set_menu_language(language())
    os.environ["POPMODEL_LANG"] = language()  # the notebooks speak the same language as the menus
    sys.argv[1:1] = [f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/lab/tree/notebooks"]
    sys.exit(main())
