"""What a corpus costs: MB/s by stage beside `ftfy.fix_text`, the recipes of Data-Juicer and
datatrove, the batch with its search for parallel versions, and start-up.

    python -m benchmarks.scale              # the table, kept in RESULTS.md
    python -m benchmarks.scale --profile    # where the time of sound documents goes

One process and CPU time, except where two processes are compared by the clock; the machine as
it is, so that the ratio counts.
"""

from __future__ import annotations

import cProfile
import json
import lzma
import os
import pstats
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from statistics import mean

import ftfy

import repair
from benchmarks import recipes
from benchmarks.results import publish, shared
from repair import pipeline
from repair.model import Document

CORPORA = ("news", "laws_prc", "twlaw", "gazette_tw")
SIZE = 5000  # characters a document
DOCUMENTS, PARAGRAPHS = 600, 36_000  # a third of them warms up
TURNS = 2  # of ftfy and of all stages: a million characters each, looked at as a batch does
PEERED = 45  # documents that the peers' recipes are timed on
# Records of a batch, MB a corpus: enough that the start, about a second, is not what is timed.
SOUND = {"news": 25.0, "laws_prc": 50.0}
MIXED = dict.fromkeys(CORPORA, 40.0)
SHORT = {"news": 20.0, "laws_prc": 45.0}
PART = 6  # MB of it that ftfy is timed on
STARTS = 5
COMMANDS = (("--help",), ("fix", "-"))
Row = list[str]


def documents(name: str, size: int = SIZE, number: int = DOCUMENTS, first: int = 0) -> list[str]:
    """So many documents of a corpus from the `first` one on, whole lines."""
    return list(islice(_documents(name, size), first, first + number))


def paragraphs(name: str) -> list[str]:
    """Lines of the documents that nothing else is timed on."""
    behind = documents(name, first=2 * DOCUMENTS)
    return [line for text in behind for line in text.splitlines(keepends=True)][:PARAGRAPHS]


def unedited(texts: Sequence[str]) -> list[str]:
    """Those that no stage changes."""
    results = pipeline.run_many(Document("", text, "") for text in texts)
    return [result.text for result in results if not result.edits]


def _documents(name: str, size: int) -> Iterator[str]:
    lines: list[str] = []
    with lzma.open(shared(f"corpus/{name}.txt.xz"), "rt", encoding="utf-8") as file:
        for line in file:
            lines.append(line)
            if sum(map(len, lines)) >= size:
                yield "".join(lines)
                lines = []


def damaged(texts: Sequence[str]) -> list[str]:
    """The documents, one in a hundred damaged: UTF-8 read as cp1252, a byte slip, zero-width
    characters, a page that was read by OCR, in turn."""
    slips = _rows("slips.jsonl", "text")
    pages = _rows("ocr_pages.jsonl", "ocr")

    def one(text: str, kind: int) -> str:
        if kind == 0:
            head, line, rest = text.partition(text.split("\n")[0])
            return head + line.encode().decode("cp1252", "ignore") + rest
        if kind == 1:
            return f"{next(slips)}\n{text}"
        return text.replace("的", "的\u200b") if kind == 2 else f"{next(pages)}\n{text}"

    kinds = cycle(range(4))
    return [one(text, next(kinds)) if i % 100 == 50 else text for i, text in enumerate(texts)]


def _rows(name: str, key: str) -> Iterator[str]:
    with shared(f"bench/{name}").open(encoding="utf-8") as file:
        yield from (json.loads(line)[key] for line in file)


