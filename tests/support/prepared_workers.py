"""Workers of a live site that start without importing anything: one process has torch and the site loaded and forks.

Importing them costs more processor time than most tests. Tests of `manage.py up` start workers as the site does.
"""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.takes_signals import TakesSignals


class PreparedWorkers:
    """The process that forks; it ends with the test process, whose pipe it reads."""

    def __init__(self, root, environment, log):
        """Start it in the folder of the code, `root`; `log` is the file for what all workers say."""
        self.codes = Path(tempfile.mkdtemp(prefix="exit-codes-", dir=environment["SDSITE_DATA"]))
        # manage.py sets it before numpy is imported, which is too late here
        environment = {**environment, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", __name__, str(self.codes)]
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def start(self, words):
        """Fork a worker that runs manage.py with `words`."""
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        return PreparedWorker(pid, self.codes / str(pid))

    def stop(self):
        """End it; workers live on."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class PreparedWorker(TakesSignals):
    """One worker, with what tests use of subprocess.Popen."""

    def __init__(self, pid, code):
        """`code` is the file in which its exit code will be."""
        self.pid = pid
        self.returncode = None
        self._code = code

    def poll(self):
        """Return the exit code, or None while it runs."""
        with contextlib.suppress(FileNotFoundError):
            self.returncode = int(self._code.read_text())
        return self.returncode

    def wait(self, timeout):
        """Wait until it has ended; return the exit code."""
        limit = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > limit:
                raise subprocess.TimeoutExpired("worker", timeout)
            time.sleep(0.01)
        return self.returncode


def fork_on_request(codes):
    """Fork for each line of standard input and answer with the process id; in the child, return the line's words."""

    def keep_codes(*_):
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                new = codes / f"{ended[0]}.new"
                new.write_text(str(os.waitstatus_to_exitcode(ended[1])))
                new.rename(codes / str(ended[0]))

    signal.signal(signal.SIGCHLD, keep_codes)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(2, 1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            return json.loads(line)
        print(pid, flush=True)
    return None


if __name__ == "__main__":
    import django

    gc.disable()
    django.setup()
    from generation.worker import gpu_worker, runner, tasks  # noqa: F401
    from tests.support.prepared_python import import_for_workers

    import_for_workers()
    gc.freeze()  # looking at it would also copy its memory
    gc.enable()
    words = fork_on_request(Path(sys.argv[1]))
    if words:
        import manage

        sys.argv = words
        manage.main()
