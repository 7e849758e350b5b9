"""`repair.toml` or `[tool.repair]` -> Config. An unknown key is an error."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repair.phrasebook import NAME, Phrase, PhraseError, Table, phrases

STAGES = ("phrases", "encoding", "characters", "residue", "layout", "typos", "collate")
ORIGINS = ("born-digital", "converted", "ocr", "unknown")  # of a document


class ConfigError(ValueError):
    """A setting that does not exist or has a value that it cannot have."""


CHOICES: dict[str, tuple[str, ...]] = {
    "unsure": ("mark", "guess", "keep"),
    "typos": ("off", "cheap", "model"),
    "punctuation": ("keep", "fullwidth"),
    "metadata": ("keep", "remove"),
}


@dataclass(frozen=True, slots=True)
class Config:
    """All that decides what happens to a text; equal configurations give equal bytes."""

    stages: tuple[str, ...] = STAGES
    unsure: str = "mark"  # a reading that is not sure: □, the best guess, or left as it is
    typos: str = "cheap"  # "model" also scores every sentence
    punctuation: str = "keep"  # "fullwidth" restores ，（） in Chinese text
    metadata: str = "keep"  # whether date, source and byline lines stay in the text
    select: tuple[str, ...] = ()  # rule code prefixes to run; empty means all
    ignore: tuple[str, ...] = ()  # rule code prefixes not to run
    protect: tuple[str, ...] = ()  # words that no stage may touch
    origins: tuple[str, ...] = ()  # "PATTERN=ORIGIN": where documents of such ids come from
    neural: str = ""  # folder of a masked language model that gives a second opinion on typos
    phrases: tuple[Phrase, ...] = ()  # the user's own rules (repair/phrases)

    def runs(self, code: str) -> bool:
        """Whether the rule with this code is on."""
        if code.startswith(self.ignore):
            return False
        return not self.select or code.startswith(self.select)

    def origin(self, doc_id: str) -> str | None:
        """Where the document is said to come from, by the first pattern that its id fits
        (`*` and `?` stand for any characters); None if it is to be found out."""
        pairs = (stated.rsplit("=", 1) for stated in self.origins)
        return next((origin for pattern, origin in pairs if fnmatchcase(doc_id, pattern)), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, in a fixed order, for hashing and for the report."""
        return asdict(self)


def make(settings: dict[str, Any], where: str = "configuration") -> Config:
    """A Config from plain settings; ConfigError names the bad key and the file."""
    known = {f.name for f in fields(Config)}
    for key, value in settings.items():
        if key not in known:
            raise ConfigError(f"{where}: unknown key '{key}'")
        if key in CHOICES and value not in CHOICES[key]:
            raise ConfigError(f"{where}: {key} must be one of {', '.join(CHOICES[key])}")
        if key == "neural":
            _neural(value, where)
        elif key not in (*CHOICES, "phrases") and not (
            isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        ):
            raise ConfigError(f"{where}: {key} must be a list of strings")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    if "phrases" in settings:
        try:
            plain["phrases"] = phrases(settings["phrases"], f"{where}: phrases")
        except PhraseError as error:
            raise ConfigError(str(error)) from None
    config = replace(Config(), **plain)
    for stage in config.stages:
        if stage not in STAGES:
            raise ConfigError(
                f"{where}: unknown stage '{stage}', the stages are {', '.join(STAGES)}"
            )
    for prefix in (*config.select, *config.ignore):
        _begins_some_rule(prefix, where)
    for stated in config.origins:
        if stated.rpartition("=")[2] not in ORIGINS or "=" not in stated:
            raise ConfigError(
                f"{where}: origins are PATTERN=ORIGIN, with one of {', '.join(ORIGINS)}: '{stated}'"
            )
    return replace(config, stages=tuple(s for s in STAGES if s in config.stages))


def _begins_some_rule(prefix: str, where: str) -> None:
    """Says that a prefix is misspelt, which would switch off nothing, or everything."""
    from repair.rules import all_rules

    if not any(code.startswith(prefix) for code in all_rules()):
        raise ConfigError(f"{where}: no rule begins with '{prefix}'")


def _neural(value: Any, where: str) -> None:
    """Says at once what would else fail at the first document."""
    if not isinstance(value, str) or (value and not Path(value).is_dir()):
        raise ConfigError(f"{where}: neural must be the folder of a model")
    if value and find_spec("torch") is None:
        raise ConfigError(f"{where}: neural needs torch: pip install 'repair[neural]'")


def load(folder: Path) -> dict[str, Any]:
    """The settings of `repair.toml`, else of `[tool.repair]` in `pyproject.toml`, with the
    rows of the phrase table that they name, else of `phrases.jsonl` in the folder."""
    settings, where = _settings(folder)
    table = phrase_table(folder)
    rows = _rows(table)
    if rows:
        settings["phrases"] = rows
    elif "phrases" in settings:
        del settings["phrases"]
    make(settings, where)
    return settings


def phrase_table(folder: Path) -> Table:
    """The user's own rules as the folder's configuration has them."""
    settings, where = _settings(folder)
    name = settings.get("phrases", NAME)
    if not isinstance(name, str):
        raise ConfigError(f"{where}: phrases must be the path of a file")
    return Table(folder / name)


def _rows(table: Table) -> list[dict[str, Any]]:
    try:
        return table.rows()
    except PhraseError as error:
        raise ConfigError(str(error)) from None


def _settings(folder: Path) -> tuple[dict[str, Any], str]:
    """The first settings that the folder has, as they stand, and where they stand."""
    for path, keys in (
        (folder / "repair.toml", ()),
        (folder / "pyproject.toml", ("tool", "repair")),
    ):
        if not path.is_file():
            continue
        try:
            settings: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
        for key in keys:
            settings = settings.get(key, {})
            if not isinstance(settings, dict):
                raise ConfigError(f"{path}: '{key}' must be a table")
        if settings:
            return dict(settings), str(path)
    return {}, str(folder)