def timed(function: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """The CPU seconds over the texts but those that warm up. Each text is seen once: what the
    memories of the model and the rules know of it already would flatter a second round."""
    warm, rest = parted(texts)
    function(warm)
    began = time.process_time()
    function(rest)
    return time.process_time() - began


def parted(texts: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Those that warm up, so that what is loaded once counts for nothing, and the rest."""
    return texts[: len(texts) // 3], texts[len(texts) // 3 :]


def one_by_one(function: Callable[[str], object]) -> Callable[[Sequence[str]], object]:
    """A function of one text, for many."""
    return lambda texts: [function(text) for text in texts]


def repaired(texts: Sequence[str]) -> Counter[str]:
    """All default stages, as a batch runs them; the seconds of each."""
    spent: Counter[str] = Counter()
    for result in pipeline.run_many(Document("", text, "") for text in texts):
        spent.update(result.stages)
    return spent


def stages(texts: Sequence[str]) -> tuple[dict[str, float], float]:
    """CPU seconds by stage, and of all, seen once; and those of ftfy. They take turns, since the
    machine is not as fast from one second to the next. The pipeline's clock runs on while
    another process has the core; the stages get the CPU share."""
    warm, rest = parted(texts)
    repaired(warm)
    timed_by: Counter[str] = Counter()
    whole = clock = other = 0.0
    size = -(-len(rest) // TURNS)
    for first in range(0, len(rest), size):
        some = rest[first : first + size]
        began = time.process_time()
        for text in some:
            ftfy.fix_text(text)
        other += time.process_time() - began
        began, at = time.process_time(), time.perf_counter()
        timed_by.update(repaired(some))
        whole += time.process_time() - began
        clock += time.perf_counter() - at
    share = whole / clock
    return {stage: seconds * share for stage, seconds in timed_by.items()} | {"all": whole}, other


def megabytes(texts: Sequence[str]) -> float:
    """The size in UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def speeds(on: str, texts: Sequence[str], by_stage: bool = True) -> Iterator[Row]:
    """Rows for ftfy, each stage and all of them."""
    size = megabytes(parted(texts)[1])
    spent, other = stages(texts)
    yield [on, "ftfy.fix_text", f"{size / other:.1f} MB/s", "1"]
    for what, seconds in spent.items() if by_stage else [("all", spent["all"])]:
        rate = f"{size / seconds:,.1f} MB/s" if seconds else ""
        yield [on, what, rate, f"{other / seconds:.1f}" if seconds else ""]


def listed(on: str, texts: Sequence[str]) -> list[Row]:
    """The rows for ftfy and all stages."""
    return list(speeds(on, texts, by_stage=False))


def peers(texts: Sequence[str]) -> Iterator[Row]:
    """Rows for the recipes, on a part of the documents: they are slow."""
    some = texts[:PEERED]
    size, other = megabytes(parted(some)[1]), timed(one_by_one(ftfy.fix_text), some)
    made = {
        "Data-Juicer's operators": recipes.data_juicer(),
        "datatrove's blocks": recipes.datatrove(),
    }
    for what, recipe in made.items():
        if recipe:
            seconds = timed(one_by_one(recipe), some)
            rate = f"{size / seconds:.2f} MB/s"
            yield ["news", f"{what}: ftfy, clean-up, MinHash", rate, f"{other / seconds:.2f}"]


def batches() -> Iterator[Row]:
    """Rows for the whole command over JSON Lines, beside ftfy over the same lines."""
    sound = several(SOUND, SIZE)
    kinds = {
        f"news and laws, {SIZE:,} characters a record": sound,
        "the same, 1 % damaged": damaged(sound),
        "news and laws, a paragraph a record": several(SHORT, 1),
        f"all corpora, {SIZE:,} characters a record": several(MIXED, SIZE),
    }
    with tempfile.TemporaryDirectory() as name:
        for what, texts in kinds.items():
            yield from compared(Path(name), what, texts)


def compared(folder: Path, what: str, texts: Sequence[str]) -> Iterator[Row]:
    """Rows for some records. ftfy is timed before and after each run."""
    lines, part = folder / "in.jsonl", folder / "part.jsonl"
    whole = written(lines, texts)
    on = f"JSON Lines, {whole:.0f} MB, {what}"
    size = written(part, texts[:: round(whole / PART)])
    near = [mended(part, folder / "mended.jsonl")]

    def run(jobs: int, *options: str) -> tuple[float, float, float]:
        """MB/s, times ftfy, seconds by the clock."""
        cpu, clock = batched(folder, lines, jobs, options)
        near.append(mended(part, folder / "mended.jsonl"))
        rate = whole / cpu
        return rate, rate * mean(near[-2:]) / size, clock

    plain = run(1, "--stages", ",".join(pipeline.ORDER))
    one, two, again = run(1), run(2), run(1)
    rate, times, clock = map(mean, zip(one, again, strict=True))
    yield [on, "ftfy.fix_text, a part of them", f"{size / mean(near):.1f} MB/s", "1"]
    yield [on, "repair batch", f"{plain[0]:.1f} MB/s", f"{plain[1]:.1f}"]
    yield [on, "repair batch, parallel versions too", f"{rate:.1f} MB/s", f"{times:.1f}"]
    yield [on, "two processes beside one, by the clock", f"{clock / two[2]:.2f} ×", ""]


def several(parts: dict[str, float], size: int) -> list[str]:
    """Documents of some corpora, so many MB of each."""
    return [text for name, most in parts.items() for text in sized(name, size, most)]


def sized(name: str, size: int, most: float) -> Iterator[str]:
    """Documents of a corpus, so many MB of them."""
    for text in _documents(name, size):
        most -= len(text.encode()) / 1e6
        if most < 0:
            return
        yield text


def written(path: Path, texts: Sequence[str]) -> float:
    """Writes records; their MB."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            print(json.dumps({"id": f"{number}", "text": text}, ensure_ascii=False), file=file)
    return path.stat().st_size / 1e6


def mended(path: Path, target: Path) -> float:
    """CPU seconds of what a script with ftfy does."""
    began = time.process_time()
    with path.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            record = json.loads(line)
            record["text"] = ftfy.fix_text(record["text"])
            print(json.dumps(record, ensure_ascii=False), file=out)
    return time.process_time() - began


def compiled() -> None:
    """Makes the byte code of the package, which one that was installed has, and keeps what
    commands compile."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    package = Path(repair.__file__).parent
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(package)], check=True)


