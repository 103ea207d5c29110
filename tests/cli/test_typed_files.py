"""Small files that staff type: read as Chinese editors save them, and refused with a name when they are none."""

import io
from pathlib import Path

import pytest

from fangbang.cli.edge import Session
from fangbang.cli.staff import MOST_TEXT, decoded, passphrase, typed_lines
from fangbang.core.errors import FangbangError

LINE = "身份证,110101199003074514,张三,张山"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_line_is_the_same_in_every_encoding_of_chinese_editors(encoding: str) -> None:
    assert typed_lines(io.BytesIO(f"{LINE}\r\n".encode(encoding))) == f"{LINE}\r\n"


@pytest.mark.parametrize("data", [b"\xff\xfe\xff", b"\x81", b"x" * (MOST_TEXT + 1)])
def test_what_is_no_small_text_is_named(data: bytes) -> None:
    with pytest.raises(FangbangError) as caught:
        typed_lines(io.BytesIO(data))

    assert (caught.value.code, caught.value.params) == ("cli.not-text", {})


def test_a_file_of_just_the_size_is_read() -> None:
    assert decoded(b"x" * MOST_TEXT) == "x" * MOST_TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_passphrase_is_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    """A mark that an editor puts at the head of its file is no part of the passphrase."""
    file = tmp_path / "passphrase"
    file.write_bytes("口令 十二个字符以上\r\n".encode(encoding))

    assert passphrase(Session(), file) == "口令 十二个字符以上"
