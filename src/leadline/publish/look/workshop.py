"""Drawing several charts at once: a helper process draws while this one frames. Who drew does not change a byte.

Drawing takes a JavaScript engine that needs half a second to start; making a PNG holds Python's lock. A helper that is
opened early has started by the time there is something to draw.

1. `opened` starts the helper (`engine`); 2. `pictures` sends it every specification at once, reads a drawing whenever
it is ready for one, and makes the PNG while the helper draws on. A helper that cannot be started, or dies, costs time
alone: this process then draws what is left.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import IO

from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, drawn, frame, image, specification, worded

Helper = subprocess.Popen[str] | None
SIZES = {"desk": theme.DESK, "phone": theme.PHONE}
#: bytes that wait between the processes, so that neither waits for the other
PIPE = 1 << 20


@dataclass(frozen=True)
class Picture:
    """A chart drawn: SVG for a desk and for a phone; framed, with its words, as SVG and as PNG."""

    desk: str
    phone: str
    framed: str
    png: bytes


@contextmanager
def opened() -> Iterator[Helper]:
    """A helper process for the time of a `with` block; None where none can be started."""
    helper: Helper = None
    with suppress(OSError):
        helper = subprocess.Popen(
            [sys.executable, "-P", "-m", "leadline.publish.look.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            pipesize=PIPE,
        )
    try:
        yield helper
    finally:
        _close(helper)


def pictures(charts: Sequence[Chart], helper: Helper = None) -> dict[str, Picture]:
    """Every chart drawn, by its name, in the order of `charts`."""
    # those for a desk first: a PNG is made of each while the helper draws those for a phone
    jobs = [(name, chart, specification(chart, size)) for name, size in SIZES.items() for chart in charts]
    texts: dict[tuple[str, str], str] = {}
    framed: dict[str, tuple[str, bytes]] = {}
    answers = _asked(helper, [json.dumps(spec) for _, _, spec in jobs])
    for (size, chart, spec), answer in zip(jobs, answers, strict=True):
        text = worded(chart, drawn(spec) if answer is None else answer, f"{chart.name}-{size}-")
        texts[chart.name, size] = text
        if size == "desk":
            whole = frame(chart, text, theme.TALL)
            framed[chart.name] = whole, image(whole)
    names = [chart.name for chart in charts]
    return {name: Picture(texts[name, "desk"], texts[name, "phone"], *framed[name]) for name in names}


def _asked(helper: Helper, specs: Sequence[str]) -> Iterator[str | None]:
    """The helper's drawing of each specification; None where there is no helper, and from where it is gone."""
    if helper is not None and helper.stdin is not None and helper.stdout is not None:
        Thread(target=_sent, args=(helper.stdin, "".join(f"{spec}\n" for spec in specs)), daemon=True).start()
        while specs and (line := _read(helper.stdout)):
            yield json.loads(line)
            specs = specs[1:]
    yield from (None for _ in specs)


def _sent(pipe: IO[str], text: str) -> None:
    with suppress(OSError, ValueError):  # a helper that is gone is noticed by what it does not answer
        pipe.write(text)
        pipe.flush()


def _read(pipe: IO[str]) -> str:
    """A whole line; "" where there is none any more."""
    with suppress(OSError):
        line = pipe.readline()
        return line if line.endswith("\n") else ""
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
