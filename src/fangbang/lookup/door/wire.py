"""Requests and responses as bytes: what is taken, what is refused. No sockets here.

What is taken is a subset of HTTP/1.1 on purpose, so that no proxy in front can read a request otherwise than this
reader does: lines end with CRLF, fields are not folded, names stand right before their colon, a body is announced by
one Content-Length and never by Transfer-Encoding. Two readers must agree on every request: the one written here, and
llhttp (the parser of Node.js, through httptools), which is shown the very same bytes.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

END = b"\r\n\r\n"
MAX_HEAD = 8192
MAX_BODY = 4096
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers = Sequence[tuple[str, str]]
HSTS = ("strict-transport-security", "max-age=63072000; includeSubDomains")
REFUSAL: Headers = (
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
)
"""Fields of an answer to what is no request of ours; it has no body."""

_LINE = re.compile(rb"([A-Z]{1,16}) ([!-~]{1,4096}) HTTP/([0-9])\.([0-9])")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?|)[ \t]*")
_TARGET = re.compile(r"(?![^?]*/\.\.(?:[/?]|$))/(?:[^%?]|%(?!00)[0-9A-Fa-f]{2})*(?:\?.*)?")
"""A path whose escapes are escapes, without a zero byte and without steps upwards: proxies refuse or resolve those."""
_HOST = re.compile(r"[0-9A-Za-z._~:\[\]%-]+")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
"""Methods that get an answer of the application (405, mostly); CONNECT, TRACE and unknown ones are not implemented."""
_ONCE = frozenset(("host", "content-length", "transfer-encoding", "fangbang-query", "expect", "content-type"))
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Refused(Exception):
    """A request that is not taken; the connection ends with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Request(NamedTuple):
    """One whole request. Field names are in lower case; a repeated field's values are joined by a comma."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    client: str
    """The peer's address, without its port."""


class Response(NamedTuple):
    """What an application answers; date and length are added when it leaves."""

    status: int
    headers: Headers
    body: bytes


class Head(NamedTuple):
    """A request's head, read."""

    method: str
    target: str
    headers: dict[str, str]
    length: int
    """Bytes of body that follow."""
    close: bool
    """Whether the connection ends after the answer."""


def read_head(head: bytes) -> Head:
    """Read a head that ends with an empty line; raises Refused."""
    lines = head[: -len(END)].split(b"\r\n")
    start = _LINE.fullmatch(lines[0])
    if start is None:
        raise Refused(400)
    if start[3] != b"1" or start[4] not in b"01":
        raise Refused(505)
    method, target, old = start[1].decode(), start[2].decode(), start[4] == b"0"
    headers = _fields(lines[1:])
    if "transfer-encoding" in headers:
        raise Refused(400 if old or "content-length" in headers else 501)
    if method not in _METHODS:
        raise Refused(501)
    if not _TARGET.fullmatch(target):
        raise Refused(400)
    if (not old and "host" not in headers) or not _HOST.fullmatch(headers.get("host", "-")):
        raise Refused(400)
    if headers.get("expect", "100-continue").lower() != "100-continue":
        raise Refused(417)
    length = _length(headers)
    if length and method in ("GET", "HEAD"):
        raise Refused(400)
    options = [item.strip() for item in headers.get("connection", "").lower().split(",")]
    return Head(method, target, headers, length, old or "close" in options)


def _fields(lines: Sequence[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Refused(400)
        name, value = field[1].decode().lower(), field[2].decode("latin-1")
        if name in headers:
            if name in _ONCE:
                raise Refused(400)
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise Refused(400)
    if len(text) > 6 or int(text) > MAX_BODY:
        raise Refused(413)
    return int(text)


class Taken(NamedTuple):
    """One request from the front of a buffer, and how many bytes of it that was."""

    request: Request
    size: int
    close: bool


class Partial(NamedTuple):
    """A request that is not whole yet."""

    needs: int
    """Its whole size, once its head is there; 0 before."""
    expects: bool
    """Whether its sender waits to be told to go on."""


def take(buffer: bytes, client: str) -> Taken | Partial:
    """The first request of `buffer`; raises Refused as soon as it cannot become one that is taken."""
    end = buffer.find(END)
    if end < 0 and len(buffer) <= MAX_HEAD:
        if buffer.count(b"\n") != buffer.count(b"\r\n") or not _may_begin(buffer):
            raise Refused(400)
        return Partial(0, False)
    if end < 0 or end + len(END) > MAX_HEAD:
        raise Refused(431)
    end += len(END)
    head = read_head(buffer[:end])
    size = end + head.length
    if len(buffer) < size:
        # Somebody who has sent a part of the body does not wait.
        return Partial(size, "expect" in head.headers and len(buffer) == end)
    message = buffer[:size]
    if second_opinion(message) != (head.method.encode(), head.target.encode()):
        raise Refused(400)
    path, _, query = head.target.partition("?")
    return Taken(Request(head.method, path, query, head.headers, message[end:], client), size, head.close)


def _may_begin(buffer: bytes) -> bool:
    """A connection that begins with something else (TLS, an empty line, HTTP/2) is ended at once."""
    return not buffer or b"A"[0] <= buffer[0] <= b"Z"[0]


class _Opinion:
    """Collects what llhttp says."""

    def __init__(self) -> None:
        self.target = b""
        self.messages = 0

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_message_complete(self) -> None:
        self.messages += 1


def second_opinion(message: bytes) -> tuple[bytes, bytes] | None:
    """(method, target) if llhttp too reads exactly one whole request in these bytes; None otherwise."""
    opinion = _Opinion()
    parser = HttpRequestParser(opinion)
    try:
        parser.feed_data(message)
    except HttpParserUpgrade:
        # A wish to change the protocol may be ignored (RFC 9110, 7.8); the request itself is whole.
        pass
    except HttpParserError:
        return None
    return (parser.get_method(), opinion.target) if opinion.messages == 1 else None


def head_of(status: int, headers: Headers, *, secured: bool = False) -> tuple[bytes, bytes]:
    """A response's head in two parts: the date goes between them, the length and an empty line behind them. Cookies
    that leave through TLS come back through nothing else."""
    mark = "; Secure" if secured else ""
    first = f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\ndate: ".encode()
    fields = "".join(f"{name}: {value}{mark if name == 'set-cookie' else ''}\r\n" for name, value in headers)
    return first, f"\r\n{fields}content-length: ".encode("latin-1")


def encode(
    response: Response, date: bytes, *, with_body: bool = True, close: bool = False, secured: bool = False
) -> bytes:
    """The whole response; without its body (for HEAD) it still tells the body's length."""
    first, fields = head_of(response.status, response.headers, secured=secured)
    ending = b"\r\nconnection: close\r\n\r\n" if close else b"\r\n\r\n"
    body = response.body if with_body else b""
    return b"%b%b%b%d%b%b" % (first, date, fields, len(response.body), ending, body)
