"""Installer of the virtual environment: `python3 -I sdsite/server/install.py VENV REQUIREMENTS...`.

It needs the standard library only. `VENV/.installed` holds a hash of each installed requirements file, so that a start
with nothing to install touches neither pip nor the network.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = ".lock"  # a file that pins every package with hashes; installed as it is, without resolving
FIRST = "torch=="  # installed alone and first: resolved together with the rest, another build of it may be chosen
FREE_GB_NEEDED = 4.0
PIP_OPTIONS = ("--disable-pip-version-check", "--no-input")


class CannotInstall(Exception):
    """The installation cannot be done for a reason outside it; the message is one sentence for the operator."""


def say(line: str) -> None:
    """Write a line to standard error, before pip writes its own."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def fingerprint(files: list[Path]) -> str:
    """Return one line a file: name and SHA-256, with the Python that installs."""
    lines = [f"python {sys.version_info.major}.{sys.version_info.minor}"]
    lines += [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return "\n".join(lines) + "\n"


def is_installed(venv: Path, files: list[Path]) -> bool:
    """Whether `venv` works and has the packages of `files`."""
    try:
        remembered = (venv / ".installed").read_text().splitlines()
    except OSError:
        return False
    wanted = [line for line in fingerprint(files).splitlines() if not line.startswith("python ")]
    return set(wanted) <= set(remembered) and _works(venv)


def _works(venv: Path) -> bool:
    python = venv / "bin" / "python"
    return python.exists() and subprocess.run([str(python), "-c", ""], check=False).returncode == 0


def check_space(venv: Path, needed_gb: float = FREE_GB_NEEDED) -> None:
    """Refuse a first installation that would fill the disk.

    Raises:
        CannotInstall: less than `needed_gb` GB are free.
    """
    free = shutil.disk_usage(venv.absolute().parent).free / 1e9
    if free < needed_gb:
        raise CannotInstall(f"Not enough disk space: installing needs {needed_gb:g} GB, {free:.1f} GB are free.")


def make_venv(venv: Path) -> None:
    """Create the virtual environment, or create it again where its Python is missing.

    Raises:
        CannotInstall: Python has no venv module.
    """
    if _works(venv):
        return
    say(f"Making {venv} with Python {sys.version.split()[0]} ...")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=False)
    if made.returncode:
        raise CannotInstall("Python could not make a virtual environment; on Debian: apt-get install python3-venv.")


def install(venv: Path, files: list[Path]) -> None:
    """Install `files` into `venv`, and record their hashes: files with hashes, then torch, then the rest.

    Raises:
        CannotInstall: pip failed; it has printed why.
    """
    locked = [file for file in files if file.suffix == LOCK]
    others = [file for file in files if file.suffix != LOCK]
    torch = [line.strip() for file in others for line in file.read_text().splitlines() if line.startswith(FIRST)]
    steps = [["--no-deps", "--require-hashes", "-r", str(file)] for file in locked]
    steps += [[line] for line in torch] + [[word for file in others for word in ("-r", str(file))]]
    for number, words in enumerate(steps, start=1):
        say(f"Installing {' '.join(words)} (step {number} of {len(steps)}; this takes minutes the first time)")
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", *PIP_OPTIONS, *words]
        if subprocess.run(pip, check=False).returncode:
            raise CannotInstall("Installing failed, the lines above say why; run the same again once it is fixed.")
    (venv / ".installed").write_text(fingerprint(files))


def main() -> int:
    """Install what is missing; return 0 when all is installed, 1 with one sentence when it cannot be."""
    venv, files = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    if is_installed(venv, files):
        return 0
    try:
        if not (venv / ".installed").exists():
            check_space(venv)
        make_venv(venv)
        install(venv, files)
    except CannotInstall as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Installing failed: {error.strerror} ({error.filename}).")
        return 1
    except KeyboardInterrupt:
        say("\nInstalling was interrupted; run the same again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
