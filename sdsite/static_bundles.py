"""Bundles of the site's own scripts and style sheets, written when static files are collected.

A page's script imports dozens of small modules, each of which would be a request, and its chain of imports a chain of
round trips. A bundle holds all modules of an entry in the order in which they are evaluated, each in a function of its
own, so that names do not meet. The registry of modules is one for the page: an entry that is imported later
(`import("./editor.js")`) shares the modules that are there. Imports of files under `vendor/` stay imports.

Modules must be written in the forms that `_IMPORT` and `_EXPORT` know, at the start of a line, and must not import in
a circle; a test checks all of ours. What is no bundle works as well, more slowly; in development nothing is bundled.
"""

import posixpath
import re
from collections.abc import Callable

Read = Callable[[str], str]  # text of a static file by its name

_IMPORT = re.compile(
    r"^import\s+(?:(?P<star>\*\s+as\s+\w+)|(?P<names>\{[^}]*\})|(?P<default>\w+))?\s*(?:from\s*)?"
    r"""["'](?P<path>[^"'\n]+)["'];?[ \t]*$""",
    re.MULTILINE,
)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+function|function|class|const)\b\*?\s*(?P<name>[\w$]+))", re.MULTILINE)
_EXPORTED_NAME = re.compile(r"(?:async\s+function|function|class|const)\b\*?\s*([\w$]+)")
_EXPORT_LIST = re.compile(r"^export\s+\{(?P<names>[^}]*)\};?[ \t]*$", re.MULTILINE)
_ANY_EXPORT = re.compile(r"^export\b.*$", re.MULTILINE)
_LATER = re.compile(r"""\bimport\(\s*(["'])(\.[^"']+)\1\s*\)""")
_CSS_IMPORT = re.compile(r"""^@import (?:url\()?["']([^"']+)["']\)?;[ \t]*$""", re.MULTILINE)
_CSS_URL = re.compile(r"""url\((["']?)(?!data:|/|https?:|#)([^"')]+)\1\)""")
_COMMENT = re.compile(r"^[ \t]*//.*$|^[ \t]*/\*\*?(?:[^*]|\*(?!/))*\*/[ \t]*$", re.MULTILINE)
_RENAMED = re.compile(r"(?<=[\w$])\s+as\s+")
REGISTRY = "const $modules = (globalThis.sdsiteModules ??= {});"


class CannotBundle(Exception):
    """A module is written in a form that bundles do not know, or modules import in a circle."""


def bundle_script(entry: str, read: Read) -> str:
    """Return one module with everything that `entry` imports, at its place: relative names start in its folder.

    Raises:
        CannotBundle: a module cannot be read as one of ours.
    """
    order = _in_order(entry, read)
    folder = posixpath.dirname(entry)
    vendored = [name for name in order if _is_vendored(name)]
    parts = [f'import * as v{index} from "{_relative(name, folder)}";' for index, name in enumerate(vendored)]
    parts.append(REGISTRY)
    for name in order:
        if name in vendored:
            parts.append(f'$modules["{name}"] ??= v{vendored.index(name)};')
        else:
            parts.append(_wrapped(name, read(name), folder))
    names = [outside for _, outside in _exports(read(entry), entry)]
    if names:
        parts.append(f'export const {{ {", ".join(names)} }} = $modules["{entry}"];')
    return "\n".join(parts) + "\n"


def is_module(text: str) -> bool:
    """Tell whether a script imports or exports anything; plain scripts are left as they are."""
    return bool(re.search(r"^(?:import|export)\b", text, re.MULTILINE))


def imported_later(text: str, name: str) -> list[str]:
    """Return the modules that a module imports by `import()`: entries of their own."""
    return [_join(name, path) for _, path in _LATER.findall(_COMMENT.sub("", text))]


def bundle_style(entry: str, read: Read, *, above: tuple[str, ...] = ()) -> str:
    """Return a style sheet with its local imports in their places, addresses in them made to fit.

    Raises:
        CannotBundle: sheets import each other in a circle.
    """
    if entry in above:
        raise CannotBundle(f"{entry} imports itself")

    def put(found: re.Match[str]) -> str:
        name = _join(entry, found[1])
        sheet = bundle_style(name, read, above=(*above, entry))
        here, there = posixpath.dirname(entry), posixpath.dirname(name)
        return _CSS_URL.sub(
            lambda url: f'url("{_relative(posixpath.normpath(posixpath.join(there, url[2])), here)}")', sheet
        )

    return _CSS_IMPORT.sub(put, read(entry))


def _in_order(entry: str, read: Read) -> list[str]:
    """Return a module and all that it imports, each after what it imports itself."""
    order: list[str] = []
    open_ones: list[str] = []

    def visit(name: str) -> None:
        if name in open_ones:
            raise CannotBundle(f"modules import in a circle: {' -> '.join([*open_ones, name])}")
        if name in order:
            return
        open_ones.append(name)
        if not _is_vendored(name):
            for found in _IMPORT.finditer(read(name)):
                visit(_join(name, found["path"]))
        open_ones.pop()
        order.append(name)

    visit(entry)
    return order


def _wrapped(name: str, text: str, folder: str) -> str:
    """Return a module as a function whose result, the module's exports, joins the registry."""
    exports = _exports(text, name)

    def take(found: re.Match[str]) -> str:
        module = f'$modules["{_join(name, found["path"])}"]'
        if found["star"]:
            return f"const {found['star'].split()[-1]} = {module};"
        if found["default"]:
            return f"const {found['default']} = {module}.default;"
        if found["names"]:
            names = _RENAMED.sub(": ", found["names"])
            return f"const {names} = {module};"
        return ""

    text = _IMPORT.sub(take, text)
    text = _EXPORT.sub("", _EXPORT_LIST.sub("", text))
    text = _LATER.sub(lambda found: f'import("{_relative(_join(name, found[2]), folder)}")', text)
    text = re.sub(r"\n{2,}", "\n", _COMMENT.sub("", text)).strip()
    given = ", ".join(inside if inside == outside else f"{outside}: {inside}" for inside, outside in exports)
    return f'$modules["{name}"] ??= (() => {{\n{text}\nreturn {{ {given} }};\n}})();'


def _exports(text: str, name: str) -> list[tuple[str, str]]:
    """Return what a module exports: its names inside and outside."""
    exports = [(found["name"], found["name"]) for found in _EXPORT.finditer(text)]
    for found in _EXPORT_LIST.finditer(text):
        for item in filter(None, (item.strip() for item in found["names"].split(","))):
            inside, _, outside = item.partition(" as ")
            exports.append((inside.strip(), outside.strip() or inside.strip()))
    known = len(_EXPORT.findall(text)) + len(_EXPORT_LIST.findall(text))
    if known != len(_ANY_EXPORT.findall(text)):
        unknown = [line for line in _ANY_EXPORT.findall(text) if not (_EXPORT.match(line) or _EXPORT_LIST.match(line))]
        raise CannotBundle(f"{name} exports in a form that bundles do not know: {unknown}")
    if len(re.findall(r"^import\b(?!\()", text, re.MULTILINE)) != len(_IMPORT.findall(text)):
        raise CannotBundle(f"{name} imports in a form that bundles do not know")
    return exports


def _is_vendored(name: str) -> bool:
    return name.startswith("vendor/")


def _join(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _relative(name: str, folder: str) -> str:
    found = posixpath.relpath(name, folder or ".")
    return found if found.startswith(".") else f"./{found}"
