"""Script that runs a command which dies with its parent: `python -I -S die_with_parent.py PARENT_PID COMMAND...`.

A supervisor that is killed outright cannot end its children. On Linux the kernel can: PR_SET_PDEATHSIG, which must be
set in the child and survives the exec. It is a script of its own, because code between fork and exec in a process
with threads may hang.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, check that the parent still lives, then exec the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the supervisor is gone")
    os.execv(command[0], command)  # noqa: S606  replacing this process is intended


if __name__ == "__main__":
    main()
