"""What a figure was measured on."""

import importlib.metadata
import os
import platform
from pathlib import Path


def describe() -> str:
    """Processor, cores, memory and interpreter: never a host name."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    processor = f"{os.cpu_count()} × {names[0] if names else platform.machine()}"
    return f"{processor}, {memory / 2**20:.0f} GiB, Linux {platform.release().split('-')[0]}, {python()}"


def python() -> str:
    """The interpreter."""
    return f"CPython {platform.python_version()}"


def load_average() -> float:
    """Of the last minute: well above 0 before a run means that somebody else was working."""
    return os.getloadavg()[0]


def versions(*packages: str) -> dict[str, str]:
    """Installed versions of Python packages."""
    return {name: importlib.metadata.version(name) for name in packages}


def _lines(path: str) -> list[str]:
    return Path(path).read_text(errors="replace").splitlines()
