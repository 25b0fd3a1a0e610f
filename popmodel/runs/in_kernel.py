"""Loaded into the kernel of a run: what a notebook would pass over in silence is an error there.

A shell command (`!command`) that fails leaves a number nobody looks at; `quit()` ends the kernel some time after the next cell.
"""

from __future__ import annotations

import os
from typing import Any

from popmodel.messages import text


class CommandFailedError(RuntimeError):
    """A shell command of the notebook ended with an exit code other than 0."""


class QuitError(RuntimeError):
    """The notebook asked the kernel to end."""


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython when it loads the extension."""
    if os.name == "posix" and os.environ.get("JPY_PARENT_PID", "") not in ("", str(os.getppid())):
        os._exit(1)  # the run was killed while its kernel started; later on the kernel notices by itself

    plain = shell.system

    def system(command: str) -> None:
        plain(command)
        code = shell.user_ns.get("_exit_code")
        if code:
            raise CommandFailedError(text("runs.command_failed", command=command, code=code))

    def ask_exit() -> None:
        raise QuitError("quit()")

    shell.system = system
    shell.ask_exit = ask_exit
