"""Drawing several charts at once: this process and a helper share the work. The bytes do not depend on who drew.

Drawing takes a JavaScript engine that needs half a second to start, and holds Python's lock while it works. A helper
that is opened early has started by the time there is something to draw.

1. `opened` starts the helper; 2. `pictures` hands out one chart after the other to both; 3. `main` is its side.
A helper that cannot be started, or dies, costs time alone: this process then draws what is left.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import IO, Any

from leadline.publish.look import theme
from leadline.publish.look.drawing import Chart, framed_svg, specification, worded_svg

Helper = subprocess.Popen[str] | None


@dataclass(frozen=True)
class Picture:
    """A chart drawn: SVG for a desk and for a phone, and the framed PNG."""

    desk: str
    phone: str
    png: bytes


@contextmanager
def opened() -> Iterator[Helper]:
    """A helper process for the time of a `with` block; None where none can be started."""
    command = [sys.executable, "-m", "leadline.publish.look.workshop"]
    helper: Helper
    try:
        helper = subprocess.Popen(  # noqa: S603 - this module, by this interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
    except OSError:
        helper = None
    try:
        yield helper
    finally:
        _close(helper)


def pictures(charts: Sequence[Chart], helper: Helper = None) -> dict[str, Picture]:
    """Every chart drawn, by its name, in the order of `charts`."""
    waiting = deque(_job(chart) for chart in charts if isinstance(chart.draw(theme.DESK), dict))
    slow = [chart for chart in charts if chart.name not in {job["name"] for job in waiting}]
    found: dict[str, Picture] = {}
    other = Thread(target=_fed, args=(waiting, helper, found))
    other.start()
    waiting.extend(_job(chart) for chart in slow)  # their specifications take a while
    while (job := _next(waiting)) is not None:
        found[job["name"]] = _drawn(job)
    other.join()
    while (job := _next(waiting)) is not None:  # what a helper that died gave back
        found[job["name"]] = _drawn(job)
    return {chart.name: found[chart.name] for chart in charts}


def _job(chart: Chart) -> dict[str, Any]:
    words = {name: getattr(chart, name) for name in ("name", "title", "subtitle", "footer", "note")}
    sizes = {"desk": theme.DESK, "phone": theme.PHONE}
    return {**words, "specs": {key: specification(chart, size, background=None) for key, size in sizes.items()}}


def _next(waiting: deque[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _fed(waiting: deque[dict[str, Any]], helper: Helper, found: dict[str, Picture]) -> None:
    """The helper's share: a job is given back when no answer comes."""
    if helper is None or helper.stdin is None or helper.stdout is None:
        return
    while (job := _next(waiting)) is not None:
        try:
            helper.stdin.write(f"{json.dumps(job)}\n")
            helper.stdin.flush()
            answer = helper.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            waiting.append(job)
            return
        found[job["name"]] = _read(json.loads(answer))


def _read(answer: Mapping[str, str]) -> Picture:
    return Picture(answer["desk"], answer["phone"], base64.b64decode(answer["png"]))


def _drawn(job: Mapping[str, Any]) -> Picture:
    words = Chart(job["name"], job["title"], job["subtitle"], job["footer"], _undrawn, job["note"])
    desk, phone = (worded_svg(words, job["specs"][size], f"{words.name}-{size}-") for size in ("desk", "phone"))
    return Picture(desk, phone, framed_svg(words, desk, theme.TALL))


def _undrawn(_: theme.Size) -> dict[str, Any]:
    return {}


def _close(helper: Helper) -> None:
    if helper is None:
        return
    helper.terminate()
    for pipe in (helper.stdin, helper.stdout):
        if pipe is not None:
            _quietly(pipe)
    helper.wait()


def _quietly(pipe: IO[str]) -> None:
    try:
        pipe.close()
    except OSError:
        return


def main() -> None:
    """Draw what comes in, one JSON document a line, until the input ends."""
    import vl_convert

    vl_convert.vegalite_to_svg({"data": {"values": [{"x": 0}]}, "mark": "point", "encoding": {"x": {"field": "x"}}})
    for line in sys.stdin:
        made = _drawn(json.loads(line))
        answer = {"desk": made.desk, "phone": made.phone, "png": base64.b64encode(made.png).decode()}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
