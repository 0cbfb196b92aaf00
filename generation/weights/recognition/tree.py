"""Walk through a folder of weights: candidates and what is left out, bounded in files, entries and depth.

Links are followed, since people share their models between programs by links; a folder or file that was met before,
under whatever name, is not listed twice. In the cache of the Hugging Face Hub the newest snapshot counts.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from generation.weights.recognition.recognize import SUFFIXES, read_config
from generation.weights.recognition.recognized import FileRefused

DEEPEST = 12
MOST_FILES = 5_000
MOST_ENTRIES = 200_000

Identity = tuple[int, int]  # device and inode


@dataclass(frozen=True)
class Candidate:
    """A file or folder to recognise, or one that is left out and why."""

    path: Path
    refused: FileRefused | None = None


@dataclass
class Walk:
    """One walk through several folders; what it met counts for all of them."""

    most_files: int = MOST_FILES
    most_entries: int = MOST_ENTRIES
    _files: int = 0
    _entries: int = 0
    _met: set[Identity] = field(default_factory=set)

    def through(self, root: Path) -> Iterator[Candidate]:
        """Yield what is below `root`, each folder's entries in the order of their names."""
        try:
            facts = root.stat()
            if not root.is_dir():
                raise NotADirectoryError(20, "it is no folder")
        except OSError as error:
            why = FileRefused("folder_missing", f"The folder {root} cannot be read: {error.strerror}.")
            yield Candidate(root, why)
            return
        yield from self._folder(root, ((facts.st_dev, facts.st_ino),))

    def _folder(self, folder: Path, above: tuple[Identity, ...]) -> Iterator[Candidate]:
        """Yield what is in `folder`; `above` are it and the folders on the way to it."""
        if above[-1] in self._met:
            return
        self._met.add(above[-1])
        if is_one_of_weights(folder):
            yield from self._count(folder)
            return
        try:
            names = sorted(os.listdir(folder))
        except OSError as error:
            yield Candidate(folder, FileRefused("unreadable", f"The folder cannot be read: {error.strerror}."))
            return
        for name in _of_newest_snapshot(folder, names):
            self._entries += 1
            if self._entries == self.most_entries + 1:
                yield Candidate(folder / name, self.too_many())
            if self._files > self.most_files or self._entries > self.most_entries:
                return
            if not name.startswith("."):
                yield from self._entry(folder / name, above)

    def _entry(self, path: Path, above: tuple[Identity, ...]) -> Iterator[Candidate]:
        try:
            facts = path.stat()
        except OSError as error:  # a link to nothing, or one to itself
            if path.suffix.lower() in SUFFIXES or path.is_symlink():
                why = FileRefused("unreadable", f"It cannot be read: {error.strerror}.")
                yield Candidate(path, why)
            return
        identity = (facts.st_dev, facts.st_ino)
        if path.is_dir():
            if identity in above:
                yield Candidate(path, FileRefused("link_loop", "It leads back to a folder above it."))
            elif len(above) < DEEPEST:
                yield from self._folder(path, (*above, identity))
        elif path.suffix.lower() in SUFFIXES and identity not in self._met:
            self._met.add(identity)
            yield from self._count(path)

    def _count(self, path: Path) -> Iterator[Candidate]:
        """Yield `path`, or once that there are too many."""
        self._files += 1
        if self._files <= self.most_files:
            yield Candidate(path)
        elif self._files == self.most_files + 1:
            yield Candidate(path, self.too_many())

    def too_many(self) -> FileRefused:
        """Return the refusal of what comes after the bound."""
        return FileRefused(
            "too_many_files",
            f"A scan looks at {self.most_files:,} files of weights at most; this one and the rest were left out. "
            "Name folders inside of this one in SDSITE_MODEL_FOLDERS.",
        )


def is_one_of_weights(folder: Path) -> bool:
    """Return whether a folder is one checkpoint or part: its config names a class; settings of programs do not."""
    if (folder / "model_index.json").is_file():
        return True
    config = read_config(folder / "config.json")
    return bool(config.get("_class_name") or config.get("architectures") or config.get("model_type"))


def _of_newest_snapshot(folder: Path, names: list[str]) -> list[str]:
    """Return the entries of a folder; of the snapshots in the Hub's cache the one that its main branch names."""
    if folder.name != "snapshots" or not folder.parent.name.startswith("models--"):
        return names
    try:
        commit = (folder.parent / "refs" / "main").read_text(encoding="utf-8")[:64].strip()
    except (OSError, ValueError):
        return names
    return [commit] if commit in names else names
