"""Where the project lies, for tests in any folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"

Run = Callable[..., "subprocess.CompletedProcess[str]"]
