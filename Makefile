# popmodel: `make help` lists the targets. Every target makes its own .venv first; nothing else needs to be installed but
# Python 3.11 or newer, make and git. All paths are relative, so the folder may have spaces and Chinese characters in its name.

PYTHON_IN_VENV := .venv/bin/python
PACK           ?= data/xichuan
SCENARIO       ?= medium
OUT            ?= reports
TESTS          ?= tests
ARGS           ?=
# What Jupyter and papermill leave in a notebook besides outputs. Cell ids stay: they tell which cell a change is in.
STRIP          := $(PYTHON_IN_VENV) -m nbstripout --keep-id --extra-keys "metadata.papermill metadata.language_info cell.metadata.papermill cell.metadata.execution"
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lab bench lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup:  ## make .venv and install the locked dependencies and the package (PYTHON=… chooses the Python)
	@sh scripts/setup.sh

demo: setup  ## the main job: the report for data/xichuan (PACK=… SCENARIO=… OUT=… ARGS="--lang en")
	@.venv/bin/popmodel report "$(PACK)" --scenario "$(SCENARIO)" --out "$(OUT)" $(ARGS)

test: setup  ## the tests (TESTS=tests/areas ARGS="-k name" chooses among them)
	@$(PYTHON_IN_VENV) -m pytest $(TESTS) $(ARGS)

check: setup  ## style, format, types, notebooks without outputs
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m mypy
	@$(STRIP) --verify notebooks/*.ipynb

format: setup  ## put style, format and notebooks right
	@$(PYTHON_IN_VENV) -m ruff check --fix .
	@$(PYTHON_IN_VENV) -m ruff format .
	@$(STRIP) notebooks/*.ipynb

lab: setup  ## JupyterLab on the notebooks, in Chinese or English (POPMODEL_LANG=zh|en, else the locale)
	@$(PYTHON_IN_VENV) scripts/lab.py $(ARGS)

bench: setup  ## what is timed and scored
	@$(PYTHON_IN_VENV) -m benchmarks $(ARGS)

lock: setup  ## write requirements.lock anew after a change of pyproject.toml (ARGS=--upgrade for newer versions)
	@sh scripts/lock.sh $(ARGS)

clean:  ## remove .venv, caches and builds; reports stay
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find popmodel tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
