"""A reading of a damaged stretch, and the trail of characters that a search leaves behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repair.encoding.scorer import Rows

OTHERS = "\ufdd0"  # in a text that stands for many: any of the characters that may stand there
RESTORED = 0x80000  # added to an offset in `Hypothesis.origin`: not there, but restored
Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Op:
    """A mechanism at work: on which seen character, and where in the restored text."""

    name: str
    seen: int  # offset in the window
    length: int
    at: int  # offset in the restored text


class Hypothesis(NamedTuple):
    """One reading of a window."""

    score: float
    text: str
    ops: tuple[Op, ...] = ()
    edges: tuple[int, ...] = ()  # offsets of restored characters with an unknown byte
    unmarked: int = 0
    others: tuple[str, ...] = ()  # what else may stand at each of `edges`
    origin: str = ""  # a character of `text` each: chr(offset of the seen one that ended it)
    told: float = 0.0  # nats of the score that the rest of the document adds

    def known(self) -> str:
        """The characters that were computed from bytes that are all known."""
        at = (i for i, mark in enumerate(self.origin) if mark >= chr(RESTORED))
        return "".join(self.text[i] for i in at if i not in self.edges)


class Trail:
    """The characters of all hypotheses of a search: each is a node that knows the one before."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[list[Numbers]] = []  # node before, character, others, ops, origin
        self._ops: list[tuple[int, str, int, int]] = []  # the one before, name, seen, length

    def add(self, rows: Rows, origin: int) -> None:
        """A node for the last character of each of the rows, at which these are then."""
        fields = [rows[name].astype(np.int32) for name in ("node", "last", "others", "ops")]
        self._parts.append([*fields, np.full(len(rows), origin, np.int32)])
        rows["node"] = np.arange(self.size, self.size + len(rows))
        rows["others"] = rows["ops"] = 0
        self.size += len(rows)

    def did(self, rows: Rows, name: str, seen: int, length: int) -> None:
        """Notes a mechanism at work before the next character of each row."""
        for before in set(rows["ops"].tolist()):
            self._ops.append((before, name, seen, length))
            rows["ops"][rows["ops"] == before] = len(self._ops)

    def readings(self, rows: Rows, others: Sequence[str]) -> Iterator[Hypothesis]:
        """What each of the rows reads; `others` are the alternatives by number."""
        if not self._parts:
            return
        before, last, other, ops, origin = map(np.concatenate, zip(*self._parts, strict=True))
        steps = [rows["node"]]  # from the last node back to the first; -1 before it
        while (steps[-1] >= 0).any():
            steps.append(np.where(steps[-1] >= 0, before[steps[-1]], -1))
        path = np.array(steps[-2::-1]).T
        skipped = (path < 0).sum(axis=1).tolist()
        texts, origins = last[path], origin[path]
        edges = defaultdict[int, list[tuple[int, str]]](list)
        for n, at in np.argwhere((other[path] > 0) & (path >= 0)).tolist():
            edges[n].append((at - skipped[n], others[other[path[n, at]]]))
        done = defaultdict[int, list[Op]](list)
        for n, at in np.argwhere((ops[path] > 0) & (path >= 0)).tolist():
            done[n] += self._done(int(ops[path[n, at]]), at - skipped[n])
        for n, (score, unmarked) in enumerate(rows[["score", "unmarked"]].tolist()):
            text, marks = (t[n, skipped[n] :].tobytes() for t in (texts, origins))
            yield Hypothesis(
                score,
                text.decode("utf-32-le", "surrogatepass"),
                tuple(done[n]),
                tuple(at for at, _ in edges[n]),
                unmarked,
                tuple(letters for _, letters in edges[n]),
                marks.decode("utf-32-le", "surrogatepass"),
            )

    def _done(self, number: int, at: int) -> list[Op]:
        """What was done before the character at `at`."""
        found = []
        while number:
            number, name, seen, length = self._ops[number - 1]
            found.append(Op(name, seen, length, at))
        return found[::-1]
