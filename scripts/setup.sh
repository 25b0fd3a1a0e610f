#!/bin/sh
# Makes .venv in the checkout and installs the locked dependencies and the package into it; `make setup` calls it.
# Idempotent: does nothing when .venv already belongs to this folder, this requirements.lock and this pyproject.toml.
set -eu
cd "$(dirname "$0")/.."

python=.venv/bin/python
stamp=.venv/popmodel-ready
wanted="$({ pwd; cat requirements.lock pyproject.toml; } | cksum) $(pwd)"

say() { printf '%s\n' "$*" >&2; }

works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# The newest Python that is at least 3.11; $PYTHON comes first. A name on PATH may be a shim without a Python behind it.
find_python() {
    for name in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if works "$name"; then
            printf '%s' "$name"
            return
        fi
    done
    say "popmodel needs Python 3.11 or newer; none was found ($(python3 --version 2>/dev/null || echo 'no python3 at all'))."
    say "Install one (https://www.python.org/downloads/) or name it: make setup PYTHON=/path/to/python3"
    say "popmodel 需要 Python 3.11 或更高版本，本机没有找到。请先安装，或指明位置：make setup PYTHON=/路径/python3"
    exit 1
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && works "$python"; then
    exit 0
fi

# A virtual environment keeps absolute paths, so one that was made elsewhere (a moved or copied folder) is made anew.
if ! works "$python" || [ "$(cat .venv/popmodel-place 2>/dev/null || true)" != "$(pwd)" ]; then
    chosen=$(find_python)
    say "Making .venv with $("$chosen" --version 2>&1)"
    if ! "$chosen" -m venv --clear .venv; then
        say "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"
        say "Python 无法创建虚拟环境。Debian/Ubuntu 请先执行：apt install python3-venv"
        exit 1
    fi
    pwd >.venv/popmodel-place
fi
rm -f "$stamp"

# uv is several times faster than pip and installs the same hashes. It does not read pip's own settings, so the mirror
# named there is handed on; where uv cannot be had or cannot reach its index, pip does the work.
uv=$(command -v uv || true)
if [ -z "$uv" ] && [ "${POPMODEL_INSTALLER:-uv}" = uv ]; then
    "$python" -m pip install --quiet --disable-pip-version-check uv >/dev/null 2>&1 && uv=.venv/bin/uv || uv=
fi
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    mirror=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$mirror" ] || export UV_DEFAULT_INDEX="$mirror"
fi
quiet=--quiet
[ ! -t 2 ] || quiet= # a person waiting wants to see that something happens
say "Installing the locked dependencies (a few minutes the first time)"
installed=no
if [ -n "$uv" ] && [ "${POPMODEL_INSTALLER:-uv}" = uv ]; then
    if "$uv" pip install $quiet --python "$python" --require-hashes -r requirements.lock; then
        installed=yes
    else
        say "uv could not install them; trying pip"
    fi
fi
if [ "$installed" = no ]; then
    "$python" -m pip install $quiet --disable-pip-version-check --require-hashes -r requirements.lock
fi
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" >"$stamp"
