"""Processes killed at random moments of every step, from a file of marks to the public. `./dev faults` runs it long."""
