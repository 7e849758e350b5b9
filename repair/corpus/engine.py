"""The local engine: a function over tasks in a pool of processes, results in task order."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # tasks handed out per worker before results are taken, so that memory stays flat


def jobs_here() -> int:
    """The processes that this machine can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(function: Callable[[T], R], tasks: Iterable[T], jobs: int) -> Iterator[R]:
    """The function's results in the order of the tasks. With one job no process is started.

    A worker that dies (out of memory, killed) raises BrokenProcessPool."""
    if jobs <= 1:
        yield from map(function, tasks)
        return
    # spawn: a fork would copy the threads' locks of the progress bar and of arrow
    context = multiprocessing.get_context("spawn")
    todo = iter(tasks)
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running: deque[Future[R]] = deque(
            pool.submit(function, task) for task in islice(todo, jobs * AHEAD)
        )
        while running:
            yield running.popleft().result()
            running.extend(pool.submit(function, task) for task in islice(todo, 1))
