"""The plugin of pytest behind `make mutants`: in place of a run it forks one process for each mutant.

The forks inherit a process that has imported everything and has a database, so that a mutant costs the tests that call
its function and nothing else. Runs in a copy of the repository, whose modules it overwrites.
"""

import ast
import contextlib
import difflib
import gc
import itertools
import json
import math
import os
import random
import re
import shutil
import signal
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mutmut.mutation import trampoline
from mutmut.mutation.file_mutation import mutate_file_contents

ORDER = json.loads(os.environ.pop("SDSITE_MUTANTS"))
SURVIVED, KILLED, TIMEOUT, UNTESTED, BROKEN = "survived", "killed", "timeout", "no test calls it", "broken"


@dataclass(frozen=True)
class Mutant:
    """One fault: its name in the mutated module, its function, and the line that it changes or leaves out."""

    name: str
    function: str
    line: str

    def __str__(self) -> str:
        """Return what `tests/mutants.toml` calls it."""
        return f"{self.function}: {self.line}"


@dataclass
class Module:
    """One module of the table, its mutants, and the tests that judge it."""

    path: str
    tests: list[str]
    reasons: dict[str, str]
    mutants: list[Mutant]
    items: list[pytest.Item] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    callers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    verdicts: dict[str, list[Mutant]] = field(default_factory=lambda: defaultdict(list))

    def alive(self, *, known: bool) -> list[Mutant]:
        """Return the mutants that no test noticed: those that the table gives a reason for, or the others."""
        found = [*self.verdicts[SURVIVED], *self.verdicts[UNTESTED]]
        return [mutant for mutant in found if (str(mutant) in self.reasons) == known]

    def judges(self, mutant: Mutant) -> list[pytest.Item]:
        """Return the tests that call the mutant's function, the quickest first, as many as the time allows."""
        function = mutant.name.rpartition("__mutmut_")[0]
        found = [item for item in self.items if item.nodeid in self.callers[function]]
        found.sort(key=lambda item: self.seconds[item.nodeid])
        sums = itertools.accumulate(self.seconds[item.nodeid] for item in found)
        most = ORDER["seconds"] or math.inf
        return [item for item, seconds in zip(found, sums, strict=True) if seconds <= most or item is found[0]]


