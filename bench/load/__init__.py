"""A closed-loop load generator that replays requests prepared ahead."""
