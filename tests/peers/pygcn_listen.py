"""Subscribes with the real `gcn.listen` of pygcn and keeps every packet as a file.

    pygcn_listen.py HOST PORT FOLDER

Payloads are written byte for byte to FOLDER/00000001.xml, 00000002.xml, ... in the order of arrival. A name
appears when its file is complete. Each is told in one line, after pygcn's own log of connections:

    pygcn_listen: received number=1 bytes=3456 time=1763640000.123456
"""

import logging
import os
import sys
import time

import gcn
import tether


def keeper(folder):
    """A handler for pygcn that files payloads in a folder."""
    count = 0

    def keep(payload, _root):
        nonlocal count
        arrival = time.time()
        count += 1
        path = os.path.join(folder, f"{count:08}.xml")
        with open(path + ".part", "wb") as file:
            file.write(payload)
        os.rename(path + ".part", path)
        print(f"pygcn_listen: received number={count} bytes={len(payload)} time={arrival:.6f}", flush=True)

    return keep


def main():
    """Listens until it is ended from outside."""
    if len(sys.argv) != 4:
        sys.exit("usage: pygcn_listen.py HOST PORT FOLDER")
    host, port, folder = sys.argv[1:]
    tether.tie()
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.makedirs(folder, exist_ok=True)
    gcn.listen(host=host, port=int(port), handler=keeper(folder))


if __name__ == "__main__":
    main()
