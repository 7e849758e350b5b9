"""The command line: parses and calls, nothing else.

Data goes to stdout, progress and messages to stderr. Exit status: 0 nothing left to review,
1 findings remain, 2 usage or input error (2 wins over 1).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from repair.config import ORIGINS

app = typer.Typer(
    name="repair",
    help="Cleans Chinese text in bulk: encoding damage, web and print residue, likely typos.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
lm_app = typer.Typer(help="The character language model.", no_args_is_help=True)
app.add_typer(lm_app, name="lm")

Unsure = Annotated[
    str, typer.Option(help="A reading that is not sure: mark it □, guess it, or keep the damage.")
]
Stages = Annotated[str, typer.Option(help="Only these stages, with commas between.")]
Typos = Annotated[str, typer.Option(help="off, cheap (default), or model: score every sentence.")]
Punctuation = Annotated[str, typer.Option(help="keep (default), or fullwidth: restore ，（）.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even if findings remain.")]
Host = Annotated[str, typer.Option(help="Another than loopback needs a password file.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 means any that is free.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="The password's salted hash; made if it is not there.")
]
Out = Annotated[Path, typer.Argument(help="The folder that `repair batch` wrote.")]


def fail(message: str) -> NoReturn:
    """Says what is wrong in one line; exit status 2."""
    from repair.corpus.inputs import plain

    print(f"repair: {plain(message)}", file=sys.stderr)
    raise SystemExit(2)


def _leave(findings: int, errors: int, exit_zero: bool) -> NoReturn:
    raise SystemExit(2 if errors else 1 if findings and not exit_zero else 0)


def _config(origins: list[str] | None = None, **given: str) -> Any:
    """The configuration of the folder, with what the command line says on top."""
    from repair import config

    settings = config.load(Path.cwd())
    for key, value in given.items():
        if value:
            settings[key] = value.split(",") if key == "stages" else value
    settings["origins"] = [*(origins or ()), *settings.get("origins", ())]
    return config.make(settings, "command line")


@app.command()
def fix(
    file: Annotated[str, typer.Argument(help="A text file, or - for standard input.")] = "-",
    diff: Annotated[bool, typer.Option("--diff", help="Show a unified diff.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if anything is wrong.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what was done, where and why.")
    ] = False,
    format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    unsure: Unsure = "",
    stages: Stages = "",
    typos: Typos = "",
    punctuation: Punctuation = "",
    exit_zero: ExitZero = False,
) -> None:
    """Repair one text: text in, repaired text out."""
    from repair.commands import one

    if format not in ("text", "json"):
        fail(f"--format must be text or json, not '{format}'")
    config = _config(unsure=unsure, stages=stages, typos=typos, punctuation=punctuation)
    result = one.run(file, config)
    if format == "json":
        print(one.as_json(result))
    elif diff:
        sys.stdout.write(one.as_diff(result))
    elif explain:
        sys.stdout.write(one.as_explanation(result))
    elif not check:
        sys.stdout.buffer.write(result.text.encode("utf-8", "surrogatepass"))
    asked = len(result.findings) + (len(result.edits) if check else 0)
    _leave(asked, 0, exit_zero)


@app.command()
def batch(
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            readable=False,  # not asked here: one that may not be read costs no other
            help="Files and folders: texts, pages, OCR, records; - is stdin.",
        ),
    ] = None,
    files_from: Annotated[
        str, typer.Option(help="A list of files (- is stdin), one a line or with NUL between.")
    ] = "",
    kind: Annotated[
        str, typer.Option(help="What stdin and files without a known ending are: text, jsonl, …")
    ] = "text",
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 means one a core.")] = 0,
    stages: Stages = "",
    unsure: Unsure = "",
    typos: Typos = "",
    punctuation: Punctuation = "",
    reference: Annotated[
        list[Path] | None, typer.Option(help="Trusted versions, a file or folder.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="PATTERN=ORIGIN: where documents of such ids come from, e.g. scan/*=ocr."
        ),
    ] = None,
    id_key: Annotated[str, typer.Option(help="The column of a record's id.")] = "id",
    text_key: Annotated[str, typer.Option(help="The column of a record's text.")] = "text",
    articles: Annotated[
        Path | None, typer.Option(help="Also write each article as a file here.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Only the first so many documents.")] = 0,
    sample: Annotated[int, typer.Option(min=0, help="Only so many, spread over all.")] = 0,
    largest: Annotated[
        int, typer.Option(min=1, help="A document of more MB is refused, so that memory lasts.")
    ] = 64,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count only; write nothing.")
    ] = False,
    resume: Annotated[
        bool, typer.Option(help="Go on from what earlier runs left in OUT; else begin anew.")
    ] = True,
    log: Annotated[
        Path | None, typer.Option(help="Add events to this file, as JSON lines.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local, or spark on a cluster.")] = "local",
    master: Annotated[str, typer.Option(help="With --engine spark: the cluster's address.")] = "",
    queue: Annotated[str, typer.Option(help="The review queue's address.")] = "",
    exit_zero: ExitZero = False,
) -> None:
    """Repair many texts into OUT; a batch that was stopped goes on where it was."""
    from repair.commands import many

    config = _config(origin, unsure=unsure, stages=stages, typos=typos, punctuation=punctuation)
    given: dict[str, Any] = {
        "jobs": jobs, "id_key": id_key, "text_key": text_key, "reference": tuple(reference or ()),
        "kind": kind, "largest": largest << 20, "limit": limit, "sample": sample,
        "dry_run": dry_run, "resume": resume, "engine": engine, "master": master,
    }  # fmt: skip
    findings, errors = many.run_batch(
        many.asked(paths or [], files_from, out, given), config, queue, articles, log
    )
    _leave(findings, errors, exit_zero)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="One version.")],
    b: Annotated[Path, typer.Argument(help="Another version.")],
    format: Annotated[str, typer.Option("--format", help="human, jsonl or html.")] = "human",
    origin_a: Annotated[
        str, typer.Option(help=f"Where A comes from: {', '.join(ORIGINS)}; else found out.")
    ] = "",
    origin_b: Annotated[str, typer.Option(help="Where B comes from.")] = "",
    exit_zero: ExitZero = False,
) -> None:
    """Compare two versions of a text: what differs, who is likely wrong, and why."""
    from repair.commands import one

    for origin in (origin_a, origin_b):
        if origin and origin not in ORIGINS:
            fail(f"an origin must be one of {', '.join(ORIGINS)}, not '{origin}'")
    if format not in ("human", "jsonl", "html"):
        fail(f"--format must be human, jsonl or html, not '{format}'")
    shown, differences = one.compared(
        a, b, format, sys.stdout.isatty(), (origin_a or None, origin_b or None)
    )
    sys.stdout.write(shown)
    _leave(differences, 0, exit_zero)


@app.command()
def rules(
    code: Annotated[str, typer.Argument(help="A rule's code, or the start of some.")] = "",
) -> None:
    """Show what each rule does, with examples."""
    from repair.commands import one

    if not (shown := one.rules_shown(code)):
        fail(f"no rule begins with '{code}'")
    sys.stdout.write(shown)


@app.command()
def diff(
    out: Out,
    doc: Annotated[str, typer.Argument(help="Only this document.")] = "",
) -> None:
    """Show what changed, original beside repaired, as unified diffs."""
    from repair.commands import many

    try:
        sys.stdout.writelines(many.differences(out, doc))
    except KeyError:
        fail(f"{out}: no document '{doc}'")


@app.command()
def review(
    out: Out,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="By keyboard, without a browser.")
    ] = False,
    host: Host = "127.0.0.1",
    port: Port = 0,
    password_file: PasswordFile = None,
    browser: Annotated[bool, typer.Option(help="Open the page.")] = True,
    second: Annotated[
        bool | None, typer.Option(help="From now on two people must agree on a decision.")
    ] = None,
) -> None:
    """Work through the review queue."""
    from repair.commands import people

    people.review(
        out, terminal=terminal, host=host, port=port, password_file=password_file,
        browser=browser, second=second,
    )  # fmt: skip


@app.command()
def phrases(
    before: Annotated[str, typer.Argument(help="The words as they stand.")] = "",
    after: Annotated[str, typer.Argument(help="The words as they should be.")] = "",
    accept: Annotated[bool, typer.Option("--accept", help="Always write them so.")] = False,
    ignore: Annotated[bool, typer.Option("--ignore", help="Never propose it again.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take this rule out.")] = False,
) -> None:
    """List your own rules, add one, or take one out."""
    from repair.commands import people

    asked = [n for n, on in (("accept", accept), ("ignore", ignore), ("undo", undo)) if on]
    if len(asked) > 1 or bool(asked) != bool(before):
        fail("say BEFORE AFTER with one of --accept, --ignore, --undo, or nothing for a list")
    people.phrases(before, after, "".join(asked))


@app.command()
def serve(
    out: Annotated[
        Path | None, typer.Argument(help="A batch's folder, whose queue is served too.")
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 0,
    password_file: PasswordFile = None,
    unsure: Unsure = "",
    stages: Stages = "",
    typos: Typos = "",
    punctuation: Punctuation = "",
) -> None:
    """Serve fix, compare and the queue as JSON to other programs."""
    from repair.commands import people

    config = _config(unsure=unsure, stages=stages, typos=typos, punctuation=punctuation)
    people.serve(out, host, port, password_file, config)


@app.command()
def apply(
    out: Out,
    decisions: Annotated[
        Path | None, typer.Option(help="Take decisions from a CSV file first.")
    ] = None,
    accept_above: Annotated[
        float | None, typer.Option(help="Accept findings of this confidence or more first.")
    ] = None,
    rule: Annotated[str, typer.Option(help="With --accept-above: only this rule.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask back.")] = False,
    exit_zero: ExitZero = False,
) -> None:
    """Write the decisions into the text."""
    from repair.commands import decide

    _leave(decide.apply(out, decisions, accept_above, rule, yes), 0, exit_zero)


@app.command()
def undo(
    out: Out,
    everything: Annotated[bool, typer.Option("--all", help="Every edit and decision.")] = False,
    finding: Annotated[str, typer.Option(help="The one with this id.")] = "",
    pattern: Annotated[str, typer.Option(help="All of this pattern.")] = "",
    rule: Annotated[str, typer.Option(help="All of this rule.")] = "",
    by: Annotated[str, typer.Option(help="All decisions of this reviewer.")] = "",
    since: Annotated[str, typer.Option(help="All decisions since this time (ISO 8601).")] = "",
) -> None:
    """Take back applied edits and decisions; with --all the inputs stand there again."""
    from repair.commands import decide

    named = {"finding": finding, "pattern": pattern, "rule": rule, "by": by, "since": since}
    chosen = {key: value for key, value in named.items() if value}
    if everything == bool(chosen):
        fail("say what to take back: --all, or one of --finding, --pattern, --rule, --by, --since")
    decide.undo(out, everything, **chosen)


@app.command()
def export(
    out: Out,
    to: Annotated[
        str, typer.Option("--to", help="jsonl, csv, label-studio, argilla or sarif.")
    ] = "jsonl",
    target: Annotated[Path | None, typer.Option("-o", help="A file instead of stdout.")] = None,
) -> None:
    """Write findings and decisions in another tool's format."""
    from repair.commands import decide

    decide.export(out, to, target)


@app.command("import")
def import_(
    out: Out,
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines, Label Studio or Argilla.")],
) -> None:
    """Take decisions made elsewhere into the queue; `repair apply` writes them."""
    from repair.commands import decide

    decide.take(out, file)


@lm_app.command("build")
def lm_build(
    corpus: Annotated[list[str], typer.Argument(help="Clean text, one paragraph a line.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The model file to write.")],
    size: Annotated[int, typer.Option(help="The most bytes that it may take.")] = 16_000_000,
) -> None:
    """Build a model of a domain of your own."""
    from repair.lm import train

    train.build(corpus, out, size=size)


@lm_app.command("score")
def lm_score(
    file: Annotated[str, typer.Argument(help="A text file, or - for standard input.")] = "-",
    model: Annotated[str, typer.Option(help="A model file; none means the shipped one.")] = "",
) -> None:
    """Score each line: nats a character, and the line."""
    from repair.commands import one

    for line in one.scored(file, model):
        print(line)


def main() -> None:
    """Runs the command line, as the command `repair` does, for a process that goes on."""
    from repair.__main__ import main as run

    run()


if __name__ == "__main__":
    from repair.__main__ import start

    start()
