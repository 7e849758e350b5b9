"""Repairing and comparing in processes of their own, with a limit of time.

A text can be made to cost minutes, and Python can stop a process but not a thread: so each
worker is one process at one end of a pipe, killed and begun anew when its time is up. It
ends by itself when the pipe does, however its parent ended.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from typing import Any, Literal

from repair.config import Config
from repair.review.shapes import Refused

Job = Literal["fix", "compare"]


class Workers:
    """At most `number` jobs at once; one more waits up to `wait` seconds, then gets 429.
    A job may take `limit` seconds, else 504. Called from any thread."""

    def __init__(self, number: int, *, wait: float = 5, limit: float = 60) -> None:
        self.number, self.wait, self.limit = number, wait, limit
        self._all = [_Worker() for _ in range(number)]
        self._free: LifoQueue[_Worker] = LifoQueue()  # the warm one first
        for worker in self._all:
            self._free.put(worker)

    def run(self, job: Job, *args: Any) -> bytes:
        """What the job says, as JSON."""
        try:
            worker = self._free.get(timeout=self.wait)
        except Empty:
            raise Refused(429, "all workers are busy") from None
        try:
            return worker.run(job, args, self.limit)
        finally:
            self._free.put(worker)

    def busy(self) -> int:
        """Jobs that run now."""
        return self.number - self._free.qsize()

    def close(self) -> None:
        """Ends all processes, whatever they do."""
        for worker in self._all:
            worker.stop()


class _Worker:
    """One process, begun with its first job."""

    def __init__(self) -> None:
        self._process: Any = None
        self._end: Connection | None = None

    def run(self, job: Job, args: tuple[Any, ...], limit: float) -> bytes:
        end = self._end if self._end and self._process.is_alive() else self._start()
        try:
            end.send((job, args))
            if not end.poll(limit):
                self.stop()
                raise Refused(504, f"not done within {limit:g} seconds")
            done, value = end.recv()
        except (EOFError, OSError):  # killed, most likely for want of memory
            self.stop()
            raise Refused(500, "the worker died") from None
        if not done:
            print(value, file=sys.stderr, end="", flush=True)
            raise Refused(500, "the text could not be processed")
        return bytes(value)

    def _start(self) -> Connection:
        self.stop()
        context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
        self._end, there = context.Pipe()
        self._process = context.Process(target=_work, args=(there,), daemon=True)
        self._process.start()
        there.close()
        return self._end

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._end is not None:
            self._end.close()
            self._end = None


def _work(end: Connection) -> None:
    """The process: jobs in, JSON out, until the pipe ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the service decides when to stop
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            job, args = end.recv()
            try:
                said: tuple[bool, bytes | str] = (
                    True,
                    fixed(*args) if job == "fix" else compared(*args),
                )
            except Exception:
                said = (False, traceback.format_exc().encode("utf-8", "replace").decode())
            end.send(said)


def fixed(text: str, config: Config) -> bytes:
    """What `repair fix --format json` prints."""
    import repair
    from repair.commands.one import as_json

    return as_json(repair.fix(text, config)).encode()


def compared(a: str, b: str) -> bytes:
    """The variants of two texts, as `repair compare --format jsonl` has them."""
    import repair
    from repair.records import line

    return line({"variants": repair.compare(a, b)}).encode()
