"""What the door takes as a request, byte for byte, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.lookup.door.hops import KNOWN, Hops
from fangbang.lookup.door.hot import FRAMES, Frames
from fangbang.lookup.door.wire import (
    MAX_BODY,
    MAX_HEAD,
    Partial,
    Refused,
    Response,
    Taken,
    encode,
    second_opinion,
    take,
)

VALUE = b"A" * 31 + b".123." + b"Q" * 40
HOT = (
    b"POST /score/social-worker-2026 HTTP/1.1\r\nHost: x.gov.cn\r\nContent-Length: 0\r\n"
    b"Fangbang-Query: " + VALUE + b"\r\nAccept: application/json\r\n\r\n"
)
ASK = b"GET /challenge HTTP/1.1\r\nHost: x.gov.cn\r\nAccept: application/json\r\n\r\n"
GET = b"GET /help?lang=en HTTP/1.1\r\nHost: a\r\n\r\n"
FORM = b"POST /score/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nk=abc"


def status(data: bytes) -> int:
    """The status of a refusal; 0 for a request that is taken, 1 for one that is not whole."""
    try:
        return 0 if isinstance(take(data, ""), Taken) else 1
    except Refused as refused:
        return refused.status


def get(*fields: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: a", *fields, b"", b""])


def post(*fields: bytes, body: bytes = b"abc") -> bytes:
    return get(*fields, line=b"POST / HTTP/1.1") + body


def test_a_request_is_read() -> None:
    taken = take(GET + b"GET", "192.0.2.1")

    assert isinstance(taken, Taken)
    assert taken.request == ("GET", "/help", "lang=en", {"host": "a"}, b"", "192.0.2.1")
    assert (taken.size, taken.close) == (len(GET), False)


def test_a_body_is_read() -> None:
    taken = take(FORM, "")

    assert isinstance(taken, Taken)
    assert (taken.request.body, taken.size) == (b"k=abc", len(FORM))


@pytest.mark.parametrize(
    "data",
    [
        get(b"Connection: keep-alive, Upgrade", b"Upgrade: h2c"),
        get(b"Accept: a", b"Accept: b"),
        get(b"X: \xe5\xbc\xa0"),
        get(b"X:"),
        get(b"X:\t y \t"),
        get(line=b"OPTIONS / HTTP/1.1"),
        get(line=b"GET /a..b/%e5%bc%A0?c=%zz HTTP/1.1"),
        post(b"Content-Length: 0003"),
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n",
    ],
)
def test_unusual_but_clear_requests_are_taken(data: bytes) -> None:
    assert status(data) == 0


AMBIGUOUS: list[tuple[str, int, bytes]] = [
    ("length and transfer-encoding", 400, post(b"Content-Length: 3", b"Transfer-Encoding: chunked")),
    ("transfer-encoding and length", 400, post(b"Transfer-Encoding: chunked", b"Content-Length: 3")),
    ("transfer-encoding", 501, post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    ("transfer-encoding identity", 501, post(b"Transfer-Encoding: identity")),
    ("transfer-encoding in disguise", 501, post(b"tRANSFER-eNCODING: xchunked")),
    ("transfer-encoding behind a space", 400, post(b"Transfer-Encoding : chunked")),
    ("transfer-encoding behind a tab", 400, post(b"Transfer-Encoding\t: chunked")),
    ("transfer-encoding of HTTP/1.0", 400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ("two lengths", 400, post(b"Content-Length: 3", b"Content-Length: 4")),
    ("the same length twice", 400, post(b"Content-Length: 3", b"Content-Length: 3")),
    ("a list of lengths", 400, post(b"Content-Length: 3, 3")),
    ("a signed length", 400, post(b"Content-Length: +3")),
    ("a negative length", 400, post(b"Content-Length: -3")),
    ("a hexadecimal length", 400, post(b"Content-Length: 0x3")),
    ("an underscored length", 400, post(b"Content-Length: 1_0")),
    ("an empty length", 400, post(b"Content-Length:")),
    ("a length of other digits", 400, post("Content-Length: ٣".encode())),
    ("a fraction of a length", 400, post(b"Content-Length: 3.0")),
    ("a length behind a space", 400, post(b"Content-Length : 3")),
    ("a long body", 413, post(b"Content-Length: %d" % (MAX_BODY + 1))),
    ("a length beyond all numbers", 413, post(b"Content-Length: " + b"9" * 40)),
    ("a body of a GET", 400, get(b"Content-Length: 3") + b"abc"),
    ("two hosts", 400, get(b"Host: b")),
    ("two hosts, folded names", 400, get(b"hOST: a")),
    ("no host", 400, b"GET / HTTP/1.1\r\nAccept: a\r\n\r\n"),
    ("an empty host", 400, b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ("two hosts in one", 400, b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ("a host with a path", 400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ("two queries", 400, get(b"Fangbang-Query: a.b.c", b"fangbang-query: a.b.c")),
    ("a folded line", 400, get(b"X: a", b" b")),
    ("a folded line by a tab", 400, get(b"X: a", b"\tb")),
    ("a first line that is folded", 400, b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    ("bare line feeds", 400, b"GET / HTTP/1.1\nHost: a\n\n"),
    ("one bare line feed", 400, get(b"X: a\nY: b")),
    ("a bare carriage return", 400, get(b"X: a\rY: b")),
    ("a line feed before the end", 400, b"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n"),
    ("a zero byte in a value", 400, get(b"X: a\0b")),
    ("a zero byte in a name", 400, get(b"X\0: b")),
    ("a control character in a value", 400, get(b"X: \x1b[0m")),
    ("a name that is none", 400, get(b"X(y): b")),
    ("no name", 400, get(b": b")),
    ("no colon", 400, get(b"garbage")),
    ("a name of other letters", 400, get("Höst: b".encode())),
    ("an empty line first", 400, b"\r\n" + GET),
    ("a space first", 400, b" " + GET),
    ("small letters", 400, get(line=b"get / HTTP/1.1")),
    ("two spaces", 400, get(line=b"GET  / HTTP/1.1")),
    ("a tab in the first line", 400, get(line=b"GET\t/ HTTP/1.1")),
    ("a space in the target", 400, get(line=b"GET /a b HTTP/1.1")),
    ("a space at the end of the line", 400, get(line=b"GET / HTTP/1.1 ")),
    ("other bytes in the target", 400, get(line="GET /张 HTTP/1.1".encode())),
    ("an absolute target", 400, get(line=b"GET http://a/ HTTP/1.1")),
    ("a tunnel", 501, get(line=b"CONNECT a:443 HTTP/1.1")),
    ("an escape that is none", 400, get(line=b"GET /%zz HTTP/1.1")),
    ("half an escape", 400, get(line=b"GET /a%2 HTTP/1.1")),
    ("an escaped zero byte", 400, get(line=b"GET /a%00.css HTTP/1.1")),
    ("steps upwards", 400, get(line=b"GET /a/../../b HTTP/1.1")),
    ("a step upwards at the end", 400, get(line=b"GET /a/..?b HTTP/1.1")),
    ("an asterisk", 400, get(line=b"OPTIONS * HTTP/1.1")),
    ("a trace", 501, get(line=b"TRACE / HTTP/1.1")),
    ("an unknown method", 501, get(line=b"BREW / HTTP/1.1")),
    ("no version", 400, get(line=b"GET /")),
    ("HTTP/2", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HTTP/1.2", 505, get(line=b"GET / HTTP/1.2")),
    ("a small version", 400, get(line=b"GET / http/1.1")),
    ("a version with a zero", 400, get(line=b"GET / HTTP/01.1")),
    ("TLS on a plain port", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("another expectation", 417, post(b"Expect: 200-ok", b"Content-Length: 3")),
    ("a long head", 431, get(b"X: " + b"a" * MAX_HEAD)),
    ("a long head without an end", 431, b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEAD),
    ("a long target", 400, get(line=b"GET /" + b"a" * 5000 + b" HTTP/1.1")),
]


@pytest.mark.parametrize(("wanted", "data"), [row[1:] for row in AMBIGUOUS], ids=[row[0] for row in AMBIGUOUS])
def test_what_could_be_read_in_two_ways_is_refused(wanted: int, data: bytes) -> None:
    assert status(data) == wanted


@pytest.mark.parametrize("data", [GET, FORM, HOT], ids=["get", "form", "hot"])
def test_a_part_is_never_taken_for_the_whole(data: bytes) -> None:
    assert [status(data[:size]) for size in range(len(data) + 1)] == [1] * len(data) + [0]


def test_a_head_tells_how_much_is_needed() -> None:
    head = post(b"Content-Length: 3", b"Expect: 100-Continue", body=b"")

    assert take(head, "") == Partial(len(head) + 3, True)
    assert take(head + b"a", "") == Partial(len(head) + 3, False)


TOKENS = st.sampled_from(
    [b"GET ", b"POST ", b"/", b" HTTP/1.1", b"\r\n", b"\n", b"\r", b"Host: a", b"Content-Length: ", b"3", b"abc", b": ",
     b"Transfer-Encoding: chunked", b" ", b"\t", b"\0", b"Fangbang-Query: ", VALUE, b"Connection: close", b"\r\n\r\n"]
)  # fmt: skip


@given(st.lists(TOKENS | st.binary(max_size=4), max_size=20).map(b"".join))
def test_any_bytes_are_taken_refused_or_waited_for(data: bytes) -> None:
    assert status(data) in {0, 1, 400, 413, 417, 431, 501, 505}
    if status(data) == 0:
        taken = take(data, "")
        assert isinstance(taken, Taken)
        head = data[: taken.size - len(taken.request.body)]
        assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n")
        assert second_opinion(data[: taken.size]) is not None


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with something cut out, put in or doubled."""
    place = st.integers(0, len(data))
    piece = TOKENS | st.binary(max_size=3) | st.just(b"\r\nFangbang-Query: " + VALUE)
    return st.builds(lambda a, b, put: data[: min(a, b)] + put + data[max(a, b) :], place, place, piece) | st.builds(
        lambda at, put: data[:at] + put + data[at:], place, piece
    )


