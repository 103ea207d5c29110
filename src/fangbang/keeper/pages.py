"""Publishing a page bundle: the keeper writes the file, remembers the counter, swaps the pointer."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError, Phrase
from fangbang.core.files import durable_folder, write_durably
from fangbang.keeper.problems import BAD_ORDER, OTHER_PAGES
from fangbang.keeper.state import Pages
from fangbang.release.rules import TrustedKey, check_pages
from fangbang.snapshot.pointer import (
    BUNDLE_FOLDER,
    MOST_BYTES,
    POINTER_FILE,
    POINTER_FORMAT,
    Pointer,
    bundle_path,
    sign_pointer,
)


def next_pages(
    known: Pages,
    order: Mapping[str, Any],
    approvals: Sequence[Any],
    content: bytes,
    trusted: Mapping[str, TrustedKey],
    now: datetime,
) -> Pages:
    """What the pointer says after this order. An order names the counter that it makes, so that none is played again;
    the newest one given again changes nothing."""
    check_pages(order, approvals, trusted)
    if len(content) > MOST_BYTES or hashlib.sha256(content).hexdigest() != order["bundle"]:
        raise FangbangError(BAD_ORDER, reason=Phrase("the bundle is not the one that was signed", "内容与签名的不同"))
    if (order["counter"], order["bundle"]) == (known.counter, known.bundle):
        return known
    if order["counter"] != known.counter + 1:
        raise FangbangError(OTHER_PAGES, counter=known.counter)
    return Pages(order["counter"], order["bundle"], to_wire(now))


def place_bundle(public: Path, pages: Pages, content: bytes) -> None:
    """Write the file, before anything names it. Its name is the hash of these bytes: a damaged one is written anew."""
    durable_folder(public / BUNDLE_FOLDER)
    write_durably(bundle_path(public, pages.bundle), content)


def swap_pointer(public: Path, pages: Pages, private: Ed25519PrivateKey) -> None:
    """From now on the nodes show this bundle."""
    pointer = Pointer(POINTER_FORMAT, pages.counter, pages.issued_at, pages.bundle)
    write_durably(public / POINTER_FILE, sign_pointer(pointer, private))
