"""Runs a program on a pseudo-terminal of so many columns, and keeps what the terminal got."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading


class Terminal:
    """A program with the named streams on the terminal; the others as Popen has them.

        with Terminal(command, streams=("stderr",)) as terminal:
            ...
            status = terminal.wait(10)
        text = terminal.text()
    """

    def __init__(self, command, columns=80, streams=("stdin", "stdout", "stderr"), **more):
        self.command, self.columns, self.streams, self.more = command, columns, streams, more
        self.shown = []
        self.going = threading.Event()
        self.going.set()

    def __enter__(self):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
        self.reader = threading.Thread(target=self._read)
        try:
            self.process = subprocess.Popen(self.command, **self.more,
                                            **dict.fromkeys(self.streams, slave))
        finally:
            os.close(slave)
        self.reader.start()
        return self

    def _read(self):
        # A terminal whose last user is gone gives EIO.
        try:
            while chunk := os.read(self.master, 4096):
                self.shown.append(chunk)
                self.going.wait()
        except OSError:
            pass

    def wait(self, seconds):
        return self.process.wait(timeout=seconds)

    def type(self, text):
        os.write(self.master, text.encode())

    def hold(self):
        """Stops reading, but for what is read at the moment."""
        self.going.clear()

    def go_on(self):
        self.going.set()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.going.set()
        self.reader.join()
        os.close(self.master)

    def text(self):
        return b"".join(self.shown).decode()
