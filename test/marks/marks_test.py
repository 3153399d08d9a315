"""python/cradle_marks.py follows the protocol, and harms no program: python3 marks_test.py"""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python")
sys.path.insert(0, FOLDER)

import cradle_marks  # noqa: E402
from cradle_marks import mark, metric  # noqa: E402


class Marks(unittest.TestCase):
    def setUp(self):
        for name in ("CRADLE_MARKS", "CRADLE_MARKS_INODE", "CRADLE_MARKS_SOCKET"):
            os.environ.pop(name, None)
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)

    def tearDown(self):
        for fd in (self.reader, self.writer):
            try:
                os.close(fd)
            except OSError:
                pass

    def names(self, fd=None):
        try:
            lines = os.read(self.reader if fd is None else fd, 65536).decode().splitlines()
        except BlockingIOError:
            return []
        return [line.split(" ", 1)[1] for line in lines]

    def test_a_mark_is_one_line_with_its_instant(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)
        import time

        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        mark("epoch\n1")
        line = os.read(self.reader, 4096).decode()
        self.assertTrue(line.startswith("@") and line.endswith(" epoch 1\n"), line)
        self.assertLess(abs(float(line[1 : line.index(" ")]) - before), 5)

    def test_a_long_name_is_cut_and_a_number_becomes_a_metric(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)
        mark("x" * 3000)
        self.assertEqual(self.names(), ["x" * 400])
        metric("val loss", 0.25)
        metric("val_acc", "no number")
        metric("val_acc", object())
        self.assertEqual(self.names(), ["val_loss=0.25"])

    def test_nothing_happens_outside_of_a_run_or_with_nonsense(self):
        mark("x")
        for nonsense in ("", "7 or so", "987654", "99999999999999999999", "-1", "/nonexistent", "\u00b2"):
            os.environ["CRADLE_MARKS"] = nonsense
            mark("x")

    def test_a_file_that_took_the_number_is_not_written_to(self):
        with tempfile.TemporaryFile() as file:
            os.environ["CRADLE_MARKS"] = str(file.fileno())
            mark("x")
            self.assertEqual(os.fstat(file.fileno()).st_size, 0)

    def test_only_the_pipe_of_the_inode_is_written_to(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)
        os.environ["CRADLE_MARKS_INODE"] = str(os.fstat(self.writer).st_ino + 1)
        mark("x")
        self.assertEqual(self.names(), [])
        os.environ["CRADLE_MARKS_INODE"] = str(os.fstat(self.writer).st_ino)
        mark("y")
        self.assertEqual(self.names(), ["y"])

    def test_a_full_pipe_loses_the_mark_and_keeps_its_flags(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)
        os.set_blocking(self.writer, False)
        try:
            while True:
                os.write(self.writer, b"x" * 4096)
        except OSError as e:
            self.assertEqual(e.errno, errno.EAGAIN)
        os.set_blocking(self.writer, True)
        mark("lost")
        self.assertTrue(os.get_blocking(self.writer))

    def test_a_closed_reader_does_not_kill_even_with_the_default_signal(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)
        os.close(self.reader)
        before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        mark("x")
        self.assertNotIn(signal.SIGPIPE, signal.sigpending())
        signal.signal(signal.SIGPIPE, before)

    def test_a_child_that_lost_the_pipe_uses_the_socket(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
            path = os.path.join(folder, "marks")
            here.bind(path)
            here.setblocking(False)
            os.environ["CRADLE_MARKS"] = str(self.writer)
            os.environ["CRADLE_MARKS_SOCKET"] = path
            code = f"import sys; sys.path.insert(0, {FOLDER!r}); from cradle_marks import mark; mark('child')"
            subprocess.run([sys.executable, "-c", code], check=True, close_fds=True)
            self.assertEqual(self.names(), [])
            self.assertTrue(here.recv(4096).endswith(b" child\n"))
            os.environ["CRADLE_MARKS"] = path
            mark("direct")
            self.assertTrue(here.recv(4096).endswith(b" direct\n"))

    def test_its_own_faults_stay_inside(self):
        os.environ["CRADLE_MARKS"] = str(self.writer)

        class Bad:
            def __str__(self):
                raise RuntimeError("no name")

        mark(Bad())
        self.assertEqual(self.names(), [])
        self.assertTrue(callable(cradle_marks.mark))


if __name__ == "__main__":
    unittest.main()
