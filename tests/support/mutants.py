"""Mutation tests: `make mutants` puts small faults into the core, one at a time, and counts those that tests notice.

`tests/mutants.toml` says which test files judge which module, and why single faults may survive. mutmut makes the
faults, all of a module in one file with a switch; `mutants_plugin.py` tries them in a copy of the repository.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "mutants.toml"
PYTEST = "-p tests.support.mutants_plugin -p no:cacheprovider -p no:xdist --reuse-db -q -o addopts= --no-header"
CHOICE = ("--import-mode=importlib", "--strict-markers", "-m", "not nightly")  # as in pyproject.toml
CONFIGURATION = """
[tool.mutmut]
source_paths = ["sdsite", "generation", "gallery"]
do_not_mutate_patterns = ["^\\\\s*logger\\\\."]
"""


def copy_repository(folder: Path) -> None:
    """Copy the files of the repository that git knows, or would, into `folder`; mutmut's settings are added."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for file in (Path(os.fsdecode(name)) for name in listed.stdout.splitlines()):
        if (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
    with (folder / "pyproject.toml").open("a") as settings:
        settings.write(CONFIGURATION)


def main() -> int:
    """Try the chosen modules, print the scores and what survived; 1 if something did that the table does not name."""
    table = tomllib.loads(TABLE.read_text())
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of the modules' names; all of tests/mutants.toml by default")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="try N of each module, chosen by chance")
    parser.add_argument("--seconds", type=float, default=0, metavar="N", help="of tests for each, the quickest first")
    parser.add_argument("--seed", type=int, default=0, help="of that chance")
    chosen = parser.parse_args()
    rows = {name: table[name] for part in chosen.modules or [""] for name in table if part in name}
    with tempfile.TemporaryDirectory(prefix="sdsite-mutants-") as folder:
        copy_repository(Path(folder))
        order = {"rows": rows, "sample": chosen.sample, "seed": chosen.seed, "seconds": chosen.seconds}
        # KEEP: the database is that of all tries, each of them a fork of one process.
        environment = {**os.environ, "KEEP": "1", "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder}
        environment["SDSITE_MUTANTS"] = json.dumps(order)
        tests = list(dict.fromkeys(test for row in rows.values() for test in row["tests"]))
        command = [sys.executable, "-m", "pytest", *PYTEST.split(), *CHOICE, *tests]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
