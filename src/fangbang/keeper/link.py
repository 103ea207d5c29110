"""The line between two keepers: TLS 1.3, each side holding the other's one certificate and no authority's.

The private key lies on the disk encrypted under a secret of the keeper's custody, so that it opens only while armed.
One JSON object a line each way, as on the socket.
"""

import asyncio
import hashlib
import json
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.core.files import write_durably
from fangbang.keeper.custody import signing_key
from fangbang.keeper.problems import BAD_CARD, PEER_AWAY
from fangbang.keeper.wrapped import WrappedCustody

CARD_FORMAT = "fangbang-keeper-card/1"
CARD_FILE, CERTIFICATE_FILE, KEY_FILE = "card.json", "link.crt", "link.key"
PATIENCE = 5.0
"""Seconds after which the other keeper counts as away."""
LONGEST_LINE = 64 << 20
# The certificate is known by its bytes; its dates say nothing, so that no clock can make it invalid.
_SINCE, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


class Card(msgspec.Struct, frozen=True):
    """What one keeper shows the other: its name, its signing key (hex), its certificate (PEM), where it listens."""

    keeper: str
    signing: str
    certificate: str
    address: str = ""
    format: str = CARD_FORMAT

    @property
    def fingerprint(self) -> str:
        """What is read aloud and written into the minutes: of the keys, not of the address."""
        return hashlib.sha256(canonical_json([self.keeper, self.signing, self.certificate])).hexdigest()[:16]

    @property
    def public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.signing))

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)


def card_from(data: object) -> Card:
    """Read another keeper's card, from a file's bytes or from JSON; INPUT if it is none or says no address."""
    try:
        card = msgspec.json.decode(data, type=Card) if isinstance(data, bytes) else msgspec.convert(data, Card)
        x509.load_pem_x509_certificate(card.certificate.encode())
        sound = bool(card.public and card.place[0]) and 0 < card.place[1] < 1 << 16
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_CARD) from error
    if not sound or card.format != CARD_FORMAT or card.keeper not in ("a", "b"):
        raise FangbangError(BAD_CARD)
    return card


def make_identity(home: Path, custody: WrappedCustody) -> Card:
    """Draw the line's key and certificate; the card is public."""
    private = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"fangbang keeper {custody.keeper}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_SINCE)
        .not_valid_after(_UNTIL)
        .sign(private, None)
    )
    secret = BestAvailableEncryption(_password(custody))
    write_durably(home / KEY_FILE, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret), mode=0o600)
    card = Card(
        custody.keeper,
        signing_key(custody).public_key().public_bytes_raw().hex(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )
    write_durably(home / CERTIFICATE_FILE, card.certificate.encode())
    write_durably(home / CARD_FILE, msgspec.json.format(msgspec.json.encode(card)))
    return card


def context(home: Path, custody: WrappedCustody, peer: Card, *, server: bool) -> ssl.SSLContext:
    """TLS that knows one other side only."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False  # the certificate itself is what is known
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=peer.certificate)
    made.load_cert_chain(home / CERTIFICATE_FILE, home / KEY_FILE, password=_password(custody))
    return made


async def ask(peer: Card, secured: ssl.SSLContext, request: dict[str, Any]) -> dict[str, Any]:
    """One question to the other keeper. UNAVAILABLE if it does not answer; its refusals are raised as they are."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(
                *peer.place, ssl=secured, server_hostname="keeper", limit=LONGEST_LINE
            )
            try:
                writer.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
                answer: dict[str, Any] = json.loads(await reader.readline())
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError, asyncio.LimitOverrunError) as error:
        raise FangbangError(PEER_AWAY) from error
    if not answer.pop("ok"):
        raise FangbangError(Problem.registry.get(answer["code"], PEER_AWAY), **heard_params(answer["params"]))
    return answer


def _password(custody: WrappedCustody) -> bytes:
    return custody.draw("link").hex().encode()
