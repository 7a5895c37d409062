"""Tells which interpreter this is and what Comet's event database would be made of.

    /usr/bin/python3
    3.11.2
    dbm.ndbm

Comet takes whatever `dbm` offers first. `dbm.dumb` rewrites its whole index for every event.
"""

import dbm
import os
import platform
import sys
import tempfile

if sys.version_info < (3, 8):
    sys.exit("older than Python 3.8")
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "probe")
    dbm.open(path, "c").close()
    print(sys.executable, platform.python_version(), dbm.whichdb(path), sep="\n")
