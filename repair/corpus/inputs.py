"""What a batch reads: which files, in which order, of which kind, and their bytes.

Nothing read from a document is used as a path; names of files are only ever joined to OUT
after they were found below the PATH that the user gave.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

from repair.model import Document

KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".hocr": "xml",
    ".xml": "xml",
}
RECORDS = ("jsonl", "csv", "tsv", "parquet", "warc")  # files of many documents
FILES = ("text", "html", "xml")  # files of one
PACKED = {".gz": "gzip", ".zst": "zstd"}
# What a batch writes beside its folders.
RESULTS = re.compile(
    r"(articles|edits|versions|documents)\.jsonl|documents\.(csv|tsv|parquet)"
    r"|report\.(html|json)|tables\.json|queue\.db"
)
STDIN = "stdin"  # the name of what came by standard input
SNIFF = 8192  # characters looked at to tell text from a picture or an archive
# One character in 20 is a control that no text has: compressed data read as GB18030 has one
# in 9 or 10. A few may stand in any text.
CONTROLS = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")
FEW = 4
MEMORY = "does not fit into memory"
NAME, PATH = 255, 4095  # bytes of a file's name and of a path, on Linux and macOS nearly everywhere


class InputError(ValueError):
    """One line about one input: the file, the place in it, and what is wrong."""

    def __init__(self, path: str | Path, what: str, place: int | str = "") -> None:
        where = f"{path}:{place}" if place else path
        super().__init__(plain(f"{where}: {what}"))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _input_error, (str(self),)  # from a worker as it is


class ColumnsError(InputError):
    """A table without the columns of name and text: nothing of it can be written either."""


def _input_error(line: str) -> InputError:
    error = InputError.__new__(InputError)
    ValueError.__init__(error, line)
    return error


def defect(path: str, error: Exception, place: int | str = "") -> InputError:
    """What is said of an input that a defect of ours cannot cope with: it must not cost the
    other ones."""
    if isinstance(error, MemoryError):
        return InputError(path, MEMORY, place)
    return InputError(path, f"{type(error).__name__}: {error}", place)


def plain(name: str) -> str:
    """A name as it can stand in one line of a terminal: control characters escaped."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read. `name` is its path relative to the PATH given, with slashes and
    without the ending of its compression."""

    path: str
    name: str
    kind: str  # one of RECORDS or FILES
    packed: str = ""  # "gzip" or "zstd"

    @property
    def output(self) -> str:
        """Where the repaired text goes, below `text/`."""
        return self.name if self.name.endswith(".txt") else f"{self.name}.txt"

    @property
    def doc_id(self) -> str:
        """The name as an id: valid Unicode even where the file system's name is not."""
        if self.name.isascii():
            return self.name
        return self.name.encode("utf-8", "backslashreplace").decode("utf-8")


