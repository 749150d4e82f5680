"""Writing files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from leadline.core.errors import RequestError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside `path` first and rename it, so that nobody ever sees half of it.

    Raises RequestError where the folder cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        found = error.strerror or str(error)
        raise RequestError(f"file {path}", found=found, expected="a place that can be written") from error
