"""The supervisor with small parts of its own."""

import os
import signal
import sys
from contextlib import suppress

import psutil
import pytest

from sdsite.server.supervisor import Part, Supervisor, describe_end
from tests.support.site import wait_for

LOOP = "import signal, time; signal.signal(signal.SIGTERM, {handler}); print('up', flush=True); time.sleep(600)"


def part(name, code, **more):
    return Part(name=name, command=lambda identity: [sys.executable, "-c", code, identity], stop_seconds=5.0, **more)


@pytest.fixture
def supervise():
    made = []

    def make(*parts):
        made.append(Supervisor(parts))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def until(supervisor, condition, what):
    def stepped():
        supervisor.step(0.05)
        return condition()

    return wait_for(stepped, seconds=20, what=what)


def test_a_dead_part_is_started_again_under_another_name(supervise):
    deaths = []
    quiet = LOOP.format(handler="signal.SIG_DFL")
    supervisor = supervise(part("one", quiet, on_death=lambda identity, words: deaths.append((identity, words))))
    assert supervisor.start()
    first = supervisor.running["one"]
    wait_for(lambda: list(first.tail) == ["up"], what="its first line")
    first.process.kill()
    until(supervisor, lambda: "one" in supervisor.running and supervisor.running["one"] is not first, "a new process")
    assert deaths == [(first.identity, ["up"])]
    assert supervisor.running["one"].identity != first.identity


def test_a_part_that_keeps_dying_is_reported_and_restarted_after_growing_delays(supervise, capsys):
    supervisor = supervise(part("bad", "raise SystemExit(3)"))
    supervisor.start()
    until(supervisor, supervisor.failing, "a report")
    said = capsys.readouterr().err
    assert "bad ended (exit code 3); starting it again in 0 s" in said
    assert "bad ended (exit code 3); starting it again in 1 s" in said
    assert "bad keeps failing: 3 times in a row" in said


def test_after_some_exit_codes_a_part_waits_longer_each_time_and_is_started_differently(supervise, capsys, tmp_path):
    """It fails twice before it has worked, then after it has, and then dies otherwise."""
    code = f"""
import os, pathlib
count = pathlib.Path({str(tmp_path / "count")!r})
number = int(count.read_text()) if count.exists() else 0
count.write_text(str(number + 1))
print(number, os.environ.get("AFTER"), flush=True)
os._exit([69, 69, 75, 1, 69][min(number, 4)])
"""
    waits = []
    failing = part(
        "card",
        code,
        backoff={69: False, 75: True},
        environ_after_backoff={"AFTER": "backoff"},
        on_wait=lambda identity, seconds: waits.append(seconds),
    )
    supervisor = supervise(failing)
    supervisor.start()
    until(supervisor, lambda: len(waits) == 5, "five ends")
    assert [waits[0], waits[1], waits[2], waits[4]] == [1, 2, 1, 1]
    said = capsys.readouterr().err
    assert "card ended (exit code 69); starting it again in 2 s" in said
    assert [line.split("| ")[1] for line in said.splitlines() if " card | " in line] == [
        "0 None",
        "1 backoff",
        "2 backoff",
        "3 backoff",
        "4 None",
    ]


def test_a_part_that_will_not_end_is_killed(supervise, capsys):
    stubborn = Part(
        name="stubborn",
        command=lambda identity: [sys.executable, "-c", LOOP.format(handler="signal.SIG_IGN")],
        stop_seconds=0.2,
    )
    supervisor = supervise(stubborn)
    supervisor.start()
    running = supervisor.running["stubborn"]
    wait_for(lambda: running.tail, what="its first line")
    supervisor.stop()
    assert running.process.returncode == -signal.SIGKILL
    assert "stubborn did not end by itself and is killed" in capsys.readouterr().err


def test_a_part_may_mean_the_second_signal(supervise):
    code = LOOP.format(handler="lambda *a: print('heard', flush=True) or (heard.append(1), len(heard) > 1 and exit(0))")
    supervisor = supervise(part("polite", "heard = []; " + code, nudge_seconds=0.3))
    supervisor.start()
    running = supervisor.running["polite"]
    wait_for(lambda: running.tail, what="its first line")
    supervisor.stop()
    assert running.process.returncode == 0
    assert list(running.tail) == ["up", "heard", "heard"]


def test_parts_end_in_the_opposite_order(supervise):
    ended = []
    quiet = LOOP.format(handler="signal.SIG_DFL")
    supervisor = supervise(*(part(name, quiet, on_death=lambda identity, _: ended.append(identity)) for name in "ab"))
    supervisor.start()
    supervisor.stop()
    assert [identity.split("-")[-2] for identity in ended] == ["b", "a"]


def test_a_part_that_is_not_ready_stops_the_start_and_shows_why(supervise, capsys):
    never = part("never", "print('no such file')", ready=lambda alive: wait_for(lambda: not alive()) and False)
    supervisor = supervise(never, part("next", "print('started')"))
    assert not supervisor.start()
    assert "next" not in supervisor.running
    assert "never | no such file" in capsys.readouterr().err


def test_a_part_that_on_death_fixed_is_started_once_more(supervise, tmp_path):
    broken = tmp_path / "broken"
    broken.touch()
    code = f"import os, time; os.path.exists({str(broken)!r}) and exit(1); print('up', flush=True); time.sleep(600)"

    def mend(identity, words):
        with suppress(FileNotFoundError):
            broken.unlink()
            return True
        return False

    def ready(alive):
        return wait_for(lambda: not alive() or supervisor.running["one"].tail) and alive()

    supervisor = supervise(part("one", code, ready=ready, on_death=mend))
    assert supervisor.start()


def test_parts_get_no_signals_of_the_terminal(supervise):
    supervisor = supervise(part("one", LOOP.format(handler="signal.SIG_DFL")))
    supervisor.start()
    pid = supervisor.running["one"].process.pid
    assert os.getsid(pid) == pid != os.getsid(0)
    assert psutil.Process(pid).ppid() == os.getpid()


def test_a_repeated_signal_counts_once(supervise):
    supervisor = supervise()
    with supervisor.handling_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        wait_for(lambda: supervisor.stop_requests, what="the signal")
    assert supervisor.stop_requests == 1


@pytest.mark.parametrize(("code", "words"), [(0, "exit code 0"), (-9, "killed by SIGKILL")])
def test_ends_are_described(code, words):
    assert describe_end(code) == words
