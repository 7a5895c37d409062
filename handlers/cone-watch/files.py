"""Reads files in the folders that a handler is granted.

Python's own open() finds nothing in a handler: its interpreter is built without a system. The folders are imports of the world
in wit/, which is all that it takes.
"""

from componentize_py_types import Err
from wit_world.imports import preopens
from wit_world.imports.host_filesystem_types import DescriptorFlags, ErrorCode, OpenFlags, PathFlags

# Read at once.
PIECE_BYTES = 64 << 10
# The longest file: a few thousand lines would do.
MAX_BYTES = 4 << 20


def read(path):
    """The text of a file by its path, such as /watch/list.csv. Raises OSError, which names it."""
    folder, rest = granted(path)
    pieces, length, ended = [], 0, False
    try:
        with folder.open_at(PathFlags.SYMLINK_FOLLOW, rest, OpenFlags(0), DescriptorFlags.READ) as file:
            while not ended and length <= MAX_BYTES:
                piece, ended = file.read(PIECE_BYTES, length)
                pieces.append(piece)
                length += len(piece)
    except Err as error:
        raise OSError(f"cannot read '{path}': {words(error.value)}") from None
    if length > MAX_BYTES:
        raise OSError(f"cannot read '{path}': it is longer than {MAX_BYTES} bytes")
    return b"".join(pieces).decode("utf-8", "replace")


def granted(path):
    """The granted folder that a path lies in, and the rest of the path."""
    folders = preopens.get_directories()
    for folder, name in folders:
        beginning = name.rstrip("/") + "/"
        if path.startswith(beginning):
            return folder, path[len(beginning) :]
    names = ", ".join(name for _, name in folders) or "none"
    raise OSError(f"cannot read '{path}': it is in no folder that is granted (granted: {names}); see [grants]")


def words(code):
    return {
        ErrorCode.NO_ENTRY: "there is no such file",
        ErrorCode.ACCESS: "the broker's user may not read it",
        ErrorCode.NOT_PERMITTED: "it leads out of the granted folder",
        ErrorCode.IS_DIRECTORY: "it is a folder",
    }.get(code, code.name.lower().replace("_", " "))
