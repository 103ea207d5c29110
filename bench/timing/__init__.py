"""`python -m bench timing`: whether the time of an answer tells who exists. Exit code 1 if it does, or if a planted
difference of two microseconds is not seen.

Compared, in random order, pair by pair: nobody with a wrong ticket of somebody who exists; nobody with an ambiguous
credential; and before T somebody who exists with nobody. In process (no kernel, no scheduler: the sharpest eye) and
over loopback, with a whole worker behind the door. Welch's t over all samples, none left out; |t| < 4.5 cannot tell.
"""

from bench.timing.run import main

__all__ = ["main"]
