"""The local engine: functions over tasks in a pool of processes, results in task order."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

from repair.corpus.forking import processes

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 3  # tasks handed out per worker before results are taken, so that memory stays flat


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
            self._pool = ProcessPoolExecutor(self.jobs, processes(), _worker)
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
    with ProcessPoolExecutor(1, processes(), _worker) as pool:
        try:
            return _submitted(pool, function, task).result()
        except BrokenProcessPool:
            if died is None:
                what = "a worker process died (out of memory?); run the batch again to go on"
                raise EngineError(what) from None
            return died(task)
