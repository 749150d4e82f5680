"""One polite HTTP client for all sources: it waits its turn, tries again when that may help, and says plainly why not.

1. `Fetcher.run` keeps the distance between two requests to a host and repeats what failed in passing (`PassingError`).
2. `Fetcher.get` is one download: half-delivered bytes are resumed where the server can (`_Delivery`).
3. Keys travel in `secret`: they are added below the layer that logs, and never reach a message.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from leadline.core.errors import SourceError
from leadline.core.seeds import generator
from leadline.core.version import __version__

AGENT = f"leadline/{__version__}"
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_WORDS = {401: "refused", 403: "refused", 404: "nothing at this address", 429: "too many requests"}
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})

Answer = TypeVar("Answer")


class PassingError(SourceError):
    """A failure that may pass when tried again. `wait`: the seconds the server asked for, None when it did not say."""

    def __init__(self, asked: str, *, found: str = "", todo: str = "", wait: float | None = None) -> None:
        super().__init__(asked, found=found, todo=todo)
        self.wait = wait


@dataclass(frozen=True)
class Fetcher:
    """How to ask: seconds before giving up on an answer, tries, first pause (doubled each time, up to half more by
    chance), least seconds between two requests to one host, and the longest pause a server may ask for.

    `sleep` and `clock` (monotonic seconds) can be replaced, so that nothing has to wait in a test.
    """

    timeout: float = 30.0
    attempts: int = 4
    backoff: float = 1.0
    interval: float = 0.5
    patience: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get(self, url: str, params: Mapping[str, str] | None = None, secret: Mapping[str, str] | None = None) -> bytes:
        """The bytes at an address. `params` are shown in messages, `secret` ones are not.

        Raises SourceError when the address refuses, stays silent, or delivers nothing or less than it announced.
        """
        asked = address(url, params)
        delivery = _Delivery(asked)
        keys = dict(secret or {})
        return self.run(host_of(url), lambda: self._once(asked, keys, delivery))

    def run(self, host: str, action: Callable[[], Answer]) -> Answer:
        """What `action` gives, in its turn for `host`; repeated while it raises PassingError and tries are left.

        Raises SourceError with the number of tries when the last one failed too.
        """
        chance = generator(f"feeds.http {host}")

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if isinstance(error, PassingError) and error.wait is not None:
                return error.wait
            return float(self.backoff * 2 ** (state.attempt_number - 1) * (1 + chance.random() / 2))

        def turn() -> Answer:
            self._pace(host)
            return action()

        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=pause,
            retry=retry_if_exception_type(PassingError),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(turn)
        except PassingError as error:
            found = f"{error.found} ({self.attempts} tries)"
            raise SourceError(error.asked, found=found, todo=error.todo or "try again later") from error

    def _pace(self, host: str) -> None:
        now = self.clock()
        due = max(now, self._due.get(host, now))
        if due > now:
            self.sleep(due - now)
        self._due[host] = due + self.interval

    def _once(self, url: str, secret: dict[str, str], delivery: _Delivery) -> bytes:
        transport = _Keyed(url, secret)
        headers = {"User-Agent": AGENT, **delivery.headers()}
        try:
            with (
                httpx.Client(transport=transport, timeout=self.timeout, follow_redirects=True) as client,
                client.stream("GET", url, headers=headers) as response,
            ):
                if response.status_code >= 400:
                    raise self._refusal(delivery.asked, response, secret)
                delivery.start(response)
                for chunk in response.iter_bytes():
                    delivery.body += chunk
        except httpx.DecodingError as error:
            todo = "try again later; if it stays, the source is at fault"
            raise SourceError(delivery.asked, found="a content encoding that does not fit", todo=todo) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise SourceError(delivery.asked, found=_hidden(str(error), secret), expected="a web address") from error
        except httpx.TransportError as error:
            delivery.broke()
            raise PassingError(delivery.asked, found=_broken(error, secret)) from error
        return delivery.whole()

    def _refusal(self, asked: str, response: httpx.Response, secret: Mapping[str, str]) -> SourceError:
        status = response.status_code
        words = _WORDS.get(status, "the server failed" if status >= 500 else "the request was not taken")
        found = f"{words} (HTTP {status}){_hidden(_told(response), secret)}"
        if status not in PASSING:
            return SourceError(asked, found=found, todo="check the address and the key")
        wait = retry_after(response.headers)
        if wait is not None and wait > self.patience:
            return SourceError(asked, found=found, todo=f"the server asks to wait {wait:.0f} seconds: try again then")
        return PassingError(asked, found=found, wait=wait)


@dataclass
class _Delivery:
    """What has arrived so far of one answer, and the mark by which the server knows it again."""

    asked: str
    body: bytearray = field(default_factory=bytearray)
    mark: str = ""
    total: int | None = None

    def headers(self) -> dict[str, str]:
        if not self.body:
            return {}
        return {"Range": f"bytes={len(self.body)}-", "If-Range": self.mark, "Accept-Encoding": "identity"}

    def start(self, response: httpx.Response) -> None:
        headers = response.headers
        if response.status_code == 206:
            said = headers.get("content-range", "")
            if not said.startswith(f"bytes {len(self.body)}-"):
                self.body.clear()
                raise PassingError(self.asked, found=f"another piece than asked for ({said or 'unnamed'})")
            return
        self.body.clear()
        plain = headers.get("content-encoding", "identity") == "identity"
        etag = headers.get("etag", "")
        known = headers.get("last-modified", "") if not etag or etag.startswith("W/") else etag
        self.mark = known if plain and headers.get("accept-ranges", "") == "bytes" else ""
        length = headers.get("content-length", "")
        self.total = int(length) if plain and length.isdigit() else None

    def broke(self) -> None:
        if not self.mark:
            self.body.clear()

    def whole(self) -> bytes:
        if not self.body:
            raise PassingError(self.asked, found="an empty answer")
        if self.total is not None and len(self.body) != self.total:
            arrived = len(self.body)
            self.broke()
            raise PassingError(self.asked, found=f"{arrived} bytes of the {self.total} announced")
        return bytes(self.body)


class _Keyed(httpx.BaseTransport):
    """Adds secret parameters to requests for one host, below the client: what the client logs never shows them."""

    def __init__(self, url: str, secret: Mapping[str, str]) -> None:
        target = httpx.URL(url)
        self.site, self.secret = (target.scheme, target.netloc), dict(secret)
        proxy = None if target.host in _LOCAL or proxy_bypass(target.host) else getproxies().get(target.scheme)
        self.inner = httpx.HTTPTransport(proxy=proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.secret and (request.url.scheme, request.url.netloc) == self.site:
            url = request.url.copy_merge_params(self.secret)
            request = httpx.Request(
                request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def address(url: str, params: Mapping[str, str] | None = None) -> str:
    """An address with its open parameters, as shown in messages and kept as `where`.

    >>> address("https://example.org/x.csv", {"id": "UNRATE"})
    'https://example.org/x.csv?id=UNRATE'
    """
    return str(httpx.URL(url).copy_merge_params(dict(params))) if params else url


def host_of(url: str) -> str:
    """The host of an address: requests to one host keep their distance.

    >>> host_of("https://example.org/x.csv")
    'example.org'
    """
    return httpx.URL(url).netloc.decode()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds a server asks to wait: a number, or a date measured against the answer's own `date`; else None.

    >>> retry_after({"retry-after": "7"}), retry_after({"retry-after": "soon"}), retry_after({})
    (7.0, None, None)
    """
    said = headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _told(response: httpx.Response) -> str:
    """The first words of an error answer, when it is not a page for people."""
    try:
        response.read()
    except (httpx.TransportError, httpx.DecodingError):
        return ""
    kind = response.headers.get("content-type", "")
    said = " ".join(response.text.split())[:300] if kind.startswith(("application/json", "text/plain")) else ""
    return f": {said}" if said else ""


def _broken(error: httpx.TransportError, secret: Mapping[str, str]) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"no connection ({_hidden(str(error), secret)})"
    return f"the connection broke ({_hidden(str(error), secret) or type(error).__name__})"


def _hidden(text: str, secret: Mapping[str, str]) -> str:
    for value in secret.values():
        text = text.replace(value, "***") if value else text
    return text