def functions(source: str) -> dict[str, tuple[list[str], list[str]]]:
    """Return the lines of each function of a mutated module by name, and the texts in it."""
    found = {}
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "__mutmut_" in node.name:
            plain = node.name.rpartition("__mutmut_")[0]
            body = [line.replace(node.name, plain).strip() for line in lines[node.lineno - 1 : node.end_lineno]]
            texts = [
                one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            found[node.name] = (body, texts)
    return found


def is_wording(before: list[str], after: list[str]) -> bool:
    """Tell whether two functions differ in a sentence only: whether its words are right is not seen by such faults."""
    changed = [old for old, new in zip(before, after, strict=False) if old != new]
    return len(before) == len(after) and len(changed) == 1 and " " in changed[0]


def put_mutants_into(path: str) -> list[Mutant]:
    """Overwrite a module by all its mutants and a switch, and return them, but for those of sentences."""
    made = mutate_file_contents(path, Path(path).read_text())
    Path(path).write_text(made.code)
    bodies = functions(made.code)
    mutants = []
    for name in made.mutant_names:
        mangled = name.rpartition("__mutmut_")[0]
        (original, before), (body, after) = bodies[f"{mangled}__mutmut_orig"], bodies[name]
        if not is_wording(before, after):
            changes = [line for line in difflib.ndiff(original, body) if line[:2] in ("+ ", "- ")]
            added = [line[2:] for line in changes if line.startswith("+")] or [f"without: {changes[0][2:]}"]
            plain = re.sub(r"^x[_ǁ]", "", mangled)
            line = added[0].replace(mangled, plain.rpartition("ǁ")[2])
            mutants.append(Mutant(name, plain.replace("ǁ", "."), line))
    return mutants


def load(path: str, row: dict[str, object]) -> Module:
    """Return a module of the table with the mutants that are to be tried."""
    mutants = put_mutants_into(path)
    if ORDER["sample"]:
        mutants = random.Random(ORDER["seed"]).sample(mutants, min(ORDER["sample"], len(mutants)))
    return Module(path, row["tests"], row.get("survivors", {}), mutants)  # type: ignore[arg-type]


MODULES = [load(path, row) for path, row in ORDER["rows"].items()]
HITS: set[str] = set()
CLEAN_SECONDS = 1800.0  # for all tests of a module without a fault
GRACE_SECONDS = 10.0  # for fixtures, once the time of a mutant is over
WARM = ("checkpoint", "checkpoints")  # fixtures whose tests run before the forks: a database, tiny weights
trampoline.record_trampoline_hit = lambda name, caller=None: HITS.add(name)


class Failures:
    """Keeps the names of the tests that failed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed in setup, call or teardown."""
        if report.failed:
            self.names.append(f"{report.nodeid} {report.longreprtext.splitlines()[-1:]}")


def run(
    session: pytest.Session,
    items: list[pytest.Item],
    failures: Failures,
    *,
    first_failure_ends: bool,
    note: Callable[[str], None] = lambda name: None,
) -> None:
    """Run tests one after another; `note` is called with the name of each that ended."""
    for index, item in enumerate(items):
        following = items[index + 1] if index + 1 < len(items) else None
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        note(item.nodeid)
        if first_failure_ends and failures.names:
            break


def in_fork(session: pytest.Session, work: Callable[[], str], seconds: float) -> str:
    """Run `work` in a fork and return its answer: TIMEOUT after `seconds`, BROKEN if it died."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        answer = BROKEN
        try:
            answer = work()
        except BaseException:
            traceback.print_exc()
        with contextlib.suppress(BaseException):
            session._setupstate.teardown_exact(None)  # ends the processes that fixtures have started
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    limit, asked, answer = time.monotonic() + seconds, False, b""
    with os.fdopen(read, "rb", buffering=0) as pipe:
        os.set_blocking(pipe.fileno(), False)
        while not os.waitpid(child, os.WNOHANG)[0]:
            answer += pipe.read() or b""
            if time.monotonic() > limit:
                os.kill(child, signal.SIGKILL if asked else signal.SIGINT)
                limit, asked = limit + GRACE_SECONDS, True
            time.sleep(0.005)
        answer += pipe.read() or b""
    return TIMEOUT if asked else answer.decode() or BROKEN


class Judge:
    """Tries the mutants instead of running the tests."""

    def __init__(self, session: pytest.Session) -> None:
        from django.conf import settings

        self.session, self.failures = session, Failures()
        session.config.pluginmanager.register(self.failures)
        self.database = Path(str(settings.DATABASES["default"].get("TEST", {}).get("NAME") or "/nowhere"))

    def make_database(self) -> None:
        """Run a test or two here, so that all forks have the database, and put a copy of it aside."""
        from django.db import connections

        for fixture in WARM:
            named = [(item, set(item.fixturenames)) for item in self.session.items]  # type: ignore[attr-defined]
            for item in [item for item, names in named if fixture in names and "site_processes" not in names][:1]:
                self.session.config.hook.pytest_runtest_protocol(item=item, nextitem=self.session)
        connections.close_all()
        gc.collect()
        gc.freeze()  # else each fork copies the memory of all modules when it collects
        if self.database.exists():
            shutil.copy2(self.database, f"{self.database}.aside")

    def restore_database(self) -> None:
        """Give the next fork the database that the last one got, if it is a file."""
        for ending in ("-wal", "-shm", "-journal"):
            Path(f"{self.database}{ending}").unlink(missing_ok=True)
        aside = Path(f"{self.database}.aside")
        if aside.exists():
            shutil.copy2(aside, self.database)

    def clean_run(self, module: Module) -> str:
        """Run all tests of a module without a fault; JSON of the seconds and functions by test, and of what failed."""
        trampoline._mutant_under_test = "stats"
        found: dict[str, tuple[float, list[str]]] = {}
        started = time.process_time()

        def note(name: str) -> None:
            nonlocal started
            found[name] = (time.process_time() - started, sorted(HITS))
            HITS.clear()
            started = time.process_time()

        run(self.session, module.items, self.failures, first_failure_ends=False, note=note)
        return json.dumps([found, self.failures.names])

    def attempt(self, module: Module, mutant: Mutant) -> str:
        """Run the tests of a mutant up to the first that fails."""
        trampoline.set_mutant_under_test(f"{module.path.removesuffix('.py').replace('/', '.')}.{mutant.name}")
        run(self.session, module.judges(mutant), self.failures, first_failure_ends=True)
        return KILLED if self.failures.names else SURVIVED

    def judge(self, module: Module) -> None:
        """Try the mutants of one module."""
        files = {file: index for index, file in enumerate(module.tests)}
        wanted = [
            (files[file], item) for item in self.session.items if (file := item.nodeid.partition("::")[0]) in files
        ]
        module.items = [item for _, item in sorted(wanted, key=lambda pair: pair[0])]
        self.restore_database()
        answer = in_fork(self.session, lambda: self.clean_run(module), CLEAN_SECONDS)
        if answer in (TIMEOUT, BROKEN):
            say(f"{module.path}: not judged, its tests without a fault: {answer}")
            module.mutants = []
            return
        found, failed = json.loads(answer)
        for name in failed:
            say(f"  fails without a fault, left out: {name}")
        module.items = [item for item in module.items if not any(name.startswith(item.nodeid) for name in failed)]
        prefix = module.path.removesuffix(".py").replace("/", ".")
        for nodeid, (seconds, called) in found.items():
            module.seconds[nodeid] = seconds
            for function in called:
                if function.startswith(f"{prefix}.x"):
                    module.callers[function.removeprefix(f"{prefix}.")].add(nodeid)
        for mutant in module.mutants:
            items = module.judges(mutant)
            self.restore_database()
            limit = 30 + 20 * sum(module.seconds[item.nodeid] for item in items)
            answer = in_fork(self.session, lambda: self.attempt(module, mutant), limit) if items else UNTESTED  # noqa: B023
            module.verdicts[answer].append(mutant)


def report(module: Module) -> Iterator[str]:
    """Yield the score of a module, and the survivors that the table does not know."""
    known, new = module.alive(known=True), module.alive(known=False)
    yield score(module.path, len(module.mutants) - len(known) - len(new), len(known), len(module.mutants))
    for mutant in new:
        yield f"    {mutant}{'  (no test calls it)' * (mutant in module.verdicts[UNTESTED])}"
    for odd in (TIMEOUT, BROKEN):
        yield from (f"      killed as {odd}: {mutant}" for mutant in module.verdicts[odd])


def score(name: str, killed: int, known: int, tried: int) -> str:
    """Return one line of the table: killed of tried, and the share without the survivors that it gives reasons for."""
    share = f"{100 * killed / (tried - known):.0f} %" if tried > known else "-"
    return f"{name:<52} {killed:>4} of {tried:>4}  {known:>3} known  {share:>5}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try mutants instead of running the tests."""
    session.config.pluginmanager.unregister(name="terminalreporter")
    judge = Judge(session)
    judge.make_database()
    for module in MODULES:
        started = time.monotonic()
        judge.judge(module)
        say("\n".join(report(module)) + f"\n      {time.monotonic() - started:.0f} s")
    known, new = (sum(len(module.alive(known=which)) for module in MODULES) for which in (True, False))
    tried = sum(len(module.mutants) for module in MODULES)
    say(score("all", tried - known - new, known, tried))
    session.testsfailed = new
    return True


def say(text: str) -> None:
    """Print a line past pytest, which keeps what is printed."""
    os.write(OUT, f"{text}\n".encode())


OUT = os.dup(1)
