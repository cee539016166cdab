# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a terminal of its own: what stands on the screen, keys, sizes, and how it left the terminal."""

import fcntl
import os
import pty
import re
import selectors
import signal
import struct
import subprocess
import termios
import time

import pyte

DEADLINE = 30  # seconds; for what should come at once
COLOURS = re.compile(rb"\x1b\[[0-9;]*(?:3[0-79]|4[0-79]|9[0-7])(?:;[0-9;]*)?m")  # SGR 30-37, 39, 40-47, 49, 90-97


class Terminal:
    """Runs argv on a pseudo terminal; leaving the with block kills it, if it is still there.

    stdin: a descriptor to be its standard input instead. environment: on top of a small one.
    """

    def __init__(self, argv, columns=80, rows=24, term="xterm-256color", stdin=None, **environment):
        variables = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": term, **environment}
        if "ASAN_OPTIONS" in os.environ:
            variables["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.resize(columns, rows)
        self.modes = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([str(word) for word in argv], stdin=self.slave if stdin is None else stdin,
                                        stdout=self.slave, stderr=self.slave, env=variables, preexec_fn=self._take_terminal)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.master, selectors.EVENT_READ)

    def _take_terminal(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._selector.close()
        os.close(self.master)
        os.close(self.slave)

    @property
    def lines(self):
        return list(self.screen.display)

    @property
    def text(self):
        return "\n".join(self.lines)

    def resize(self, columns, rows):
        """As a user does with a window: who runs in it is told by a signal."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys)

    def _read(self, wait):
        for _ in self._selector.select(wait):
            data = os.read(self.master, 65536)
            self.raw += data
            self._stream.feed(data)

    def wait_for(self, look, seconds=DEADLINE):
        """Until look() is true, or a text or pattern is on the screen. False when that does not happen in time."""
        wanted, until = look, time.monotonic() + seconds
        if isinstance(look, str):
            look = lambda: wanted in self.text
        elif isinstance(look, re.Pattern):
            look = lambda: wanted.search(self.text)
        while not look():
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._read(min(left, 0.2))
        return True

    def settle(self):
        """Until nothing more comes for a moment: a picture comes in pieces."""
        while self._selector.select(0.2):
            self._read(0)

    def end(self):
        """Its exit status, once it has ended by itself, and all that it wrote is read."""
        self.wait_for(lambda: self.process.poll() is not None)
        while self._selector.select(0):
            self._read(0)
        return self.process.poll()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.end()

    def restored(self):
        """Whether the terminal is as it was: modes, cursor, and the screen of before."""
        left = self.raw.rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h") if b"\x1b[?1049h" in self.raw else True
        cursor = self.raw.rfind(b"\x1b[?25l") <= self.raw.rfind(b"\x1b[?25h")
        return termios.tcgetattr(self.slave) == self.modes and left and cursor

    def coloured(self):
        return COLOURS.search(self.raw) is not None
