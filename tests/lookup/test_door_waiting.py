"""How long a worker's line is: by rule, on a real socket, and behind a door that cannot keep up."""

import asyncio
import socket
import time
from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from fangbang.lookup.door.connection import Door
from fangbang.lookup.door.sockets import worker_socket
from fangbang.lookup.door.waiting import LEAST, MOST, Line, Pace
from tests.lookup.test_door import Echo, said, visit
from tests.lookup.test_door_wire import GET


def places(*looks: tuple[int, int]) -> list[int]:
    """The lengths after looks of a tenth of a second each: (waiting, taken)."""
    pace = Pace()
    return [pace.places(waiting, taken, 0.1) for waiting, taken in looks]


def test_a_worker_that_keeps_up_has_the_whole_line() -> None:
    assert places((0, 3), (0, 900), (0, 0)) == [MOST] * 3


def test_the_first_look_at_a_line_knows_no_pace() -> None:
    assert places((4000, 1)) == [MOST]


def test_a_line_is_what_is_taken_in_half_a_second() -> None:
    assert places((900, 30), (900, 60), (900, 60)) == [MOST, 300, 300]


def test_a_new_pace_counts_little_by_little() -> None:
    assert places((900, 0), (900, 100), (900, 50)) == [MOST, 500, 450]


def test_a_pace_is_forgotten_with_the_last_who_waited() -> None:
    assert places((900, 60), (900, 60), (0, 60), (900, 60), (900, 40)) == [MOST, 300, MOST, MOST, 200]


def test_a_worker_that_stands_still_keeps_a_few() -> None:
    assert places((900, 0), (900, 0)) == [MOST, LEAST]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 100_000))))
def test_a_line_is_never_too_short_nor_too_long(looks: list[tuple[int, int]]) -> None:
    assert all(LEAST <= each <= MOST for each in places(*looks))


def knocking(stack: ExitStack, port: int, count: int) -> None:
    """Connections to a port that nobody may have taken yet."""
    for _ in range(count):
        link = stack.enter_context(socket.socket())
        link.setblocking(False)
        link.connect_ex(("127.0.0.1", port))


def test_the_kernel_tells_how_many_wait() -> None:
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        line = Line(listening)
        nobody = line.waiting
        knocking(stack, listening.getsockname()[1], 7)

        assert (nobody, line.waiting) == (0, 7)


def test_the_kernel_takes_no_more_than_the_line_is_long() -> None:
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0), backlog=MOST) as listening:
        line = Line(listening)
        knocking(stack, listening.getsockname()[1], 10)
        for _ in range(2):
            line.look(0.1)
        knocking(stack, listening.getsockname()[1], 200)

        # Linux lets one more in than it was told.
        assert (line.places, line.waiting) == (LEAST, LEAST + 1)


class Slow(Echo):
    """Needs five milliseconds for an answer; notes how long the line may be meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[int] = set()
        self.door: Door | None = None

    def answer(self, request: object) -> object:  # type: ignore[override]
        time.sleep(0.005)
        assert self.door
        self.places.update(line.places for line in self.door.lines)
        return super().answer(request)  # type: ignore[arg-type]


def test_a_door_that_cannot_keep_up_shortens_its_line_and_has_it_back_afterwards() -> None:
    app = Slow()

    async def talk(port: int, door: Door) -> None:
        app.door = door
        asked = [
            asyncio.create_task(said(port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
            for _ in range(300)
        ]
        answers = await asyncio.gather(*asked)
        while door.lines[0].places != MOST:
            await asyncio.sleep(0.01)

        assert all(each.startswith(b"HTTP/1.1 200") for each in answers)
        assert min(app.places) < MOST

    visit(talk, app)


def test_a_worker_has_a_line_of_its_own() -> None:
    async def talk(port: int, door: Door) -> None:
        await door.listen(worker_socket("127.0.0.1", 0))

        assert len(door.lines) == 2

    visit(talk)
