"""What a generator is told, and what it tells. Both travel as MessagePack files."""

from pathlib import Path

import msgspec


class Plan(msgspec.Struct, frozen=True):
    """Requests ready to be sent, and what each answer's body must contain."""

    port: int
    requests: list[bytes]
    """Whole HTTP/1.1 requests with keep-alive."""
    marks: list[bytes]
    """Bytes that the body of answer i must contain; no answer to another request may contain them."""
    repeat: bool = True
    """Whether a request may be sent again. When not, the run ends with the last one."""


class Tally(msgspec.Struct, frozen=True):
    """What one run saw. Times in seconds; the window excludes the warm-up."""

    answers: int
    """Right answers inside the window: status 200 and the mark found."""
    wrong: int
    """Answers of the whole run that were not right, and connections lost."""
    seconds: float
    generator_cpu: float
    server_cpu: float
    exhausted: bool
    """The requests ran out before the time did."""
    first_wrong: bytes
    samples: list[tuple[int, bytes]]
    """(request, body) of every 61st answer, to be compared in full afterwards."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds if self.seconds else 0.0

    @property
    def cpu_us(self) -> float:
        """Server CPU per answer, microseconds."""
        return self.server_cpu / self.answers * 1e6 if self.answers else 0.0


def write_plan(path: Path, plan: Plan) -> None:
    """Store a plan for `python -m bench.load`."""
    path.write_bytes(msgspec.msgpack.encode(plan))


def read_plan(path: Path) -> Plan:
    """Inverse of `write_plan`."""
    return msgspec.msgpack.decode(path.read_bytes(), type=Plan)
