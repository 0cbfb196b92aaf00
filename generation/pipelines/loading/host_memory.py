"""Free and total bytes of the memory that this process may use: the machine's, or less where a control group limits it.

Containers and services (`WORKER_MEMORY` in compose.yaml, systemd's `MemoryMax`) are limited by control groups, which
/proc/meminfo does not know: a process that plans by the machine's memory is killed by the kernel.
"""

import os
from pathlib import Path

from generation.pipelines.loading.memory_budget import GIB

ROOT = Path("/")
# By version: folder of the groups, names of limit and use, and the field of memory.stat with what can be reclaimed.
_V2 = ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")
_V1 = ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def read_host_memory(root: Path = ROOT) -> tuple[int, int]:
    """Return free and total bytes; half of the total counts as free where no system tells.

    Args:
        root: of the file system.
    """
    free, total = _read_machine(root)
    for limit, used in _read_limits(root):
        total = min(total, limit)
        free = min(free, max(0, limit - used))
    return free, total


def _read_machine(root: Path) -> tuple[int, int]:
    try:
        fields = _fields((root / "proc/meminfo").read_text(encoding="ascii").replace(":", " "))
        return fields["MemAvailable"] * 1024, fields["MemTotal"] * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        total = 16 * GIB
    return total // 2, total


def _read_limits(root: Path) -> list[tuple[int, int]]:
    """Return limit and use of the memory group of this process and of each group above it, where there is a limit."""
    found = []
    for base, limit_name, used_name, reclaimable in (_V2, _V1):
        for folder in _groups(root, root / base, is_v2=base == _V2[0]):
            try:
                limit = int((folder / limit_name).read_text(encoding="ascii"))  # "max" where there is none
                stat = _fields((folder / "memory.stat").read_text(encoding="ascii"))
                used = int((folder / used_name).read_text(encoding="ascii")) - stat.get(reclaimable, 0)
            except (OSError, ValueError):
                continue
            found.append((limit, max(0, used)))
    return found


def _groups(root: Path, base: Path, *, is_v2: bool) -> list[Path]:
    """Return the folders of this process's group and of those above it, the innermost first."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if (controllers == "") if is_v2 else ("memory" in controllers.split(",")):
            own = base / path.strip("/")
            # Inside a container the path may be the one that the machine sees, and only the root is there.
            return [folder for folder in (own, *own.parents) if folder == base or base in folder.parents]
    return []


def _fields(text: str) -> dict[str, int]:
    """Return the first number of each line by the line's first word."""
    words = (line.split() for line in text.splitlines())
    return {one[0]: int(one[1]) for one in words if len(one) > 1 and one[1].isdigit()}
