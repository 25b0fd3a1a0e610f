"""A kernel of our own for one run: this very Python, whatever kernels are installed, reached through a private folder.

IPC sockets in a folder of mode 0700 cannot be reached by other users and cannot collide; TCP ports, chosen by trying, can.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import sysconfig
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, ClassVar

from popmodel.runs.lock import hold

# A socket's path has room for 107 bytes on Linux, 103 on macOS, and `/k-5` is added to the folder.
_LONGEST_FOLDER = 96
_START_SECONDS = 60


class Kernel:
    """A kernel process that was started; `manager` is what papermill takes as `km`."""

    def __init__(self, lang: str) -> None:
        self._stack = ExitStack()
        try:
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="pm-", dir=_short_place())))
            self._alone = self._stack.enter_context(ExitStack())
            self._start(lang)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, lang: str) -> None:
        ipc = os.name == "posix" and len(os.fsencode(self.folder)) <= _LONGEST_FOLDER
        if not ipc:
            # A port is chosen, let go, and taken by the kernel a moment later: one kernel at a time.
            starting = Path(tempfile.gettempdir()) / "popmodel-kernel-starting"
            starting.mkdir(exist_ok=True)
            self._alone.enter_context(hold(starting, wait_seconds=_START_SECONDS))
        log = self._stack.enter_context((self.folder / "kernel.log").open("wb"))
        work = self.folder / "work"  # what the notebook drops into its working folder is not published
        work.mkdir()
        self.manager = _manager(self.folder, ipc)
        self.manager.start_kernel(
            cwd=str(work),
            env=_environment(self.folder, lang),
            stdout=log,
            stderr=log,
            extra_arguments=[
                "--HistoryManager.enabled=False",
                "--IPKernelApp.extra_extensions=popmodel.runs.in_kernel",
            ],
        )

    def ready(self) -> None:
        """The kernel answered: its ports are its own."""
        self._alone.close()

    def kill(self) -> None:
        """End the kernel and what it started, at once."""
        process = getattr(self.manager.provisioner, "process", None)
        if process is None or process.poll() is not None:
            return
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
            else:
                process.kill()

    def log(self) -> str:
        """What the kernel process itself printed: nothing, unless it is in trouble."""
        with suppress(OSError):
            return (self.folder / "kernel.log").read_text(encoding="utf-8", errors="replace")[-20_000:]
        return ""

    def close(self) -> None:
        """End the kernel and leave nothing of it behind."""
        self.kill()
        with self._stack:
            process = getattr(self.manager.provisioner, "process", None)
            if process is not None:
                process.wait()
            self.manager.hang_up()
            self.manager.cleanup_resources()


def _manager(folder: Path, ipc: bool) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import KernelManager

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=command, display_name="popmodel", language="python")

    class OwnPython(KernelManager):
        """Runs this Python, not the one a kernel specification installed somewhere names; hangs up when it is closed."""

        _clients: ClassVar[list[Any]] = []

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        def client(self, **options: Any) -> Any:
            self._clients.append(super().client(**options))
            return self._clients[-1]

        def hang_up(self) -> None:
            """Close the connections: papermill leaves those of a kernel it was given open."""
            while self._clients:
                self._clients.pop().stop_channels()

    quiet = logging.getLogger("popmodel.runs.kernel")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    place = {"transport": "ipc", "ip": str(folder / "k")} if ipc else {}
    return OwnPython(
        connection_file=str(folder / "k.json"),
        client_class="jupyter_client.asynchronous.AsyncKernelClient",
        log=quiet,
        **place,
    )


def _environment(folder: Path, lang: str) -> dict[str, str]:
    """The caller's environment less what would make the same request come out differently on another desk."""
    given = [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    package = str(Path(__file__).resolve().parents[2])
    # The kernel works in another folder and must find the popmodel that runs here; one that is installed it finds anyway,
    # and all of site-packages does not belong before the standard library.
    own = [package] if package not in (sysconfig.get_path("purelib"), *given) else []
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*own, *given]),
        "IPYTHONDIR": str(folder / "ipython"),  # no start-up files or settings of the user's
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONUTF8": "1",
        "POPMODEL_LANG": lang,
    }


def _short_place() -> str | None:
    """A folder for temporary files whose path leaves room for a socket; None for the usual one."""
    usual = tempfile.gettempdir()
    if os.name != "posix" or len(os.fsencode(usual)) + len("/pm-12345678") <= _LONGEST_FOLDER:
        return None
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None
