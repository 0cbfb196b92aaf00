"""A Python that has torch and diffusers loaded and forks the workers of sites that tests start, benches and chaos.

As `manage.py` the script below runs it without knowing: whatever its supervisor starts is a process as always, but a
worker is forked instead of imported anew, which costs more processor time than most tests. A worker has an id, an exit
code and a standard output of its own, takes signals, and dies with its supervisor. Tests of `manage.py up` itself
start everything as the site does.
"""

import contextlib
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from sdsite.core.imports import without_collections
from tests.support.takes_signals import TakesSignals

ROOT = Path(__file__).resolve().parents[2]
NUMBER = struct.Struct("!i")


class PreparedPython:
    """The process that forks; it ends with the test process, whose pipe it holds."""

    VARIABLE = "TESTS_PREPARED_PYTHON"  # of the environment: its address, a socket

    def __init__(self):
        """Start it; who asks before it has imported everything waits."""
        self.address = str(Path(tempfile.mkdtemp(prefix="prepared-")) / "socket")
        own = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.address)
        listener.listen(16)
        command = [sys.executable, "-m", __name__, str(listener.fileno())]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=own, stdin=subprocess.PIPE, pass_fds=[listener.fileno()], start_new_session=True
        )
        listener.close()

    def stop(self):
        """End it; workers that are left are killed."""
        self.process.stdin.close()
        self.process.wait(20)
        Path(self.address).unlink()
        Path(self.address).parent.rmdir()


class ForkedProcess(TakesSignals):
    """A process that was forked elsewhere, with what the supervisor uses of subprocess.Popen."""

    def __init__(self, words, environ):
        """Run the script and the arguments that `words` are; its output can be read from `stdout`."""
        self.args = words
        self.returncode = None
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(os.environ[PreparedPython.VARIABLE])
        reader, writer = os.pipe()
        request = json.dumps({"words": words, "environ": environ, "cwd": os.getcwd()}).encode()
        socket.send_fds(self._socket, [NUMBER.pack(len(request))], [writer])
        os.close(writer)
        self._socket.sendall(request)
        self.stdout = os.fdopen(reader, "rb")
        self.pid = self._number()

    def _number(self):
        return NUMBER.unpack(self._socket.recv(NUMBER.size, socket.MSG_WAITALL))[0]

    def poll(self):
        """Return the exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout=None):
        """Wait until it has ended; return the exit code."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._number()
            self._socket.close()
        return self.returncode


class Forks:
    """The loop of the process that forks: a connection for each child, on which its exit code goes back."""

    def __init__(self, listener):
        """Take the socket on which requests come."""
        self.listener = listener
        self.children = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        self.selector.register(sys.stdin.buffer, selectors.EVENT_READ)
        self.woken, wake = socket.socketpair()
        wake.setblocking(False)
        self.selector.register(self.woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(wake.detach(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self):
        """Fork on request; in a child, return its words, and None in the end."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin.buffer:
                    return None
                if key.fileobj is self.woken:
                    self.woken.recv(100)
                if key.fileobj is self.listener:
                    if words := self._fork():
                        return words
                elif key.data in self.children:  # whoever asked for it is gone
                    os.kill(key.data, signal.SIGKILL)
                    self._forget(key.data)
            self._collect()

    def _fork(self):
        connection, _ = self.listener.accept()
        size, (out,), _, _ = socket.recv_fds(connection, NUMBER.size, 1)
        request = json.loads(connection.recv(NUMBER.unpack(size)[0], socket.MSG_WAITALL))
        parent, pid = os.getpid(), os.fork()
        if pid:
            os.close(out)
            self.children[pid] = connection
            self.selector.register(connection, selectors.EVENT_READ, pid)
            connection.sendall(NUMBER.pack(pid))
            return None
        os.close(signal.set_wakeup_fd(-1))
        for other in [connection, self.listener, self.woken, *self.children.values()]:
            other.close()
        self.selector.close()
        _become(request, out, parent)
        return request["words"]

    def _collect(self):
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if connection := self.children.get(ended[0]):
                    with contextlib.suppress(OSError):
                        connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(ended[1])))
                    self._forget(ended[0])

    def _forget(self, pid):
        connection = self.children.pop(pid)
        self.selector.unregister(connection)
        connection.close()


def _become(request, out, parent):
    """Turn a forked process into what was asked for: in a session of its own, and killed with its parent."""
    import ctypes

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, number)


def import_for_workers():
    """Import what a worker needs before its first image of the starter checkpoint, and what reads no settings."""
    import diffusers
    import transformers

    from generation.pipelines import generate, upscaling  # noqa: F401

    # Both libraries import a class when it is first named.
    for library, names in {
        diffusers: ("StableDiffusionPipeline", "UNet2DConditionModel", "AutoencoderTiny"),
        transformers: ("CLIPTextModel", "CLIPTokenizer"),
    }.items():
        for name in names:
            getattr(library, name)


def as_forks(popen):
    """Return `popen` for all processes but workers, which are forked."""

    def start(command, *, env=None, **options):
        words = [str(word) for word in command]
        if "rqworker" not in words:
            return popen(command, env=env, **options)
        return ForkedProcess(words[words.index("rqworker") - 1 :], env)

    return start


def main():
    """With the number of a listening socket, fork; else run manage.py with the words of the command line."""
    if sys.argv[1].isdigit():
        listener = socket.socket(fileno=int(sys.argv[1]))
        with without_collections():
            import_for_workers()
        words = Forks(listener).run()
        if words is None:
            return
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
    else:
        from sdsite.server import supervisor

        supervisor.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": as_forks(subprocess.Popen)})
        import manage

        manage.main()


if __name__ == "__main__":
    main()
