"""What processes that are forked elsewhere share with subprocess.Popen: they take signals."""

import contextlib
import os
import signal


class TakesSignals:
    """A process with a `pid`, and with `poll`, which returns its exit code or None while it runs."""

    def send_signal(self, how):
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, how)

    def terminate(self):
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End it at once."""
        self.send_signal(signal.SIGKILL)
