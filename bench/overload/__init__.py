"""`python -m bench overload`: ten times as many people as a node can answer, for a minute; open loop.

A person is a new connection that sends one query at its scheduled moment, whatever became of the others, and gives up
after some seconds. The node runs beside a process that takes most of its core, so that one generator can outnumber it;
what turning away costs in proportion to an answer stays what it is.
"""

from bench.overload.run import main

__all__ = ["main"]
