#!/bin/sh
# Resolves pyproject.toml for every platform and Python from 3.11 on into requirements.lock; `make lock` calls it.
# The file names no index and no machine, and both uv and pip install it with hashes checked.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock "$@"
