"""Drawing several charts at once: a helper process draws while this one frames. Who drew does not change a byte.

Drawing takes a JavaScript engine that needs half a second to start, and holds Python's lock while it works. A helper
that is opened early has started by the time there is something to draw.

1. `opened` starts the helper (`engine`); 2. `pictures` sends it every specification, in a thread, and frames what comes
back. A helper that cannot be started, or dies, costs time alone: this process then draws what is left.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any

from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, drawn, framed_svg, specification, worded

Helper = subprocess.Popen[str] | None
SIZES = {"desk": theme.DESK, "phone": theme.PHONE}


@dataclass(frozen=True)
class Picture:
    """A chart drawn: SVG for a desk and for a phone, and the framed PNG."""

    desk: str
    phone: str
    png: bytes


@dataclass(frozen=True)
class _Job:
    """One drawing: whose, at which size, its specification; text: the SVG, None until it is drawn."""

    chart: Chart
    size: str
    spec: dict[str, Any]
    text: str | None = None


_Jobs = SimpleQueue[_Job | None]


@contextmanager
def opened() -> Iterator[Helper]:
    """A helper process for the time of a `with` block; None where none can be started."""
    helper: Helper = None
    with suppress(OSError):
        helper = subprocess.Popen(
            [sys.executable, "-m", "leadline.publish.look.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
    try:
        yield helper
    finally:
        _close(helper)


def pictures(charts: Sequence[Chart], helper: Helper = None) -> dict[str, Picture]:
    """Every chart drawn, by its name, in the order of `charts`."""
    todo: _Jobs = SimpleQueue()
    done: _Jobs = SimpleQueue()
    server = Thread(target=_served, args=(helper, todo, done))
    server.start()
    for chart in charts:
        for name, size in SIZES.items():
            todo.put(_Job(chart, name, specification(chart, size, background=None)))
    todo.put(None)
    texts: dict[tuple[str, str], str] = {}
    images: dict[str, bytes] = {}
    while (job := done.get()) is not None:
        raw = drawn(job.spec) if job.text is None else job.text
        text = worded(job.chart, raw, f"{job.chart.name}-{job.size}-")
        texts[job.chart.name, job.size] = text
        if job.size == "desk":
            images[job.chart.name] = framed_svg(job.chart, text, theme.TALL)
    server.join()
    names = [chart.name for chart in charts]
    return {name: Picture(texts[name, "desk"], texts[name, "phone"], images[name]) for name in names}


def _served(helper: Helper, todo: _Jobs, done: _Jobs) -> None:
    """Each job with its drawing by the helper; as it came where there is no answer."""
    while (job := todo.get()) is not None:
        answer = _asked(helper, job.spec)
        done.put(job if not answer else _Job(job.chart, job.size, job.spec, json.loads(answer)))
        helper = helper if answer else None
    done.put(None)


def _asked(helper: Helper, spec: dict[str, Any]) -> str:
    """The helper's answer to a specification; "" where there is no helper, or it is gone."""
    if helper is None or helper.stdin is None or helper.stdout is None:
        return ""
    try:
        helper.stdin.write(f"{json.dumps(spec)}\n")
        helper.stdin.flush()
        return helper.stdout.readline()
    except OSError:
        return ""


def _close(helper: Helper) -> None:
    if helper is None:
        return
    helper.kill()
    for pipe in (helper.stdin, helper.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    helper.wait()
