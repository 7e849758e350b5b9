"""repair: cleans Chinese text in bulk, and asks where it is not sure.

>>> import repair
>>> repair.fix("中\u200b文").text
'中文'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from repair.commands.many import batch
    from repair.config import Config
    from repair.model import Document, Edit, Finding, Result

__all__ = ["Config", "Document", "Edit", "Finding", "Result", "batch", "compare", "fix"]

_HOMES = {
    "Config": "repair.config",
    "Document": "repair.model",
    "Edit": "repair.model",
    "Finding": "repair.model",
    "Result": "repair.model",
    "batch": "repair.commands.many",
}


def __getattr__(name: str) -> Any:
    """Public names load on first use, so that `import repair` and `repair --help` are fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'repair' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def fix(text: str, config: Config | None = None, doc_id: str = "-") -> Result:
    """Repairs one text.

    The result holds the repaired `text`, the `edits` that led to it and the `findings` that
    a person should judge; their offsets count code points of the given text."""
    from repair import pipeline
    from repair.model import Document, sha256_of
    from repair.residue import tables

    learnt = tables.merge([tables.collect(doc_id, text)])
    return pipeline.run(Document(doc_id, text, sha256_of(text), doc_id), config, learnt)


def compare(a: str, b: str) -> list[dict[str, Any]]:
    """Collates two versions of a text: one record a difference, in order, with the spans
    on both sides, its kind, who is likely wrong, and why."""
    from repair.collate import compare as run

    return run(a, b)
