"""The generator over TLS refuses what is wrong, and its connections are new ones."""

import ssl
from pathlib import Path

import pytest

from bench.tls import certificate, closing, tally_of

SAID = "Running 1s test\n  4321 requests in 1.00s, 3.30MB read\nwrong answers: 0\n"


def test_right_answers_are_counted() -> None:
    assert tally_of(SAID) == 4321


@pytest.mark.parametrize(
    "said",
    [
        SAID.replace("wrong answers: 0", "wrong answers: 1"),
        SAID.replace("wrong", "  Socket errors: connect 0, read 3, write 0, timeout 0\nwrong"),
        SAID.replace("4321", "0"),
        "nothing",
    ],
)
def test_a_wrong_answer_or_none_fails_the_bench(said: str) -> None:
    with pytest.raises(RuntimeError, match="wrong answers"):
        tally_of(said)


def test_every_request_ends_its_connection() -> None:
    assert closing(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def test_a_request_with_a_body_is_refused() -> None:
    with pytest.raises(ValueError, match="body"):
        closing(b"POST / HTTP/1.1\r\n\r\nbody")


def test_the_certificate_can_be_served(tmp_path: Path) -> None:
    made = certificate(tmp_path / "tls")

    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(made.chain, made.key)
