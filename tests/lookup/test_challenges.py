"""The addresses of images and voices; ranges of a voice."""

import pytest

from fangbang.lookup.challenges import part_of

SOUND = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("", 200, SOUND, None),
        ("bytes=-", 200, SOUND, None),
        ("bytes=1-2,4-5", 200, SOUND, None),
        ("items=1-2", 200, SOUND, None),
        ("bytes=0-1", 206, SOUND[:2], "bytes 0-1/100"),
        ("bytes=90-", 206, SOUND[90:], "bytes 90-99/100"),
        ("bytes=90-500", 206, SOUND[90:], "bytes 90-99/100"),
        ("bytes=-10", 206, SOUND[90:], "bytes 90-99/100"),
        ("bytes=-500", 206, SOUND, "bytes 0-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=9-3", 416, b"", "bytes */100"),
        ("bytes=-0", 416, b"", "bytes */100"),
    ],
)
def test_ranges(asked: str, status: int, body: bytes, told: str | None) -> None:
    reply = part_of(SOUND, asked)

    assert (reply.status, reply.body, dict(reply.headers).get("content-range")) == (status, body, told)
