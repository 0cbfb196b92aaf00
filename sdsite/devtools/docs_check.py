"""Check of the documents: links, anchors, and names of files, modules, commands and make targets that no longer exist.

Run as `python -m sdsite.devtools.docs_check` (`make docs-check`); standard library only. Decision records are history:
their links are checked, the files that they name are not.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sdsite", "generation", "gallery", "static", "templates", "tests", "docs")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(rf"(?:{'|'.join(PACKAGES)})/[\w./-]*\w\.(?:py|js|css|html|md|json|toml)")
_MODULE = re.compile(rf"(?<![\w./])(?:{'|'.join(PACKAGES[:3])}|tests)(?:\.[a-z_]\w*)+")
_COMMAND = re.compile(r"manage\.py ([a-z_]+)")
_RUN_MODULE = re.compile(r"python -m ([\w.]+)")
_MAKE = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]+)")
_DJANGO_COMMANDS = frozenset(
    {"changepassword", "check", "clearsessions", "collectstatic", "createsuperuser", "dumpdata", "loaddata"}
    | {"makemigrations", "migrate", "rqworker", "shell"}
)
_NO_MODULES = {"sdsite.json", "sdsite.msgpack", "sdsite.sqlite3"}  # subprotocols and a file


def documents(root: Path) -> list[Path]:
    """Return every Markdown file of the project, sorted."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("generation/**/README.md")]
    return sorted(path for path in found if path.name != "CHANGELOG.md")


def slug(heading: str) -> str:
    """Return the anchor that Markdown renderers make of a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of all headings in a document."""
    return {slug(line.lstrip("#")) for line in _FENCE.sub("", text).splitlines() if line.startswith("#")}


def broken_links(path: Path, text: str) -> Iterator[str]:
    """Yield a sentence for each relative link whose file or anchor does not exist."""
    for match in _LINK.finditer(_FENCE.sub("", text)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield f"link to {target}: there is no such file"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield f"link to {target}: there is no such heading"


def _is_module(root: Path, dotted: str) -> bool:
    """Tell whether `dotted` names a module, or something inside one (its last part, or last two)."""
    parts = dotted.split(".")
    for kept in range(len(parts), max(1, len(parts) - 2), -1):
        place = root.joinpath(*parts[:kept])
        if place.with_suffix(".py").exists():
            rest = parts[kept:]
            return not rest or re.search(rf"\b{re.escape(rest[0])}\b", place.with_suffix(".py").read_text()) is not None
        if place.is_dir() and kept == len(parts):
            return True
    return False


def _commands(root: Path) -> set[str]:
    files = (path for app in PACKAGES[:3] for path in root.glob(f"{app}/management/commands/*.py"))
    return {path.stem for path in files} | _DJANGO_COMMANDS


def _is_known_name(root: Path, dotted: str) -> bool:
    is_permission = re.search(r"\.(view|add|change|delete)_\w+$", dotted)
    return dotted in _NO_MODULES or bool(is_permission) or _is_module(root, dotted)


def _is_elsewhere(dotted: str) -> bool:
    return dotted.split(".", maxsplit=1)[0] not in PACKAGES


def stale_names(root: Path, text: str) -> Iterator[str]:
    """Yield a sentence for each file, module, command or make target that a document names and that does not exist."""
    commands = _commands(root)
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.MULTILINE))
    spans = _CODE.findall(_FENCE.sub("", text))
    named = "\n".join(spans)
    shown = "\n".join([*spans, *_FENCE.findall(text)])
    looks: list[tuple[re.Pattern[str], str, Callable[[str], bool], str]] = [
        (_FILE, named, lambda name: "/a/b/" in name or (root / name).exists(), "{}: there is no such file"),
        (_MODULE, named, lambda name: _is_known_name(root, name), "{}: there is no such module or name"),
        (_COMMAND, text, commands.__contains__, "manage.py {}: there is no such command"),
        (_RUN_MODULE, text, lambda name: _is_elsewhere(name) or _is_module(root, name), "python -m {}: no such module"),
        (_MAKE, shown, targets.__contains__, "make {}: there is no such target"),
    ]  # fmt: skip
    for pattern, searched, exists, sentence in looks:
        for name in pattern.findall(searched):
            if not exists(name):
                yield sentence.format(name)


def problems(root: Path = ROOT) -> list[str]:
    """Return everything that is wrong with the documents below `root`, one line each, with the document's path."""
    found = []
    for path in documents(root):
        text = path.read_text()
        wrong = [*broken_links(path, text)]
        if "decisions" not in path.parts:
            wrong += stale_names(root, text)
        found += [f"{path.relative_to(root)}: {sentence}" for sentence in dict.fromkeys(wrong)]
    linked = "".join(path.read_text() for path in documents(root))
    found += [
        f"docs/{path.name}: no document links to it"
        for path in sorted((root / "docs").glob("*.md"))
        if f"{path.name}" not in linked
    ]
    return [*found, *misnumbered_decisions(root)]


def misnumbered_decisions(root: Path) -> Iterator[str]:
    """Yield a sentence for each decision record whose number another one has, or whose title has another number."""
    seen: dict[str, str] = {}
    for path in sorted((root / "docs" / "decisions").glob("[0-9]*.md")):
        number = path.name.split("-", maxsplit=1)[0]
        if number in seen:
            yield f"docs/decisions/{path.name}: {seen[number]} has the same number"
        seen[number] = path.name
        if not re.match(rf"# 0*{int(number)}\b", path.read_text()):
            yield f"docs/decisions/{path.name}: its title does not begin with its number"


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = problems()
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
