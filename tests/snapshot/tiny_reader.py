"""A second reader, written from docs/reference/snapshot-v1.md alone: it shares no line with the project's own."""

import hashlib
import hmac
import json
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def length_prefixed(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def credential_m(pepper: bytes, sitting: str, kind: str, *folded: str) -> bytes:
    """Section 2; the fields are folded already."""
    texts = [text.encode() for text in (sitting, kind, *folded)]
    return hmac.new(pepper, length_prefixed(b"fangbang/v1", b"\x01", *texts), hashlib.sha512).digest()


SPACES = {0x20, 9, 10, 13, 0xA0, 0x3000, 0xAD, 0xFEFF, 0x2060, *range(0x2000, 0x2010), *range(0x2028, 0x2030)}
DASHES = {0x2D, *range(0x2010, 0x2015), 0xFF0D}
DOTS = {0x2022, 0x2027, 0x22C5, 0x30FB, 0xFF0E, 0xFF65}


def fold(of: str, typed: str, private_use: dict[str, str]) -> str:
    """Section 2, fold 1 of a "name" or a "number", character by character; then upper case."""
    is_name = of == "name"
    folded = []
    for character in unicodedata.normalize("NFC", typed) if is_name else typed:
        code = ord(character)
        if code in SPACES or (code in DASHES and not is_name):
            continue
        if is_name and code in DOTS:
            code = 0xB7
        elif is_name and f"{code:04X}" in private_use:
            code = int(private_use[f"{code:04X}"], 16)
        elif 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        folded.append(chr(code))
    upper = "".join(folded).upper()
    return unicodedata.normalize("NFC", upper) if is_name else upper


def entries(path: Path, size: int, count: int) -> dict[bytes, bytes]:
    """Section 3: address → value."""
    data, per_block = path.read_bytes(), 4096 // size
    found = {}
    for index in range(count):
        start = index // per_block * 4096 + index % per_block * size
        found[data[start : start + 16]] = data[start + 16 : start + size]
    return found


def look_up(folder: Path, release_key: bytes, m: bytes) -> list[Any] | str | None:
    """The record's array; "tombstone", "ambiguous", or None if the snapshot says nothing."""
    header = json.loads((folder / "header.json").read_bytes())["header"]
    snapshot_id = bytes.fromhex(header["snapshot_id"])
    r = hmac.new(release_key, snapshot_id + m, hashlib.sha512).digest()
    address, key, nonce = r[:16], r[16:48], r[48:60]
    records = entries(folder / "records.bin", header["records"]["entry_size"], header["records"]["entries"])
    if address not in records:
        pointers = entries(folder / "pointers.bin", 96, header["pointers"]["entries"])
        if address not in pointers:
            return None
        text = AESGCM(key).decrypt(nonce, pointers[address], snapshot_id + address)
        if text[60:] == b"\x00\x00\x00\x02":
            return "ambiguous"
        address, key, nonce = text[:16], text[16:48], text[48:60]
    text = AESGCM(key).decrypt(nonce, records[address], snapshot_id + address)
    length = int.from_bytes(text[:2], "big")
    if length == 0:
        return "tombstone"
    array: list[Any] = msgspec.msgpack.decode(text[2 : 2 + length])
    return array


def annex(folder: Path, release_key: bytes) -> Any:
    """Section 6, the commitment checked."""
    header = json.loads((folder / "header.json").read_bytes())["header"]
    snapshot_id = bytes.fromhex(header["snapshot_id"])
    secret = hmac.new(release_key, length_prefixed(b"fangbang/v1", b"annex", snapshot_id), hashlib.sha512).digest()
    text = AESGCM(secret[:32]).decrypt(secret[32:44], (folder / "annex.bin").read_bytes(), snapshot_id)
    assert hashlib.sha256(text).hexdigest() == header["annex"]["commitment"]
    return json.loads(text[36 : 36 + int.from_bytes(text[32:36], "big")])


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()
