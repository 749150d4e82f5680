"""A second process of Leadline that works while this one goes on. Who worked does not change a byte of the answer.

Python holds one lock for all its threads, so work that should go on beside other work needs a process of its own.
Starting one takes as long as its imports: open it early, and name the modules that it will need.

1. `opened` starts the process (this module, run with `-m`), and ends it when the `with` block does
2. what is given to it goes there and comes back as pickles, in the order in which it was given; what is asked for
   before its turn has come is done here
3. so is what it cannot do, when it is asked for: a process that cannot be started, or dies, costs time alone, and an
   error is raised where the work is its caller's
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import IO, Any, Final, Protocol, TypeVar

from leadline.core.errors import LeadlineError
from leadline.core.garbage import look_seldom

T = TypeVar("T")
#: the C library gives large arrays back to the system and fetches them anew, each page at its first touch; work with
#: many arrays of half a megabyte, such as a bootstrap, takes half as long where it keeps them (glibc; others ignore it)
KEEPING: Final = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
#: how much this process steps back: the first one is waited for, and its threads wait for one another
NICENESS: Final = 5


class Aside(Protocol):
    """Where work is done that nobody waits for yet."""

    def __call__(self, work: Callable[..., T], *given: object) -> Callable[[], T]:
        """Begin `work(*given)`; calling what is returned waits for the answer. Both must be picklable."""
        ...


def here(work: Callable[..., T], *given: object) -> Callable[[], T]:
    """Work in this process, when its answer is asked for.

    >>> here(max, 1, 2)()
    2
    """
    return lambda: work(*given)


@contextmanager
def opened(*modules: str) -> Iterator[Aside]:
    """A process that works aside for the time of a `with` block; it imports `modules` while it waits for work."""
    try:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, a module of this package
            [sys.executable, "-P", "-m", __name__, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**KEEPING, **os.environ},
        )
    except OSError:
        yield here
        return
    try:
        with ThreadPoolExecutor(1) as line:
            try:
                yield lambda work, *given: _sent(process, line, work, given)
            finally:
                process.kill()
                line.shutdown()
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _sent(
    process: subprocess.Popen[bytes], line: ThreadPoolExecutor, work: Callable[..., T], given: tuple[object, ...]
) -> Callable[[], T]:
    coming = line.submit(_asked, process, pickle.dumps((work, given)))

    def answer() -> T:
        if coming.cancel():  # it is not its turn yet: rather than wait, it is done here
            return work(*given)
        done, found = coming.result()
        return found if done else work(*given)

    return answer


def _asked(process: subprocess.Popen[bytes], request: bytes) -> tuple[bool, Any]:
    """Whether the process did what it was asked, and what it found."""
    if process.stdin is None or process.stdout is None:
        return False, None
    try:
        process.stdin.write(request)
        process.stdin.flush()
        answer: tuple[bool, Any] = pickle.load(process.stdout)  # noqa: S301 - from a child of this process
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        return False, None
    return answer


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Do what comes in until the input ends. What raises is answered by (False, None), to be raised there."""
    while True:
        try:
            work, given = pickle.load(requests)  # noqa: S301 - from the parent of this process
        except EOFError:
            return
        try:
            answer = pickle.dumps((True, work(*given)))
        except LeadlineError:
            answer = pickle.dumps((False, None))
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    look_seldom()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    for name in sys.argv[1:]:
        import_module(name)
    serve(sys.stdin.buffer, sys.stdout.buffer)
