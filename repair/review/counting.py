"""The numbers by status above the card, which nobody waits for.

To count all findings takes longer than a decision, so a card shows the last count with what
this process has decided since. What other processes decide comes in with the next count,
which is made in the background when the last one is some seconds old.
"""

from __future__ import annotations

import threading
import time

from repair.review.queue import Queue
from repair.review.rows import STATUS

FRESH = 3.0  # seconds


class Counts:
    """The number of findings by status of one queue, for all threads of the process."""

    def __init__(self, queue: Queue) -> None:
        self._queue, self._lock = queue, threading.Lock()
        self._changes = 0  # a count that one of them overtook is not kept
        self._known: dict[str, int] | None = None
        self._at = 0.0
        self.exact()

    def now(self) -> dict[str, int]:
        """What is known; counted first only where nothing is."""
        known = self._known
        if known is None:
            return self.exact()
        if time.monotonic() - self._at > FRESH:
            self._at = time.monotonic()
            threading.Thread(target=self.exact, daemon=True).start()
        return known

    def exact(self) -> dict[str, int]:
        """Counts."""
        before, self._at = self._changes, time.monotonic()
        counted = self._queue.counts()
        with self._lock:
            if self._changes == before:
                self._known = counted
        return counted

    def moved(self, before: str, verdict: str) -> None:
        """A finding with the status `before` was decided."""
        after = STATUS.get(verdict, before)
        with self._lock:
            self._changes += 1
            if self._known is not None:
                known = dict(self._known)
                known[before] = max(0, known.get(before, 0) - 1)
                known[after] = known.get(after, 0) + 1
                self._known = known

    def forget(self) -> None:
        """Several findings were decided, or one that had an unknown status."""
        with self._lock:
            self._changes += 1
            self._known = None
