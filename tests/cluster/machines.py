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
def cluster(folder: Path, workers: int, memory: str = "0") -> Iterator[str]:
    """The address of a scheduler with so many workers of one thread each; a nanny starts one again that died."""
    address = f"tcp://{HOST}:{free_port()}"
    with ExitStack() as stack:
        port = address.rpartition(":")[2]
        stack.enter_context(process("scheduler", "--host", HOST, "--no-dashboard", "--port", port, folder=folder))
        for _ in range(workers):
            said = ("--host", HOST, "--no-dashboard", "--nthreads", "1", "--memory-limit", memory)
            stack.enter_context(process("worker", *said, "--local-directory", str(folder), address, folder=folder))
        made: Any = distributed.Client
        client = made(address, timeout=30, set_as_default=False)
        client.wait_for_workers(workers, timeout=60)
        client.close()
        yield address
