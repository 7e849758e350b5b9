"""What every worker of a batch needs, imported once in the process that they are forked from."""

import pyarrow.parquet

from repair import pipeline
from repair.corpus import deliver, survey, work

__all__ = ["deliver", "pipeline", "pyarrow", "survey", "work"]

for name in pipeline.ORDER:
    pipeline.gate(name)
