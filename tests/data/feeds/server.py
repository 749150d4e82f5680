"""A small HTTP server on 127.0.0.1 that answers as told, oddities included, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from leadline.data.feeds.http import Fetcher


@dataclass(frozen=True)
class Reply:
    """One answer. `cut`: hang up after that many bytes of the body; `ranges`: serve the rest of it when asked."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    ranges: bool = False
    announced: bool = True


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Server:
    """Replies by path: the first, the second, ... and the last again and again. A path without replies is a 404."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, path: str, *replies: Reply | bytes) -> None:
        self.replies[path] = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]

    def next_reply(self, path: str) -> Reply:
        waiting = self.replies.get(path, [Reply(b"<html>not here</html>", 404, {"Content-Type": "text/html"})])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def serving() -> Iterator[Server]:
    """A running server; stopped and closed at the end."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            target = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            server.asked.append(Asked(target.path, query, {k.lower(): v for k, v in self.headers.items()}))
            self.reply(server.next_reply(target.path))

        def reply(self, reply: Reply) -> None:
            asked = self.headers.get("Range", "")
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and reply.ranges else 0
            body = reply.body[start:]
            self.send_response(206 if start else reply.status)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(reply.body) - 1}/{len(reply.body)}")
            if reply.ranges:
                self.send_header("Accept-Ranges", "bytes")
            if reply.announced:
                self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body if reply.cut is None else body[: reply.cut])
            self.close_connection = True

        def log_message(self, format: str, *_rest: object) -> None:  # noqa: A002 - the base class names it so
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = False
        server.port = running.server_address[1]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            running.shutdown()
            thread.join()


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def quick(time: Time | None = None, attempts: int = 3) -> Fetcher:
    """A fetcher that never waits in truth."""
    told = time or Time()
    return Fetcher(timeout=5.0, attempts=attempts, backoff=1.0, interval=0.0, sleep=told.sleep, clock=told.clock)
