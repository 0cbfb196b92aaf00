"""Memory of the machine, and of the control groups that limit a process within it."""

import pytest

from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.host_memory import read_host_memory

GIB = 2**30
MEMINFO = "MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\n"


@pytest.fixture
def machine(tmp_path):
    """Return a function that writes files of a machine of 64 GiB, 48 free, and returns its root."""

    def write(files):
        for name, text in {"proc/meminfo": MEMINFO, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(text))
        return tmp_path

    return write


def group(folder, limit, used, cache=0):
    return {
        f"{folder}/memory.max": limit,
        f"{folder}/memory.current": used,
        f"{folder}/memory.stat": f"anon 1\ninactive_file {cache}\n",
    }


def test_without_a_limit_the_machine_counts(machine):
    assert read_host_memory(machine({})) == (48 * GIB, 64 * GIB)
    own = {"proc/self/cgroup": "0::/system.slice/sdsite.service\n"}
    assert read_host_memory(machine({**own, **group("sys/fs/cgroup/system.slice", "max", 5)})) == (48 * GIB, 64 * GIB)


def test_a_container_has_what_its_group_leaves(machine):
    files = {"proc/self/cgroup": "0::/\n", **group("sys/fs/cgroup", 8 * GIB, 3 * GIB, cache=GIB)}
    assert read_host_memory(machine(files)) == (6 * GIB, 8 * GIB)  # caches of files are given back when needed


def test_the_narrowest_group_above_a_service_counts(machine):
    files = {"proc/self/cgroup": "0::/site.slice/sdsite.service\n"}
    files |= group("sys/fs/cgroup/site.slice/sdsite.service", 20 * GIB, 2 * GIB)
    files |= group("sys/fs/cgroup/site.slice", 16 * GIB, 12 * GIB)
    assert read_host_memory(machine(files)) == (4 * GIB, 16 * GIB)


def test_the_older_version_of_groups_is_read_too(machine):
    folder = "sys/fs/cgroup/memory"
    files = {
        "proc/self/cgroup": "4:memory:/docker/abc\n0::/\n",
        f"{folder}/memory.limit_in_bytes": 4 * GIB,
        f"{folder}/memory.usage_in_bytes": 2 * GIB,
        f"{folder}/memory.stat": f"total_inactive_file {GIB}\n",
    }
    assert read_host_memory(machine(files)) == (3 * GIB, 4 * GIB)
    files[f"{folder}/memory.limit_in_bytes"] = 2**63 - 4096  # how it says that there is none
    assert read_host_memory(machine(files)) == (48 * GIB, 64 * GIB)


def test_a_system_that_tells_nothing_has_half_free(tmp_path):
    free, total = read_host_memory(tmp_path)
    assert 0 < free == total // 2


def test_a_cpu_is_measured_by_it():
    machine = Device("cpu", None).measure()
    assert 0 < machine.free <= machine.total
    assert (machine.free, machine.total) == (machine.host_free, machine.host_total)
