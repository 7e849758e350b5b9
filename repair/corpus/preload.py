"""Imported first in the process that workers are forked from.

A terminal sends Ctrl-C to all of them: they end at once and say nothing, the process that started
them says what there is to say. One that was started to go on in the background ignores it, and so
do they.
"""

import gc
import signal
import sys
from types import TracebackType

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see `forking.begin`


def _said(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What a worker says that cannot begin: nothing where what it shares with the process that
    wanted it is gone, as that has ended meanwhile."""
    if not issubclass(kind, (FileNotFoundError, EOFError)):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _said
gc.set_threshold(200_000)  # all that is imported stays
