"""The Spark engine (extra `spark`): the same functions over the same tasks on a cluster.

A task names a shard, its result lies in OUT: inputs and OUT must have the same path on the
driver and on all workers (a shared file system), and `repair` must be installed there. Spark
hands the tasks out as record batches (`mapInArrow`) and brings back what the driver needs.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
R = TypeVar("R")

WAVES = 8  # tasks a core that one Spark job has: enough to keep all busy, few enough to hold


class Spark:
    """A Spark session, or the one that runs already."""

    alone = False

    def __init__(self, master: str = "") -> None:
        from pyspark.sql import SparkSession

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("repair")
        if master:
            builder = builder.master(master)
        here = os.environ.get("PYTHONPATH", "")
        settings = {
            "spark.executorEnv.PYTHONPATH": here,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.task.maxFailures": "2",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        self._session = builder.getOrCreate()
        self._session.sparkContext.setLogLevel("ERROR")

    def close(self) -> None:
        """See `repair.corpus.engine.Engine`."""
        self._session.stop()

    def run(
        self,
        function: Callable[[T], R],
        tasks: Iterable[T],
        died: Callable[[T], R] | None = None,
    ) -> Iterator[R]:
        """See `repair.corpus.engine.Engine`; a task that kills its process fails the job."""
        from pyspark.sql.types import BinaryType, LongType, StructField, StructType

        fields = [StructField("number", LongType()), StructField("value", BinaryType())]
        schema = StructType(fields)
        todo = iter(tasks)
        cores = max(2, self._session.sparkContext.defaultParallelism)
        while some := list(islice(todo, cores * WAVES)):
            rows = [(n, pickle.dumps((function, task))) for n, task in enumerate(some)]
            spread = self._session.sparkContext.parallelize(rows, len(rows))
            frame = self._session.createDataFrame(spread, schema).mapInArrow(called, schema)
            done = {row.number: row.value for row in frame.toLocalIterator(True)}
            for n in range(len(some)):
                yield pickle.loads(done[n])


def called(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What Spark runs: each row holds a function and its task, and becomes the result."""
    import pyarrow as pa

    for batch in batches:
        results: list[Any] = []
        for value in batch.column("value").to_pylist():
            function, task = pickle.loads(value)
            results.append(pickle.dumps(function(task)))
        values = pa.array(results, pa.binary())
        yield pa.RecordBatch.from_arrays([batch.column("number"), values], ["number", "value"])
