"""Law 3: the same bytes from one, two and four processes, and from a Spark cluster of two
workers, which is a real one on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import SEEDS, Run

FREE = ("queue.db", "report.")  # what law 3 leaves free


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The seeds, records that copy them, and some that are wrong."""
    folder = tmp_path_factory.mktemp("inputs")
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        for number in range(8):
            for path in sorted(SEEDS.iterdir()):
                text = path.read_text(encoding="utf-8")[: 400 * (number + 1)]
                row = {"id": f"{path.name[:3]}-{number}", "n": number, "text": text}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.write("{broken\n")
    return [*sorted(SEEDS.iterdir()), folder / "rows.jsonl"]


def bytes_of(repair: Run, out: Path) -> dict[str, bytes]:
    """All that law 3 speaks of."""
    files = [p for p in out.rglob("*") if p.is_file() and ".repair" not in p.parts]
    found = {str(p.relative_to(out)): p.read_bytes() for p in files if not p.name.startswith(FREE)}
    assert {"documents.jsonl", "articles.jsonl", "edits.jsonl"} <= set(found)
    return found | {"findings": repair("export", out).stdout.encode()}


@pytest.fixture(scope="module")
def alone(repair: Run, inputs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "out"
    assert repair("batch", *inputs, "-o", out, "--jobs", "1").returncode == 2
    return out


@pytest.mark.parametrize("jobs", ["2", "4"])
def test_processes(repair: Run, inputs: list[Path], alone: Path, tmp_path: Path, jobs: str) -> None:
    repair("batch", *reversed(inputs), "-o", tmp_path / "out", "--jobs", jobs)
    assert bytes_of(repair, tmp_path / "out") == bytes_of(repair, alone)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a standalone cluster of two workers."""
    import pyspark

    home = Path(pyspark.__file__).parent
    work = tmp_path_factory.mktemp("spark")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOG_DIR": str(work),
    }  # fmt: skip

    def start(kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{kind}", *arguments]
        log = (work / f"{kind}.log").open("ab")
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    host = ("--host", "127.0.0.1", "--webui-port", "0")
    running = [start("master.Master", *host, "--port", str(port))]
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        for number in range(2):
            folder = work / str(number)
            running.append(
                start("worker.Worker", *host, "--cores", "1", "--memory", "1g",
                      "--work-dir", str(folder), address)
            )  # fmt: skip
        yield address
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def test_a_spark_cluster(
    repair: Run, inputs: list[Path], alone: Path, tmp_path: Path, cluster: str
) -> None:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    done = repair(
        "batch", *inputs, "-o", tmp_path / "out", "--engine", "spark", "--master", cluster
    )
    assert done.returncode == 2, done.stderr
    assert "broken JSON" in done.stderr
    assert bytes_of(repair, tmp_path / "out") == bytes_of(repair, alone)
