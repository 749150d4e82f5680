"""A Dask scheduler and workers as processes of their own, on 127.0.0.1."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import distributed

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
    return port


@contextmanager
def process(*words: str, folder: Path) -> Iterator[None]:
    """A `dask` command that runs until the block ends. What it says goes into a file of the folder."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    with (folder / f"{words[0]}-{words[-1].rpartition(':')[2]}.log").open("ab") as log:
        ran = subprocess.Popen(
            [sys.executable, "-m", "dask", *words], stdout=log, stderr=log, env=environment, cwd=folder
        )
        try:
            yield
        finally:
            ran.terminate()
            ran.wait(20)


@contextmanager
def cluster(folder: Path, workers: int, *more: str) -> Iterator[str]:
    """The address of a scheduler with so many workers of one thread each; a nanny starts one again that died.

    more: further words for `dask worker`.
    """
    address = f"tcp://{HOST}:{free_port()}"
    with ExitStack() as stack:
        port = address.rpartition(":")[2]
        stack.enter_context(process("scheduler", "--host", HOST, "--no-dashboard", "--port", port, folder=folder))
        for _ in range(workers):
            said = ("--host", HOST, "--no-dashboard", "--nthreads", "1", "--memory-limit", "0", *more)
            stack.enter_context(process("worker", *said, "--local-directory", str(folder), address, folder=folder))
        made: Any = distributed.Client
        client = made(address, timeout=30, set_as_default=False)
        if workers:
            client.wait_for_workers(workers, timeout=60)
        client.close()
        yield address


KILLER = """
import os
import signal

from distributed import WorkerPlugin


class Killer(WorkerPlugin):
    def transition(self, key, start, finish, **more):
        if finish == "memory" and str(key).startswith("leadline-{task}"):
            try:
                os.close(os.open({marker!r}, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)


async def dask_setup(worker):
    await worker.plugin_add(Killer())
"""


def killer(folder: Path, task: str) -> tuple[Path, Path]:
    """A program that kills the first worker to finish such a task, at once and once, and the file that tells of it."""
    marker, program = folder / "killed", folder / "killer.py"
    program.write_text(KILLER.format(task=task, marker=str(marker)), encoding="utf-8")
    return program, marker
