"""What the authority decided for every release, from the settings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """`days`: how long a release can be asked for anonymously; `least`: people of whom a published number tells."""

    days: int = 60
    least: int = 10