@given(mutated(HOT))
def test_what_is_hot_would_have_been_taken_in_the_ordinary_way(data: bytes) -> None:
    frames = Frames()
    frames.look(HOT)

    found = frames.look(data)

    if found is not None:
        taken = take(data, "")
        assert isinstance(taken, Taken)
        assert (taken.size, taken.request.body) == (len(data), b"")
        assert (taken.request.path.encode(), taken.request.headers["fangbang-query"].encode(), taken.close) == found


HANDED = HOT.replace(b"Accept: ", b"X-Forwarded-For: 203.0.113.9\r\nAccept: ")


@given(mutated(HANDED))
def test_what_is_hot_behind_a_proxy_would_have_been_taken_and_be_the_same_clients(data: bytes) -> None:
    frames, hops = Frames(lambda request: "x-forwarded-for" not in request.headers), Hops(("10.0.0.0/8",))
    frames.look(HOT)

    client, whole = hops.cut(data) or ("10.0.0.5", data)
    found = frames.look(whole)

    if found is not None:
        taken = take(data, "10.0.0.5")
        assert isinstance(taken, Taken)
        assert (taken.size, taken.request.body, hops.client_of(taken.request)) == (len(data), b"", client)
        assert (taken.request.path.encode(), taken.request.headers["fangbang-query"].encode(), taken.close) == found


