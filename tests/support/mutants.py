"""Mutation tests: `make mutants` puts small faults into the core, one at a time, and counts those that tests notice.

`tests/mutants.toml` says which test files judge which module, and why single faults may survive. mutmut makes the
faults and runs the tests on a copy of the repository; results stay in that copy, so a run that was stopped goes on from
there.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "mutants.toml"
COPIES = Path(os.environ.get("SDSITE_MUTANTS") or ROOT / ".venv" / "mutants")
SURVIVED, NO_TESTS = 0, 33  # exit codes that mutmut keeps; 33: no test calls the function
NOT_JUDGED = {2, 3, 5, 34, 37}  # interrupted, internal error of pytest, nothing collected, skipped, refused by mypy
CONFIGURATION = """
[tool.mutmut]
source_paths = ["sdsite", "generation", "gallery"]
only_mutate = [{module!r}]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["--reuse-db", "-p", "no:cacheprovider"]
also_copy = {folders}
do_not_mutate_patterns = ["^\\\\s*logger\\\\."]
process_isolation = "forkserver"
use_git_change_detection = false
"""


@dataclass
class Verdict:
    """What became of the mutants of one module: how many were killed, and those that survived by name."""

    module: str
    killed: int = 0
    known: int = 0
    survivors: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the line of the table."""
        tried = self.killed + self.known + len(self.survivors)
        share = f"{100 * self.killed / tried:.0f} %" if tried else "-"
        return f"{self.module:<52} {self.killed:>4} of {tried:>4}  {share:>5}  {self.known:>3} known"


def prepare(module: str, tests: list[str]) -> Path:
    """Return a copy of the repository in which mutmut is set up for `module`; results of an earlier run stay in it."""
    folder = COPIES / module.removesuffix(".py").replace("/", ".")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    files = [Path(os.fsdecode(name)) for name in listed.stdout.splitlines()]
    for file in files:
        if (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
    folders = sorted({file.parts[0] for file in files} - {"sdsite", "generation", "gallery", "pyproject.toml"})
    written = CONFIGURATION.format(module=module, tests=json.dumps(tests), folders=json.dumps(folders))
    with (folder / "pyproject.toml").open("a") as file:
        file.write(written)
    return folder


def mutmut(folder: Path, *words: str, quiet: bool = False) -> str:
    """Run mutmut in `folder` and return what it printed."""
    # KEEP: the data folder and the database in it are those of all runs, as each mutant is tried in a fork of one.
    environment = {**os.environ, "KEEP": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", "from mutmut.__main__ import cli; cli()", *words]
    output = subprocess.PIPE if quiet else None
    ran = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    return (ran.stdout or b"").decode(errors="replace")


def results(folder: Path, module: str) -> dict[str, int | None]:
    """Return the exit code of the tests by mutant; None for one that was not tried."""
    found = folder / "mutants" / f"{module}.meta"
    codes: dict[str, int | None] = json.loads(found.read_text())["exit_code_by_key"] if found.exists() else {}
    return codes


def changed_line(folder: Path, mutant: str) -> str:
    """Return the function of a mutant and its first changed line: what `tests/mutants.toml` names it by."""
    function = re.sub(r"__mutmut_\d+$", "", mutant).rpartition(".")[2]
    function = re.sub(r"^x[_ǁ]", "", function).replace("ǁ", ".")
    shown = mutmut(folder, "show", mutant, quiet=True).splitlines()
    added = [line[1:].strip() for line in shown if line.startswith("+") and not line.startswith("+++")]
    return f"{function}: {added[0] if added else 'a line less'}"


def judge(module: str, row: dict[str, object], sample: int, seed: int) -> Verdict:
    """Try the mutants of one module, or `sample` of them, and return the verdict."""
    folder = prepare(module, list(row["tests"]))  # type: ignore[call-overload]
    if sample:
        if not results(folder, module):
            mutmut(folder, "run", "nothing", quiet=True)  # it makes the mutants, and finds none of that name
        names = sorted(results(folder, module))
        mutmut(folder, "run", "--max-children", "1", *random.Random(seed).sample(names, min(sample, len(names))))
    else:
        mutmut(folder, "run", "--max-children", "1")
    verdict = Verdict(module)
    reasons = row.get("survivors", {})
    for mutant, code in results(folder, module).items():
        if code in (SURVIVED, NO_TESTS):
            line = changed_line(folder, mutant)
            if line in reasons:  # type: ignore[operator]
                verdict.known += 1
            else:
                verdict.survivors[mutant] = line
        elif code is not None and code not in NOT_JUDGED:
            verdict.killed += 1
    return verdict


def main() -> int:
    """Try the chosen modules, print the scores and what survived; 1 if something did that the table does not name."""
    table = tomllib.loads(TABLE.read_text())
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of the modules' names; all of tests/mutants.toml by default")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="try N of each module, chosen by chance")
    parser.add_argument("--seed", type=int, default=0, help="of that chance")
    chosen = parser.parse_args()
    modules = [name for name in table if not chosen.modules or any(part in name for part in chosen.modules)]
    modules.sort(key=lambda name: (ROOT / name).stat().st_size)
    verdicts = []
    for module in modules:
        verdicts.append(judge(module, table[module], chosen.sample, chosen.seed))
        print(verdicts[-1], flush=True)
    print("\nKilled, by module:")
    for verdict in verdicts:
        print(verdict)
        for mutant, line in verdict.survivors.items():
            print(f"    {mutant.rpartition('_')[2]:>4}  {line}")
    killed, known = (sum(getattr(one, name) for one in verdicts) for name in ("killed", "known"))
    new = sum(len(one.survivors) for one in verdicts)
    total = Verdict("all", killed, known, dict.fromkeys(map(str, range(new)), ""))
    print(total)
    return int(new > 0)


if __name__ == "__main__":
    sys.exit(main())
