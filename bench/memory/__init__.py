"""`python -m bench memory`: a node whose snapshot is larger than the memory that it may use.

One node, by turns free and under a limit of its memory cgroup: what it holds itself (anonymous and shared) and
`--margin` MiB for pages of the snapshot, which are charged to it too. Needs root and the kernel's memory cgroups.
"""

from bench.memory.run import main

__all__ = ["main"]
