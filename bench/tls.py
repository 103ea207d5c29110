"""TLS in `bench lookup`: a new connection with a full handshake for each answer, ours and nginx's.

The certificate's key is ECDSA P-256; both servers speak TLS 1.2 and 1.3 as they come, on the same OpenSSL. wrk is the
generator here: a client written in Python is slower than either server.
"""

import re
import resource
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.contestants import CLIENT_CORE
from bench.load.plan import Tally
from bench.processes import cpu_seconds, family, on_core

SCRIPT = Path(__file__).with_name("tls.lua")
CONNECTIONS = 32
_END = b"\r\n\r\n"


class Certificate(NamedTuple):
    """PEM files."""

    chain: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A self-signed certificate for 127.0.0.1 with an ECDSA P-256 key, good for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    made.chain.write_bytes(signed.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass(frozen=True)
class Handshaker:
    """A server that is asked over TLS, a connection an answer."""

    name: str
    roots: tuple[int, ...]
    """As of a `Contestant`."""
    port: int
    requests: Sequence[bytes]
    text: str
    """What every right body contains."""


def closing(request: bytes) -> bytes:
    """The request with `Connection: close`."""
    if not request.endswith(_END):
        raise ValueError("a request with a body")
    return request[: -len(_END)] + b"\r\nConnection: close" + _END


def handshakes(server: Handshaker, seconds: float, folder: Path) -> Tally:
    """Load a server for some seconds; raises RuntimeError on a wrong answer, a socket error or an absent wrk."""
    if (program := shutil.which("wrk")) is None:
        raise RuntimeError("wrk is not installed (Debian: apt-get install wrk)")
    told = folder / "requests.txt"
    told.write_bytes(b"".join(b"%d\n%b" % (len(item), item) for item in map(closing, server.requests)))
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(SCRIPT)]
    command = [program, *options, f"https://127.0.0.1:{server.port}", "--", str(told), server.text]
    watched, own = family(server.roots), resource.getrusage(resource.RUSAGE_CHILDREN)
    before, began = cpu_seconds(watched), time.perf_counter()
    with on_core(CLIENT_CORE):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    generator = after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime
    answers = tally_of(said)
    return Tally(answers, 0, took, generator, cpu_seconds(watched) - before, False, b"", [])


def tally_of(said: str) -> int:
    """How many right answers wrk saw; raises RuntimeError if there was a wrong one, an error, or none at all."""
    found, wrong = re.search(r"(\d+) requests in", said), re.search(r"wrong answers: (\d+)", said)
    if found is None or wrong is None or int(wrong[1]) or "Socket errors" in said or not int(found[1]):
        raise RuntimeError(f"TLS: wrong answers\n{said}")
    return int(found[1])
