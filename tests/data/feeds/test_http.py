from __future__ import annotations

import gzip
import logging
import socket
from collections.abc import Iterator

import pytest

from leadline.core.errors import SourceError
from leadline.data.feeds.http import Fetcher, PassingError, retry_after

from .server import Reply, Server, Time, quick, serving

BODY = bytes(range(256)) * 40  # 10 240 bytes


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_the_bytes_arrive_and_the_agent_is_named(server: Server) -> None:
    server.tell("/x", BODY)
    assert quick().get(f"{server.url}/x", {"id": "UNRATE"}) == BODY
    (asked,) = server.asked
    assert asked.query == {"id": "UNRATE"}
    assert asked.headers["user-agent"] == "leadline/0.1.0"
    assert "range" not in asked.headers


def test_compressed_bytes_are_unpacked(server: Server) -> None:
    server.tell("/x", Reply(gzip.compress(BODY, mtime=0), headers={"Content-Encoding": "gzip"}))
    assert quick().get(f"{server.url}/x") == BODY


def test_a_content_encoding_that_does_not_fit_is_said_and_not_repeated(server: Server) -> None:
    server.tell("/x", Reply(b"date,value\n", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceError, match="a content encoding that does not fit"):
        quick().get(f"{server.url}/x")
    assert len(server.asked) == 1


def test_nothing_at_the_address_is_said_at_once(server: Server) -> None:
    with pytest.raises(SourceError, match=r"/none: found nothing at this address \(HTTP 404\); check the address"):
        quick().get(f"{server.url}/none")
    assert len(server.asked) == 1


def test_too_many_requests_waits_as_long_as_asked(server: Server) -> None:
    server.tell("/x", Reply(b"slow down", 429, {"Retry-After": "7"}), BODY)
    time = Time()
    assert quick(time).get(f"{server.url}/x") == BODY
    assert time.slept == [7.0]


def test_a_wait_beyond_patience_is_refused(server: Server) -> None:
    server.tell("/x", Reply(b"", 503, {"Retry-After": "3600"}))
    time = Time()
    with pytest.raises(SourceError, match="the server asks to wait 3600 seconds"):
        quick(time).get(f"{server.url}/x")
    assert time.slept == []
    assert len(server.asked) == 1


def test_retry_after_as_a_date_is_measured_against_the_answers_own_date() -> None:
    date, later = "Tue, 16 Jul 2024 20:00:00 GMT", "Tue, 16 Jul 2024 20:01:30 GMT"
    assert retry_after({"retry-after": later, "date": date}) == 90.0
    assert retry_after({"retry-after": date, "date": later}) == 0.0
    assert retry_after({"retry-after": later}) is None


def test_a_failing_server_is_asked_three_times_with_growing_pauses(server: Server) -> None:
    server.tell("/x", Reply(b"", 500))
    time = Time()
    with pytest.raises(SourceError, match=r"the server failed \(HTTP 500\) \(3 tries\); try again later"):
        quick(time).get(f"{server.url}/x")
    assert len(server.asked) == 3
    first, second = time.slept
    assert 1.0 <= first <= 1.5
    assert 2.0 <= second <= 3.0


def test_pauses_are_the_same_each_time_for_the_same_host() -> None:
    def pauses() -> list[float]:
        time = Time()

        def fail() -> bytes:
            raise PassingError("x", found="no luck")

        with pytest.raises(SourceError, match="no luck"):
            quick(time).run("example.org", fail)
        return time.slept

    assert pauses() == pauses()


def test_two_requests_to_a_host_keep_their_distance_and_two_hosts_do_not_share_it() -> None:
    time = Time()
    fetcher = Fetcher(interval=2.0, sleep=time.sleep, clock=time.clock)
    seen = [fetcher.run(host, time.clock) for host in ("a", "a", "b", "a")]
    assert seen == [0.0, 2.0, 2.0, 4.0]
    assert time.slept == [2.0, 2.0]


def test_half_a_file_is_resumed_where_the_server_can(server: Server) -> None:
    whole = Reply(BODY, headers={"ETag": '"v1"'}, ranges=True)
    server.tell("/x", Reply(BODY, headers={"ETag": '"v1"'}, cut=4000, ranges=True), whole)
    assert quick().get(f"{server.url}/x") == BODY
    assert [asked.headers.get("range") for asked in server.asked] == [None, "bytes=4000-"]
    assert server.asked[1].headers["if-range"] == '"v1"'


def test_half_a_file_is_asked_for_anew_where_the_server_cannot_resume(server: Server) -> None:
    server.tell("/x", Reply(BODY, cut=4000), BODY)
    assert quick().get(f"{server.url}/x") == BODY
    assert [asked.headers.get("range") for asked in server.asked] == [None, None]


def test_a_file_that_changed_in_between_replaces_the_half_that_arrived(server: Server) -> None:
    server.tell("/x", Reply(BODY, headers={"ETag": '"v1"'}, cut=4000, ranges=True), Reply(b"another"))
    assert quick().get(f"{server.url}/x") == b"another"


def test_another_piece_than_asked_for_is_not_glued_on(server: Server) -> None:
    wrong = Reply(BODY, 206, {"Content-Range": "bytes 17-99/10240"})
    server.tell("/x", Reply(BODY, headers={"ETag": '"v1"'}, cut=4000, ranges=True), wrong, BODY)
    assert quick().get(f"{server.url}/x") == BODY
    assert [asked.headers.get("range") for asked in server.asked] == [None, "bytes=4000-", None]


def test_a_file_that_always_breaks_off_fails(server: Server) -> None:
    server.tell("/x", Reply(BODY, cut=4000))
    with pytest.raises(SourceError, match=r"the connection broke .* \(3 tries\)"):
        quick().get(f"{server.url}/x")
    assert len(server.asked) == 3


def test_an_empty_answer_is_a_failure(server: Server) -> None:
    server.tell("/x", b"")
    with pytest.raises(SourceError, match=r"an empty answer \(3 tries\)"):
        quick().get(f"{server.url}/x")


def test_no_server_is_no_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(SourceError, match="no connection"):
        quick(attempts=1).get(f"http://127.0.0.1:{port}/x")


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(SourceError, match="expected a web address"):
        quick().get("gopher://127.0.0.1/x")


def test_a_key_reaches_the_server_and_no_message_or_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = b'{"error_message":"the key k3y5ecret is not registered"}'
    server.tell("/x", Reply(told, 400, {"Content-Type": "application/json"}))
    with pytest.raises(SourceError, match=r"the key \*\*\* is not registered") as caught:
        quick().get(f"{server.url}/x", {"id": "a"}, {"api_key": "k3y5ecret"})
    assert server.asked[0].query == {"id": "a", "api_key": "k3y5ecret"}
    assert "k3y5ecret" not in str(caught.value)
    assert "HTTP Request" in caplog.text
    assert "k3y5ecret" not in caplog.text


def test_a_key_does_not_follow_a_redirect_to_another_host(server: Server) -> None:
    with serving() as other:
        server.tell("/x", Reply(b"", 302, {"Location": f"{other.url}/y"}))
        other.tell("/y", b"there")
        assert quick().get(f"{server.url}/x", None, {"api_key": "k3y5ecret"}) == b"there"
        assert server.asked[0].query == {"api_key": "k3y5ecret"}
        assert other.asked[0].query == {}
