"""The counts that a card shows: what was decided here at once, what elsewhere soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from repair.review import counting
from repair.review.counting import Counts
from repair.review.queue import Queue

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def loaded(queue: Queue, make: Make) -> Queue:
    queue.load(make("一二三四五", n, n + 1, "六") for n in range(5))
    return queue


def _decide(queue: Queue) -> None:
    queue.decide(queue.findings()[-1]["id"], "accept", reviewer="bob")


def test_what_is_decided_here_counts_at_once(loaded: Queue) -> None:
    counts = Counts(loaded)
    counts.moved("pending", "accept")
    assert counts.now() == {"pending": 4, "accepted": 1}


def test_what_is_decided_elsewhere_comes_in_by_itself(
    loaded: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "FRESH", 0.0)
    counts = Counts(loaded)
    _decide(loaded)
    deadline = time.monotonic() + 5
    while counts.now() != {"pending": 4, "accepted": 1}:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_count_that_a_decision_overtakes_is_not_kept(
    loaded: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(loaded)
    old = loaded.counts()

    def slow() -> dict[str, int]:
        counts.moved("pending", "accept")
        return old

    monkeypatch.setattr(loaded, "counts", slow)
    counts.exact()
    assert counts.now() == {"pending": 4, "accepted": 1}


def test_after_a_bulk_decision_it_counts_anew(loaded: Queue) -> None:
    counts = Counts(loaded)
    _decide(loaded)
    counts.forget()
    assert counts.now() == {"pending": 4, "accepted": 1}
