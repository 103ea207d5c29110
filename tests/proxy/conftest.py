"""A released sitting on a real node, and the shipped nginx before it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.lookup.certificates import certificate
from tests.lookup.scene import Node, Scene, node, people, reissued
from tests.lookup.test_node import settle
from tests.proxy.front import NAME, Front, shipped, trusting

UNLIMITED = ("FANGBANG_LIMIT_FAILURES", "FANGBANG_LIMIT_PERSON_FAILURES", "FANGBANG_ALARM_FAILURES")
"""One address asks thousands of odd things here: what they should cost is not what is asked."""
OPTIONS = ("--challenge-bits", "4", "--trusted-proxy", "127.0.0.1/32", "--persons", "1000000")


@dataclass
class Site:
    """The running node and its release."""

    scene: Scene
    node: Node

    @property
    def port(self) -> int:
        return int(self.node.url.rpartition(":")[2])


@dataclass
class Secured:
    """The shipped nginx before a node."""

    front: Front
    certificate: Path

    def client(self) -> httpx.Client:
        """A browser that knows the name; the name is not looked up anywhere."""
        url = f"https://127.0.0.1:{self.front.secure}"
        transport = httpx.HTTPTransport(verify=trusting(self.certificate))
        return httpx.Client(base_url=url, transport=_Named(transport), timeout=10)


class _Named(httpx.BaseTransport):
    """Asks for the site's name, at an address of this machine."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["host"] = NAME
        request.extensions["sni_hostname"] = NAME
        return self._inner.handle_request(request)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A node that answers: T is past."""
    scene = Scene(tmp_path_factory.mktemp("site"))
    scene.seal(people())
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name in UNLIMITED:
                patch.setenv(name, "1000000")
            running = stack.enter_context(node(scene, *OPTIONS))
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
        stack.enter_context(reissued(scene))
        yield Site(scene, running)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the site's name, and its key."""
    return certificate(tmp_path_factory.mktemp("tls"), NAME)


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory, site: Site, tls: tuple[Path, Path]) -> Iterator[Secured]:
    """nginx as shipped, before the node."""
    with shipped(tmp_path_factory.mktemp("nginx"), site.port, tls) as front:
        yield Secured(front, tls[0])
