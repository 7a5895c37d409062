"""Ends a peer together with the test that started it.

A test that is killed cannot kill its peers. It holds the write end of their standard input, though, and the
system closes that whatever happens to the test: a tethered peer leaves when its standard input ends.
"""

import os
import sys
import threading

VARIABLE = "PEER_ENDS_WITH_STDIN"


def tie():
    """Ties this process to its standard input, if the environment asks for it."""
    if os.environ.pop(VARIABLE, None):
        threading.Thread(target=_leave_at_end, name="tether", daemon=True).start()


def _leave_at_end():
    while os.read(sys.__stdin__.fileno(), 4096):
        pass
    os._exit(0)
