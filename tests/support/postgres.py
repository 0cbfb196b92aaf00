"""pytest on a PostgreSQL that lives as long as the run: `python -m tests.support.postgres FILE`."""

import os
import subprocess
import sys

from sdsite.devtools.chaos.database import EMBEDDED, server


def main():
    """Run pytest with the arguments of the command line, and end as it did."""
    with server(EMBEDDED) as url:
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
