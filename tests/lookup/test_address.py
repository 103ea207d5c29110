"""Where a node listens: an address that cannot be had is told in words, before anything else is started."""

import socket

import pytest

from fangbang.core.errors import FangbangError
from fangbang.lookup.supervisor import Binding, _reserved


def test_a_port_that_another_program_has_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(FangbangError) as refused:
            _reserved(Binding("127.0.0.1", port, "127.0.0.1", 0))

    assert refused.value.code == "lookup.address-taken"
    assert refused.value.params == {"host": "127.0.0.1", "port": port}


@pytest.mark.parametrize("host", ["203.0.113.9", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machines_is_a_wrong_option(host: str) -> None:
    with pytest.raises(FangbangError) as refused:
        _reserved(Binding(host, 0, "127.0.0.1", 0))

    assert refused.value.code == "lookup.bad-option"
