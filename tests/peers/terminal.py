"""A terminal of some size with a program in it, for a test that presses keys and looks at the screen.

    terminal.py WIDTH HEIGHT PROGRAM [ARGUMENT]...

Each line of standard input is an order in JSON, each line of standard output its answer:

    {"press": "text"}                   keys, as the bytes that a terminal sends for them
    {"look": true}                      the lines of the screen
    {"size": [WIDTH, HEIGHT]}           another size
    {"signal": 15}                      a signal for the program
    {"end": SECONDS}                    waits for its end: its exit code (negative: a signal), and how it left the terminal

It knows as much of a terminal as ratatui's backend writes: the cursor moved and hidden, text, the screen wiped, the other
screen taken and left. Anything else that would move what is shown is a fault that the answer tells.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

SEQUENCE = re.compile(rb"\x1b\[([?>=]?)([0-9;:]*)([@-~])")


class Screen:
    """What stands on a screen, by what was written to it."""

    def __init__(self, width, height):
        self.resize(width, height)
        self.is_other, self.has_cursor, self.left, self.unknown = False, True, b"", []

    def resize(self, width, height):
        self.width, self.height, self.x, self.y = width, height, 0, 0
        self.cells = [[" "] * width for _ in range(height)]

    def write(self, written):
        written = self.left + written
        self.left = b""
        while written:
            if written[:1] == b"\x1b":
                found = SEQUENCE.match(written)
                if not found:
                    if len(written) < 32:
                        self.left = written
                        return
                    self.unknown.append(repr(written[:8]))
                    written = written[1:]
                    continue
                self.order(*(part.decode() for part in found.groups()))
                written = written[found.end():]
                continue
            end = written.find(b"\x1b")
            text, rest = (written, b"") if end < 0 else (written[:end], written[end:])
            try:
                shown = text.decode()
            except UnicodeDecodeError as fault:
                shown = text[:fault.start].decode()
                if not rest:
                    self.left = text[fault.start:]
            for character in shown:
                self.show(character)
            written = rest

    def show(self, character):
        if character == "\r":
            self.x = 0
        elif character == "\n":
            self.y = min(self.y + 1, self.height - 1)
        elif ord(character) < 32:
            self.unknown.append(repr(character))
        elif self.x < self.width and self.y < self.height:
            self.cells[self.y][self.x] = character
            self.x += 1

    def order(self, mark, arguments, letter):
        numbers = [int(number or 0) for number in re.split("[;:]", arguments)]
        if mark == "?" and letter in "hl":
            if numbers == [1049]:
                self.is_other = letter == "h"
                self.resize(self.width, self.height)
            elif numbers == [25]:
                self.has_cursor = letter == "h"
        elif letter == "H":
            row, column = (numbers + [1, 1])[:2] if arguments else (1, 1)
            self.y, self.x = max(row, 1) - 1, max(column, 1) - 1
        elif letter == "J" and numbers[0] == 2:
            self.cells = [[" "] * self.width for _ in range(self.height)]
        elif letter == "m":
            pass
        else:
            self.unknown.append(mark + arguments + letter)

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]


class Terminal:
    def __init__(self, width, height, command):
        self.ours, self.theirs = pty.openpty()
        self.screen = Screen(width, height)
        self.set_size(width, height)
        self.before = termios.tcgetattr(self.theirs)

        def take():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        environment = dict(os.environ, TERM="xterm-256color")
        self.program = subprocess.Popen(command, stdin=self.theirs, stdout=self.theirs, stderr=self.theirs,
                                        preexec_fn=take, env=environment)

    def set_size(self, width, height):
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, seconds):
        """Takes what was written, until nothing comes for so long."""
        while select.select([self.ours], [], [], seconds)[0]:
            self.screen.write(os.read(self.ours, 65536))

    def obey(self, order):
        if "press" in order:
            os.write(self.ours, order["press"].encode())
            return {}
        if "size" in order:
            width, height = order["size"]
            self.read(0)
            self.screen.resize(width, height)
            self.set_size(width, height)
            return {}
        if "signal" in order:
            self.program.send_signal(order["signal"])
            return {}
        if "end" in order:
            return self.end(order["end"])
        self.read(0.02)
        return {"lines": self.screen.lines(), "unknown": self.screen.unknown}

    def end(self, seconds):
        deadline = time.monotonic() + seconds
        while self.program.poll() is None and time.monotonic() < deadline:
            self.read(0.02)
        self.read(0)
        screen = self.screen
        return {
            "code": self.program.poll(), "lines": screen.lines(), "unknown": screen.unknown,
            "is_as_before": termios.tcgetattr(self.theirs) == self.before,
            "has_cursor": screen.has_cursor, "is_other_screen": screen.is_other,
        }


def main():
    terminal = Terminal(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    try:
        for line in sys.stdin:
            print(json.dumps(terminal.obey(json.loads(line))), flush=True)
    finally:
        if terminal.program.poll() is None:
            terminal.program.kill()
            terminal.program.wait()


main()
