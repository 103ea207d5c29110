"""An XLSX file as a container: what is checked before any parser of spreadsheets sees a byte of it.

Rules: it is one ZIP from its first byte · few parts, no two of one name, no path outside · parts do not overlap ·
their sizes, declared and real, and the ratio to what is packed stay below the caps, and declared is real · no archive
inside · XML parts are UTF-8 and declare no document type, so that no entity can be expanded or fetched.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.limits import Limits
from fangbang.intake.problems import BOMB, BROKEN_WORKBOOK, XML_ENTITIES

PARTS = 2000
RATIO = 250
"""Real sheets pack 5 to 40 times; deflate reaches 1032."""
_RATIO_FROM = 1 << 20
"""Smaller parts harm nobody, whatever their ratio."""
_CHUNK = 1 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)|<\?xml[^>]{0,200}encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_OVERLAP = 256
_MARKUP = (".xml", ".rels", ".vml")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh")
Taker = Callable[[bytes], None]


class Container:
    """A checked ZIP file: every part was unpacked once, in small pieces, within the limits."""

    def __init__(self, stream: BinaryIO, name: str, limits: Limits) -> None:
        self._stream = stream
        self._name = name
        self._limits = limits
        self._unpacked = 0
        try:
            with zipfile.ZipFile(stream) as archive:
                self.parts = {part.filename: part for part in archive.infolist()}
                self._check_directory(archive)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self._broken("its directory cannot be read") from error

    def read(self, name: str, most: int = 4 << 20) -> bytes:
        """A small part as a whole."""
        pieces: list[bytes] = []
        if name not in self.parts or self.parts[name].file_size > most:
            raise self._broken(f"part {name[:80]}")
        self.unpack(name, pieces.append)
        return b"".join(pieces)

    def unpack(self, name: str, take: Taker | None = None) -> None:
        """Unpack and check a part; hand its bytes on in pieces."""
        part = self.parts[name]
        markup = name.lower().endswith(_MARKUP)
        checksum, size, tail = 0, 0, b""
        for piece in self._pieces(part):
            if size == 0 and piece.startswith(_ARCHIVES):
                raise FangbangError(BOMB, file=self._name, what=Phrase("an archive inside", "内含压缩包"))
            if markup:
                self._check_markup(tail + piece, first=size == 0)
                tail = piece[-_OVERLAP:]
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if take is not None:
                take(piece)
        if size != part.file_size or checksum != part.CRC:
            raise self._broken(f"part {name[:80]}")

    def unpack_all(self, takers: dict[str, Taker]) -> None:
        """Every part, whether anybody wants it or not: what the parser may read has been checked."""
        for name in self.parts:
            self.unpack(name, takers.get(name))

    def _check_directory(self, archive: zipfile.ZipFile) -> None:
        parts = archive.infolist()
        names = {part.filename.lower() for part in parts}
        if len(parts) > PARTS:
            raise FangbangError(BOMB, file=self._name, what=f"{len(parts)} parts")
        if len(names) < len(parts) or any(_leads_out(part.filename) for part in parts):
            raise self._broken("names of its parts")
        if any(part.flag_bits & 0x1 or part.compress_type not in (0, 8) for part in parts):
            raise self._broken("encrypted or packed in an unusual way")
        declared = sum(part.file_size for part in parts)
        if declared > self._limits.unpacked:
            raise FangbangError(BOMB, file=self._name, what=f"{declared} bytes unpacked")
        for part in parts:
            if part.file_size > _RATIO_FROM and part.file_size > RATIO * max(part.compress_size, 1):
                raise FangbangError(BOMB, file=self._name, what=f"1 : {part.file_size // max(part.compress_size, 1)}")
        self._check_places(parts, archive.start_dir)

    def _check_places(self, parts: list[zipfile.ZipInfo], end: int) -> None:
        """Parts stand one after the other from byte 0 on and do not share bytes."""
        place = 0
        for part in sorted(parts, key=lambda part: part.header_offset):
            if part.header_offset < place or (place == 0 and part.header_offset != 0):
                raise FangbangError(BOMB, file=self._name, what=Phrase("overlapping parts", "各部分重叠"))
            place = part.header_offset + _LOCAL.size + len(part.filename.encode()) + part.compress_size
        if place > end:
            raise FangbangError(BOMB, file=self._name, what=Phrase("overlapping parts", "各部分重叠"))

    def _pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        left = part.compress_size
        self._stream.seek(self._start(part))
        inflate = zlib.decompressobj(-15) if part.compress_type == 8 else None
        while left:
            packed = self._stream.read(min(left, _CHUNK))
            if not packed:
                raise self._broken("it is cut off")
            left -= len(packed)
            yield from self._counted(packed) if inflate is None else self._inflated(inflate, packed)
        if inflate is not None and (not inflate.eof or inflate.unused_data):
            raise self._broken(f"part {part.filename[:80]}")

    def _inflated(self, inflate: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
        while packed:
            try:
                piece = inflate.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise self._broken("a part cannot be unpacked") from error
            packed = inflate.unconsumed_tail
            yield from self._counted(piece)

    def _counted(self, piece: bytes) -> Iterator[bytes]:
        self._unpacked += len(piece)
        if self._unpacked > 2 * self._limits.unpacked:  # some parts are read twice
            raise FangbangError(
                BOMB, file=self._name, what=Phrase("more unpacked than declared", "解压后大于声明的大小")
            )
        if piece:
            yield piece

    def _start(self, part: zipfile.ZipInfo) -> int:
        """Where the packed bytes begin; the local header must tell the same name as the directory."""
        self._stream.seek(part.header_offset)
        header = self._stream.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise self._broken("it is cut off")
        magic, *_, name_size, extra_size = _LOCAL.unpack(header)
        name = self._stream.read(name_size)
        if magic != b"PK\x03\x04" or name not in (part.filename.encode(), part.orig_filename.encode("cp437", "ignore")):
            raise self._broken("two names for one part")
        return part.header_offset + _LOCAL.size + len(name) + int(extra_size)

    def _check_markup(self, data: bytes, *, first: bool) -> None:
        if first and (data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]):
            raise self._broken("an XML part is not UTF-8")
        if _DECLARATION.search(data):
            raise FangbangError(XML_ENTITIES, file=self._name)

    def _broken(self, reason: str) -> FangbangError:
        return FangbangError(BROKEN_WORKBOOK, file=self._name, reason=reason)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name
