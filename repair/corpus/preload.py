"""Imported first in the process that workers are forked from.

A terminal sends Ctrl-C to all of them: they end at once and say nothing, the process that started
them says what there is to say. One that was started to go on in the background ignores it, and so
do they.
"""

import gc
import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see `forking.begin`

gc.set_threshold(200_000)  # all that is imported stays
