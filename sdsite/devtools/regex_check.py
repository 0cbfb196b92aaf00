"""Find regular expressions of the site whose matching may take more than linear time, with the library regexploit.

Expressions are those in the globals of all modules, also in their tables, and the literals in calls of `re`.
"""

import ast
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

PACKAGES = ("sdsite", "generation", "gallery")
SKIPPED = re.compile(r"migrations|\.starter\.|\.devtools\.|\.asgi$")  # texts of nobody reach these
FUNCTIONS = ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
MOST_STARS = 1  # repetitions that may match the same characters

Found = dict[tuple[str, int], str]


def collect(names: Iterable[str]) -> Found:
    """Return the module of each expression in the modules `names`, by pattern and flags."""
    found: Found = {}
    for name in names:
        module = importlib.import_module(name)
        for pattern in (*_in_globals(vars(module).values()), *_in_calls(module)):
            if isinstance(pattern.pattern, str):
                found.setdefault((pattern.pattern, pattern.flags), name)
    return found


def weak_spots(pattern: str, flags: int) -> list[str]:
    """Return an example, as Python, for each part of an expression that may take more than linear time."""
    from regexploit.ast.sre import SreOpParser  # only development machines have it
    from regexploit.redos import find

    class Parser(SreOpParser):
        """regexploit's parser, with what is newer: these never backtrack, but are searched from each position."""

        def from_POSSESSIVE_REPEAT(self, data: Any) -> Any:  # noqa: N802
            return self.from_MAX_REPEAT(data)

        def from_ATOMIC_GROUP(self, data: Any) -> Any:  # noqa: N802
            return self.sequence_or_singleton(data)

    parsed = Parser().parse_sre(pattern, flags & ~re.DEBUG)
    if parsed is None:
        return []
    return [str(one.example()) for one in find(parsed) if one.starriness > MOST_STARS]


def _module_names() -> Iterator[str]:
    for package in PACKAGES:
        yield package
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not SKIPPED.search(module.name):
                yield module.name


def _in_globals(values: Iterable[Any], depth: int = 3) -> Iterator[re.Pattern[Any]]:
    for value in list(values):
        if isinstance(value, re.Pattern):
            yield value
        elif depth and isinstance(value, dict):
            yield from _in_globals((*value.keys(), *value.values()), depth - 1)
        elif depth and isinstance(value, list | tuple | set | frozenset):
            yield from _in_globals(value, depth - 1)


def _in_calls(module: ModuleType) -> Iterator[re.Pattern[str]]:
    source = getattr(module, "__file__", None)
    if not source:
        return
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_of_re(node.func) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield re.compile(first.value)


def _is_of_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in FUNCTIONS
    )


def main() -> int:
    """Print the weak expressions; return 1 if there are any."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")
    django.setup()
    expressions = collect(_module_names())
    weak = 0
    for (pattern, flags), module in sorted(expressions.items(), key=lambda item: item[1]):
        examples = weak_spots(pattern, flags)
        weak += bool(examples)
        for example in examples:
            print(f"{module}: {pattern!r} may take more than linear time for {example}")  # noqa: T201
    print(f"{len(expressions)} regular expressions, {weak} that may take more than linear time.")  # noqa: T201
    return int(weak > 0)


if __name__ == "__main__":
    sys.exit(main())