def test_addresses_that_are_remembered_are_bounded() -> None:
    hops = Hops(("10.0.0.0/8",))

    for number in range(KNOWN + 10):
        hops.cut(HANDED.replace(b"203.0.113.9", b"10.%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)))

    assert len(hops._read) == 10


@given(mutated(ASK))
def test_a_hot_wish_for_a_challenge_would_have_been_taken_too(data: bytes) -> None:
    frames = Frames()
    frames.look(ASK)

    found = frames.look(data)

    if found is not None and found[1] is None:
        taken = take(data, "")
        assert isinstance(taken, Taken)
        assert (taken.size, taken.close, taken.request.body) == (len(data), found[2], b"")
        assert (taken.request.method, taken.request.path, taken.request.query_string) == ("GET", "/challenge", "")


def test_the_wish_for_a_challenge_is_recognised() -> None:
    frames = Frames()

    assert [frames.look(ASK), frames.look(ASK)] == [(b"/challenge", None, False)] * 2


@pytest.mark.parametrize(
    "data",
    [
        ASK + ASK,
        ASK[:-2],
        ASK.replace(b"GET", b"HEAD"),
        ASK.replace(b"/challenge", b"/challenge/image/a.png"),
        ASK.replace(b"/challenge", b"/challenge?a=b"),
        ASK.replace(b"Host", b"Ghost"),
        ASK.replace(b"Accept: ", b"Connection: x, close\r\nX: "),
        ASK.replace(b"json", b"j" * 3000),
    ],
)
def test_another_wish_is_not_hot(data: bytes) -> None:
    frames = Frames()

    assert frames.look(ASK) is not None
    assert frames.look(data) is None


def test_wishes_that_are_remembered_are_bounded_and_push_out_no_query() -> None:
    frames = Frames()
    frames.look(HOT)

    for number in range(FRAMES + 10):
        assert frames.look(ASK.replace(b"json", b"%d" % number)) is not None

    assert (len(frames._challenges), len(frames._known)) == (10, 1)


def test_the_hot_request_is_recognised() -> None:
    lower, last = (
        HOT.replace(b"Fangbang-Query", b"fangbang-query"),
        HOT.replace(b"Accept: ", b"Connection: close\r\nX: "),
    )

    assert [Frames().look(data) for data in (HOT, lower, last)] == [
        (b"/score/social-worker-2026", VALUE, False),
        (b"/score/social-worker-2026", VALUE, False),
        (b"/score/social-worker-2026", VALUE, True),
    ]


@pytest.mark.parametrize(
    "data",
    [
        HOT + GET,
        HOT[:-2],
        HOT.replace(b"POST", b"GET"),
        HOT.replace(b"/score/", b"/scores/"),
        HOT.replace(b"2026 ", b"2026?a=b "),
        HOT.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HOT.replace(b"Length: 0", b"Length: 1"),
        HOT.replace(b"Host", b"Ghost"),
        HOT.replace(b"Accept: ", b"Connection: x, close\r\nX: "),
        HOT.replace(b"Accept: ", b"Expect: 100-continue\r\nX: "),
        HOT.replace(b"Accept: ", b"Transfer-Encoding: chunked\r\nX: "),
        HOT.replace(b"Accept: ", b"fangbang-query: a.b.c\r\nX: "),
        HOT.replace(b".123.", b".12\n3."),
        HOT.replace(b".123.", b".123"),
        HOT.replace(b"\r\nFangbang-Query", b"\r\n\r\nFangbang-Query"),
        b"POST /score/x HTTP/1.1\r\nHost: a\r\n\r\nFangbang-Query: " + VALUE + b"\r\n",
        GET,
        b"",
    ],
)
def test_anything_else_is_not_hot(data: bytes) -> None:
    frames = Frames()

    assert frames.look(HOT) is not None
    assert frames.look(data) is None


def test_the_application_may_want_to_see_a_frame_itself() -> None:
    frames = Frames(lambda request: "accept" not in request.headers)

    assert frames.look(HOT) is None
    assert frames.look(HOT.replace(b"Accept: application/json\r\n", b"")) is not None


def test_what_is_remembered_is_bounded() -> None:
    frames = Frames()

    for number in range(FRAMES + 10):
        assert frames.look(HOT.replace(b"application", b"%d" % number)) is not None

    assert len(frames._known) == 10
    assert frames.look(HOT.replace(b"application", b"a" * 3000)) is None


def test_an_answer_without_its_body_tells_its_length() -> None:
    answer = Response(200, [("content-type", "text/plain")], b"abc")

    assert encode(answer, b"D", with_body=False, close=True) == (
        b"HTTP/1.1 200 OK\r\ndate: D\r\ncontent-type: text/plain\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"
    )