class Found:
    """All inputs below the paths, in the order of their names; `errors` fills on the way.

    OUT itself, and what other batches wrote, is passed over in an input folder; InputError
    where OUT is one of the paths. `listed` are files named one by one: each keeps its path
    as its name. `kind` is what files without a known ending are."""

    def __init__(
        self,
        paths: Sequence[Path],
        out: Path | None = None,
        listed: Iterable[str] = (),
        kind: str = "text",
    ) -> None:
        self.errors: list[InputError] = []
        self._paths = sorted(set(paths), key=lambda path: (path.name, str(path)))
        self._listed = sorted(set(listed))
        self._out = out.resolve() if out else None
        for path in self._paths:  # before anything is written there
            if path.is_dir() and path.resolve() == self._out:
                raise InputError(path, "is where the results go")
        self._near = False  # whether the path that is looked at lies below OUT
        self._kind = kind

    def __iter__(self) -> Iterator[Input]:
        for path in self._paths:
            self._near = self._out in path.resolve().parents
            if path.is_dir():
                below = self._below(path, path)
                if (first := next(below, None)) is None:
                    self.errors.append(InputError(path, "holds no file to read"))
                else:
                    yield from chain([first], below)
            elif os.path.lexists(path):
                yield from self._file(path, path.name)
            else:
                self.errors.append(InputError(path, "no such file or folder"))
        self._near = True
        for name in self._listed:
            if os.path.lexists(name):
                yield from self._file(Path(name), _name(name))
            else:
                self.errors.append(InputError(name, "no such file"))

    def _below(self, folder: Path, root: Path) -> Iterator[Input]:
        """The files of a folder and of the folders in it, one folder in memory at a time."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.errors.append(InputError(folder, error.strerror or "cannot be read"))
            return
        if folder != root and any(e.name == ".repair" and e.is_dir() for e in entries):
            return  # what another batch wrote is no input
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if path.resolve() != self._out:
                    yield from self._below(path, root)
            else:
                yield from self._file(path, path.relative_to(root).as_posix())

    def _file(self, path: Path, name: str) -> Iterator[Input]:
        """The input, if it is a file that ends: to read a pipe could take for ever."""
        try:
            if self._near and self._written(path):
                self.errors.append(InputError(path, "stands where the results go"))
            elif stat.S_ISREG(mode := path.stat().st_mode):
                item = made(str(path), name, self._kind)
                if self._fits(item):
                    yield item
                else:
                    self.errors.append(InputError(path, "its name is too long for a file in OUT"))
            elif stat.S_ISDIR(mode):
                self.errors.append(InputError(path, "is a link to a folder: name that as input"))
            else:
                self.errors.append(InputError(path, "is no regular file"))
        except OSError as error:
            self.errors.append(InputError(path, error.strerror or str(error)))

    def _fits(self, item: Input) -> bool:
        """Whether the text of a file can be written where it belongs."""
        if self._out is None or item.kind in RECORDS:
            return True
        output = os.fsencode(self._out / "text" / item.output)
        return len(output) <= PATH and len(output) - output.rfind(b"/") - 1 <= NAME

    def _written(self, path: Path) -> bool:
        """Whether a batch into OUT writes a file of this path: it would be the input's end."""
        here = path.resolve()
        if self._out is None or self._out not in here.parents:
            return False
        first, *below = here.relative_to(self._out).parts
        return first == "text" if below else RESULTS.fullmatch(first) is not None


def made(path: str, name: str, other: str = "text") -> Input:
    """The input of a file, its kind and compression told by its endings."""
    ending = PurePosixPath(name).suffix
    packed = PACKED.get(ending.lower(), "")
    if packed:
        name = name[: -len(ending)]
    return Input(path, name, KINDS.get(PurePosixPath(name).suffix.lower(), other), packed)


def _name(listed: str) -> str:
    """The name of a file that was listed by its path: that path, inside OUT in any case."""
    path, here = Path(listed).resolve(), Path.cwd()
    return (path.relative_to(here if path.is_relative_to(here) else path.anchor)).as_posix()


def listed_in(data: bytes) -> list[str]:
    """The paths of a list: with NUL between them, or one a line."""
    return [os.fsdecode(p) for p in data.split(b"\0" if b"\0" in data else b"\n") if p.strip()]


def read_bytes(path: str) -> bytes:
    """The file's bytes; InputError names the file and the system's reason."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(path, error.strerror or str(error)) from None
    except MemoryError:
        raise InputError(path, MEMORY) from None


def document_of(data: bytes, doc_id: str, path: str) -> Document:
    """Decoded bytes as a document. InputError for binary data."""
    from repair.encoding.decode import decode

    decoded = decode(data)
    head = decoded.text[:SNIFF]
    controls = len(CONTROLS.findall(head))
    if controls >= FEW and controls * 20 > len(head):
        raise InputError(path, "is no text (control characters)")
    sha = hashlib.sha256(data).hexdigest()
    return Document(
        doc_id, decoded.text, sha, doc_id, codec=decoded.codec, exact=decoded.exact
    )  # fmt: skip
