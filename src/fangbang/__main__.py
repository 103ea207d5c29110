"""`python -m fangbang` is the `fangbang` command: how one process starts another without knowing where scripts lie."""

from fangbang.cli import main

if __name__ == "__main__":
    main(prog_name="fangbang")
