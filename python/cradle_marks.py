"""Marks: a measured program tells `cradle run` where its epochs and stages lie. One file, no dependency.

    from cradle_marks import mark
    mark("epochs=50")
    for epoch in range(1, 51):
        ...
        mark(f"epoch-{epoch}")

Outside of `cradle run` a mark does nothing. It never blocks, never raises, never kills by SIGPIPE; what cannot be
sent at once is lost: a meter in trouble must not touch the program.

CRADLE_MARKS is the number of a pipe's descriptor, or the absolute path of a Unix datagram socket. A child may have
closed that number and opened a file under it: only a pipe is written to, and only the one whose inode is
CRADLE_MARKS_INODE where that is set. Else the mark goes to the datagram socket CRADLE_MARKS_SOCKET, if there is one.
"""

import os
import select
import signal
import socket
import stat
import time

_LONGEST_NAME = 400  # bytes; with its time a line stays below POSIX's least PIPE_BUF, 512: lines never mix


def mark(name):
    """Marks this instant: "epoch-3" when epoch 3 has ended, "val_loss=0.31" for a metric, or any name."""
    try:
        fd, path = _pipe(), _socket_path()
        if fd is not None or path:
            line = _line(name)
            _write(fd, line) if fd is not None else _send(path, line)
    except Exception:  # noqa: BLE001 - whatever went wrong, the training goes on
        pass


def metric(name, value):
    """Marks a metric: metric("val_loss", 0.31). What is not a number is left out."""
    try:
        mark(f"{'_'.join(str(name).split())}={float(value):.6g}")
    except Exception:  # noqa: BLE001 - a value that does not become a float
        pass


def _line(name):
    raw = str(name).encode("utf-8", "replace")[:_LONGEST_NAME]
    for end in (b"\n", b"\r", b"\0"):
        raw = raw.replace(end, b" ")
    return b"@%.9f " % time.clock_gettime(time.CLOCK_BOOTTIME) + raw + b"\n"


def _pipe():
    """The number in CRADLE_MARKS if what is open there is the pipe of the marks."""
    text = os.environ.get("CRADLE_MARKS", "")
    if not (text.isascii() and text.isdigit()):
        return None
    try:
        at = os.fstat(int(text))
    except (OSError, OverflowError):
        return None
    inode = os.environ.get("CRADLE_MARKS_INODE", "")
    if not stat.S_ISFIFO(at.st_mode) or (inode and inode != str(at.st_ino)):
        return None
    return int(text)


def _socket_path():
    path = os.environ.get("CRADLE_MARKS", "")
    if not path.startswith("/"):
        path = os.environ.get("CRADLE_MARKS_SOCKET", "")
    return path if path.startswith("/") else None


def _write(fd, line):
    try:  # an own description of the pipe, so that nobody else's flags change
        own = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # no /proc, or nobody reads
        own = None
        if not select.select([], [fd], [], 0)[1]:
            return
    # Python ignores SIGPIPE, but a program may have restored it: it is held back, and taken away if this write raised it.
    pending = signal.SIGPIPE in signal.sigpending()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])
    try:
        os.write(fd if own is None else own, line)
    except BrokenPipeError:
        if not pending:
            signal.sigtimedwait([signal.SIGPIPE], 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if own is not None:
            os.close(own)


def _send(path, line):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)
        to.sendto(line, path)
