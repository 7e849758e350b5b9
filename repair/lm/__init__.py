"""The character n-gram model: `load()`, then `score` and `totals`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Model(Protocol):
    """What every stage may ask of the model. Probabilities are natural logarithms."""

    def score(self, text: str) -> NDArray[np.float32]:
        """The log-probability of each character given those before it in `text`.

        The text is folded (traditional to simplified, one to one) for scoring; the result
        has one entry a code point of `text`."""

    def totals(self, texts: Sequence[str], context: str = "") -> NDArray[np.float64]:
        """The log-probability of each whole text after `context`, all in one call."""


def load(path: str | None = None) -> Model:
    """The shipped model, or the one at `path`, memory-mapped."""
    raise NotImplementedError
