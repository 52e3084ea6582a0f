"""``python -m allmende``: the same as the command ``allmende``."""

from allmende.cli import main

if __name__ == "__main__":
    main(prog_name="allmende")
