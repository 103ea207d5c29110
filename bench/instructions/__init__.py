"""`python -m bench instructions`: the processor's instructions of one answer, counted by valgrind's callgrind.

Door and query run in one process: bytes of a request in, bytes of an answer out, without kernel and event loop. Counts
do not mind who else uses the machine, so that a change of a hundredth shows. Then every "not found" by its cause:
exit code 1 if two causes differ by more than two thousandths.
"""

from bench.instructions.run import main

__all__ = ["main"]
