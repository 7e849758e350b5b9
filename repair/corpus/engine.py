"""The local engine: functions over tasks in a pool of processes, results in task order."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 3  # tasks handed out per worker before results are taken, so that memory stays flat
MOST = 1024  # processes: more than a machine has cores, and fewer than it can hold
REPAYS = 250_000  # bytes that take about as long as a worker's start, half a second


class EngineError(ValueError):
    """The work could not be done here."""


class Engine(Protocol):
    """Where the work is done."""

    alone: bool  # whether no task is asked for before what came of the last one is taken

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        died: Callable[[T], R] | None = None,
    ) -> Iterator[R]:
        """The function's results in the order of the tasks. `died` gives the result of a
        task that kills its process; without it EngineError is raised."""
        ...

    def close(self) -> None:
        """Ends what was started for the work."""
        ...


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
        _processes()
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


class Local:
    """Processes of this machine; with one job none is started."""

    def __init__(self, jobs: int) -> None:
        daemon = multiprocessing.current_process().daemon  # of a user's pool: it may have none
        self.jobs = 1 if daemon else jobs
        self.alone = self.jobs <= 1
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """See `Engine`."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        died: Callable[[T], R] | None = None,
    ) -> Iterator[R]:
        """See `Engine`."""
        if self.alone:
            yield from map(function, tasks)
            return
        running: deque[tuple[T, Future[R]]] = deque()
        for task in tasks:
            running.append((task, self._submit(function, task)))
            if len(running) > self.jobs * AHEAD:
                yield from self._first(function, running, died)
        while running:
            yield from self._first(function, running, died)

    def _submit(self, function: Callable[[T], R], task: T) -> Future[R]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.jobs, _processes(), _worker)
        try:
            return _submitted(self._pool, function, task)
        except BrokenProcessPool as error:
            broken: Future[R] = Future()
            broken.set_exception(error)
            return broken

    def _first(
        self,
        function: Callable[[T], R],
        running: deque[tuple[T, Future[R]]],
        died: Callable[[T], R] | None,
    ) -> Iterator[R]:
        """The result of the first task. Where a process died, nobody knows which task killed
        it, so each that was running is done again alone."""
        task, future = running.popleft()
        try:
            yield future.result()
        except BrokenProcessPool:
            self.close()
            yield _alone(function, task, died)
            again = list(running)
            running.clear()
            for other, old in again:
                if old.done() and old.exception() is None:
                    yield old.result()
                else:
                    yield _alone(function, other, died)


def _processes() -> ForkServerContext:
    """Workers are forked from a process that has imported what they need and nothing else: a
    fork of this one would copy the locks of its threads, the progress bar's and Arrow's."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["repair.corpus.interrupted", "repair.corpus.worker"])
    return context


_starting = threading.Lock()


def _submitted(pool: ProcessPoolExecutor, function: Callable[[T], R], task: T) -> Future[R]:
    """A task handed to a pool, which may start a process for it. That would import anew what
    was started as a program, a user's script with all that it does, and needs nothing of it."""
    with _starting:
        main = vars(sys.modules["__main__"])
        kept: dict[str, Any] = {n: main[n] for n in ("__spec__", "__file__") if n in main}
        main.update(dict.fromkeys(kept))
        try:
            return pool.submit(function, task)
        except (EOFError, ConnectionError):  # of the process that they are forked from
            raise EngineError("no worker process could be started; run the batch again") from None
        finally:
            main.update(kept)


def collect_rarely() -> None:
    """Lets the collector of cycles leave alone what is there, and look at new objects 300
    times less often: a batch makes many that live for a moment, and hardly a cycle. It took a
    third of the time of short records."""
    gc.freeze()
    gc.set_threshold(200_000)


def _worker() -> None:
    """Lets a process end when its parent was killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _alone(function: Callable[[T], R], task: T, died: Callable[[T], R] | None) -> R:
    with ProcessPoolExecutor(1, _processes(), _worker) as pool:
        try:
            return _submitted(pool, function, task).result()
        except BrokenProcessPool:
            if died is None:
                what = "a worker process died (out of memory?); run the batch again to go on"
                raise EngineError(what) from None
            return died(task)
