"""The inner states of SHA-512, held against hashlib, and found in the memory of a process that holds nothing else."""

import hashlib
import hmac
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.simulate import padstates
from fangbang.simulate.canaries import KEY, Canaries, Findings, Scanner, scan_memory
from fangbang.simulate.padstates import compress, pad_states

SECRET = bytes(range(100, 132))


def hashed_from(state: padstates.State, done: int, rest: bytes) -> bytes:
    """SHA-512 of a message of which `done` bytes made `state`, finished with its last bytes."""
    length = (done + len(rest)) * 8
    padded = rest + b"\x80" + bytes((111 - len(rest)) % 128) + length.to_bytes(16, "big")
    for start in range(0, len(padded), 128):
        state = compress(state, padded[start : start + 128])
    return struct.pack(">8Q", *state)


@given(st.binary(max_size=400))
def test_the_compression_function_is_sha_512(data: bytes) -> None:
    assert hashed_from(padstates._START, 0, data) == hashlib.sha512(data).digest()


@given(st.binary(min_size=1, max_size=128), st.binary(max_size=300))
def test_the_two_states_work_in_the_keys_place(key: bytes, message: bytes) -> None:
    inner, outer = (struct.unpack("=8Q", state) for state in pad_states(key))

    answer = hashed_from(outer, 128, hashed_from(inner, 128, message))

    assert answer == hmac.digest(key, message, hashlib.sha512)


HOLDER = """
import sys
from fangbang.snapshot.derive import KeyedHash
kept = KeyedHash(bytes(place ^ 0x55 for place in bytes.fromhex(sys.argv[1])), b"a snapshot's id")
print(flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("which", [0, 1], ids=["inner", "outer"])
def test_a_process_that_keeps_a_key_as_states_only_is_found(which: int) -> None:
    state = pad_states(SECRET)[which]
    scanner = Scanner(Canaries(frozenset(), frozenset(), (), ("ability",), 2026, secrets=(state,)))
    veiled = bytes(byte ^ 0x55 for byte in SECRET).hex()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, veiled], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    findings = Findings()
    try:
        process.stdout.readline()
        scan_memory(scanner, [process.pid], findings)
    finally:
        process.stdin.close()
        process.wait()

    assert findings.counts()[KEY] == 1
    assert findings.where[KEY] == {f"memory of process {process.pid}"}
