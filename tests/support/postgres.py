"""Plugin of pytest that runs the tests on a PostgreSQL of their own: `pytest -p tests.support.postgres FILE`.

The server lives as long as the run, which may have several processes. `DATABASE_URL` names another server.
"""

import os
from contextlib import ExitStack

from sdsite.devtools.chaos.database import EMBEDDED, server

_running = ExitStack()
if not os.environ.get("DATABASE_URL"):  # a process of a run inherits the address from the first
    os.environ["DATABASE_URL"] = _running.enter_context(server(EMBEDDED))


def pytest_unconfigure(config):
    """Stop the server, if this process has started it."""
    _running.close()