def batched(folder: Path, lines: Path, jobs: int, options: Sequence[str]) -> tuple[float, float]:
    """CPU seconds of a batch and all its processes, and seconds by the clock."""
    out = folder / "out"
    command = [sys.executable, "-m", "repair", "batch", str(lines), "-o", str(out)]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [*command, "--jobs", str(jobs), "--exit-zero", *options], check=True, stderr=subprocess.PIPE
    )
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    shutil.rmtree(out)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def start(arguments: Sequence[str]) -> float:
    """The least CPU seconds of a command that is given one character."""
    command = [sys.executable, "-m", "repair", *arguments]
    times: list[float] = []
    for _ in range(STARTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input="文\n".encode(), stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def profile() -> None:
    """The functions that take the time of sound documents, by corpus."""
    for name in CORPORA:
        texts = documents(name)
        warm, rest = parted(texts)
        repaired(warm)
        profiler = cProfile.Profile(time.process_time)
        profiler.enable()
        repaired(rest)
        profiler.disable()
        print(f"## {name}: {len(rest)} documents, {megabytes(rest):.1f} MB")
        pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(15)


def main() -> None:
    """Prints and keeps the table, or prints the profile."""
    if "--profile" in sys.argv:
        profile()
        return
    compiled()
    rows: list[Row] = []
    for name in CORPORA:
        rows += speeds(name, documents(name))
    with get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:  # nothing seen before
        for name in CORPORA:
            texts = documents(name)
            kept = fresh.apply(unedited, (texts,))
            share = f"{100 * len(kept) / len(texts):.0f} % that no stage changes"
            rows += fresh.apply(listed, (f"{name}, the {share}", kept))
    for name in CORPORA:
        rows += speeds(
            f"{name}, 1 % damaged", damaged(documents(name, first=DOCUMENTS)), by_stage=False
        )
    for name in CORPORA:
        rows += speeds(f"{name}, a paragraph a record", paragraphs(name), by_stage=False)
    rows += peers(documents("news"))
    rows += batches()
    rows += [
        ["start", f"repair {' '.join(arguments)}", f"{start(arguments):.2f} s of CPU", ""]
        for arguments in COMMANDS
    ]
    notes = [
        f"{DOCUMENTS} documents of {SIZE:,} characters a corpus, {PARAGRAPHS:,} paragraphs; a "
        f"third warms up, each is seen once, starts: best of {STARTS}. Data-Juicer's operators are "
        "composed by hand (benchmarks/recipes.py). The profile before and after the work on "
        "speed is in benchmarks/profile.txt."
    ]
    publish("scale", "Scale", ["on", "what", "figure", "times ftfy"], rows, notes)


if __name__ == "__main__":
    main()
