"""The process that workers are forked from, and how many there are. It is imported first by a
batch that will need it, so it imports little."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from pathlib import Path

MOST = 1024  # processes: more than a machine has cores, and fewer than it can hold
REPAYS = 250_000  # bytes that take about as long as a worker's start, half a second
# The tracker cleans up after a process that was ended, by SIGTERM say, and has nothing to tell.
QUIET = "ignore:resource_tracker:UserWarning"


def jobs_here() -> int:
    """The processes that this machine can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def jobs_for(size: int, jobs: int) -> int:
    """The processes that inputs of so many bytes get: those asked for, or with 0 as many as
    have enough to do to repay their start."""
    return min(jobs, MOST) or min(jobs_here(), 1 + size // REPAYS)


def begin(engine: str, paths: Iterable[Path], jobs: int) -> bool:
    """Starts the process that workers are forked from, if there will be any: what it imports
    takes half a second, in which this one may plan. Whether there will, as far as the files
    tell: what lies in folders is not known yet, and a path may be any word."""
    size = sum(map(os.path.getsize, filter(os.path.isfile, paths)))
    several = engine == "local" and jobs_for(size, jobs) > 1
    if several:
        processes()
        resource_tracker.ensure_running()  # which ends with SIGINT unblocked
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:  # Ctrl-C waits there until it can end that process without a word
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return several


def begin_early(arguments: Sequence[str]) -> None:
    """The same by a look at the words of the command line, before it is understood and what
    the command needs is imported. Where that is misread, the process has nothing to do."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    jobs = words[words.index("--jobs") + 1 :][:1] if "--jobs" in words else []
    engine = "spark" if "spark" in words else "local"
    begin(engine, map(Path, words), int(jobs[0]) if jobs and jobs[0].isdecimal() else 0)


def processes() -> ForkServerContext:
    """Workers are forked from a process that has imported what they need and nothing else: a
    fork of this one would copy the locks of its threads, the progress bar's and Arrow's."""
    if QUIET not in sys.warnoptions:  # which the processes beside this one are started with
        sys.warnoptions.append(QUIET)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["repair.corpus.preload", "repair.corpus.worker"])
    return context
