"""Django's own commands for developers: `python -m fangbang.project.manage makemigrations intake`."""

import sys

from django.core.management import execute_from_command_line

from fangbang.project.boot import configure


def main() -> None:
    """Run one management command."""
    configure()
    execute_from_command_line(["fangbang.project.manage", *sys.argv[1:]])


if __name__ == "__main__":
    main()
