"""Books of JSON lines beside the facts: appended and synced, one writer at a time, whole even after a power loss."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from leadline.core.errors import DataError, PromiseError


def read_lines(path: Path, what: str) -> list[dict[str, Any]]:
    """Every line in the order of writing; a last line cut short by a power loss is left out.

    Raises PromiseError where an earlier line is no JSON object.
    """
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8").split("\n")[:-1]  # what follows the last newline was not finished
    try:
        return [dict(json.loads(line)) for line in whole if line]
    except (ValueError, TypeError) as error:
        raise PromiseError(f"{what} {path.name}", found=str(error), todo="mend or remove the line") from error


def append_lines(path: Path, lines: Sequence[Mapping[str, Any]], what: str, wait_seconds: float = 10.0) -> None:
    """Append lines, synced to disk. Raises DataError when another process holds the book for too long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=wait_seconds), path.open("a+b") as file:
            _drop_cut_line(file.fileno())
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except Timeout as error:
        raise DataError(f"the {what}", found="another process is writing it", todo="try again") from error


def _drop_cut_line(handle: int) -> None:
    """Drop what a killed writer left after the last newline."""
    size = os.lseek(handle, 0, os.SEEK_END)
    tail = os.pread(handle, min(size, 1 << 20), max(size - (1 << 20), 0))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, size - (len(tail) - tail.rfind(b"\n") - 1))
