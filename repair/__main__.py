"""What the command `repair` starts; what it takes on its line says `cli`.

Exit status: 0 nothing left to review, 1 findings remain, 2 usage or input error (2 wins over 1).
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = ("Query interrupted", "KeyboardInterrupt")  # what DuckDB makes of Ctrl-C


def start() -> None:
    """Runs the command line in a process of its own, which ends with it."""
    status: list[object] = []
    atexit.register(_leave, status)  # the first that is registered is the last that runs
    try:
        main()
    except SystemExit as end:
        status.append(end.code)
        raise


def main() -> None:
    """Runs the command line; every known error becomes one line and exit status 2."""
    # Else numpy starts threads for the products of large matrices, of which there are none here,
    # and they spin: nearly a tenth of a second of each process.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(200_000)  # most of what a command makes at its start stays to its end
    try:
        if sys.argv[1:2] == ["batch"]:  # before all else: what it starts takes longest
            from repair.corpus.forking import begin_early

            begin_early(sys.argv[2:])
        from repair.cli import app

        try:
            app()
        finally:
            print(end="", flush=True)
    except (BrokenPipeError, KeyboardInterrupt):
        _end()
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except ValueError as error:
        _fail(str(error))
    except Exception as error:
        if any(word in str(error) for word in INTERRUPTED):
            _end()
        if not type(error).__module__.startswith("sqlalchemy"):
            raise
        _fail(f"the review queue: {str(error).splitlines()[0]}")


def _end() -> NoReturn:
    """Nobody is there any more to be told something."""
    sys.stderr.close()
    raise SystemExit(2) from None


def _fail(message: str) -> None:
    from repair.cli import fail

    fail(message)


def _leave(status: list[object]) -> None:
    """Ends the process without taking apart what it has imported and made, which takes a tenth
    of a second after a batch. One that has no exit status ends as Python sees fit."""
    if status:
        with suppress(ValueError):  # it is closed
            sys.stderr.flush()
        os._exit(status[0] if isinstance(status[0], int) else 0)


if __name__ == "__main__":
    start()
