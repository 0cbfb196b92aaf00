"""The layout of the code: sizes of folders and files, no families by prefix, and the place of each module's test."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.site import ROOT

PACKAGES = ("sdsite", "generation", "gallery")
MOST_MODULES = 15
MOST_LINES, MOST_LINES_OF_TESTS = 300, 400
MOST_UNTESTED = 45
# Three files of one prefix that are one family by the words of the field, not for want of a folder.
FAMILIES = {
    ("generation/pipelines/solvers", "dpm"),  # members of the DPM-Solver family, by their published names
}
LONGER: set[str] = set()
# Modules without a test of their name: registrations, addresses, plain rows, and tools that other tests run as
# a whole. The list may only shrink: a module that has a test, or is gone, must leave it.
UNTESTED = {
    "gallery/apps.py",
    "gallery/models/collection.py",
    "gallery/models/search.py",
    "gallery/models/tag.py",
    "gallery/urls.py",
    "generation/apps.py",
    "generation/errors.py",
    "generation/events/groups.py",
    "generation/models/client_options.py",
    "generation/models/download.py",
    "generation/models/image_check.py",
    "generation/models/queue_state.py",
    "generation/models/share.py",
    "generation/models/workflow.py",
    "generation/pipelines/benchmarks.py",
    "generation/pipelines/protocol.py",
    "generation/pipelines/upscaling/benchmarks.py",
    "generation/pipelines/upscaling/models.py",
    "generation/realtime/routing.py",
    "generation/starter/training/autoencoder.py",
    "generation/urls.py",
    "generation/webhooks/catalog.py",
    "generation/weights/sources.py",
    "generation/worker/tasks.py",
    "sdsite/accounts/apps.py",
    "sdsite/accounts/models/api_key.py",
    "sdsite/accounts/models/audit.py",
    "sdsite/accounts/templatetags/account_pages.py",
    "sdsite/accounts/urls.py",
    "sdsite/api/compat/comfyui/urls.py",
    "sdsite/api/compat/stability/routing.py",
    "sdsite/api/websocket/routing.py",
    "sdsite/apps.py",
    "sdsite/devtools/bench/bare_pipeline.py",
    "sdsite/devtools/bench/eta.py",
    "sdsite/devtools/bench/fixtures.py",
    "sdsite/devtools/bench/memory.py",
    "sdsite/devtools/bench/site.py",
    "sdsite/devtools/bench/stamped_worker.py",
    "sdsite/devtools/bench/switching.py",
    "sdsite/devtools/chaos/clients.py",
    "sdsite/devtools/chaos/faults.py",
    "sdsite/devtools/chaos/site.py",
    "sdsite/management/commands/bench.py",
    "sdsite/server/install.py",
}


def files(folder, ending):
    """Return the files below `folder`, by their paths from the root; migrations have names and sizes of their own."""
    found = (path.relative_to(ROOT) for path in sorted((ROOT / folder).rglob(f"*{ending}")))
    return [path for path in found if not {"migrations", "__pycache__"} & set(path.parts)]


CODE = [path for package in PACKAGES for path in files(package, ".py")]
MODULES = [path for path in CODE if path.name != "__init__.py"]
SCRIPTS = files("static/js", ".js")
TESTS = files("tests", ".py")


def by_folder(paths):
    folders = defaultdict(list)
    for path in paths:
        folders[path.parent.as_posix()].append(path)
    return folders


def name_and_folder(path):
    """Return what a module, or a package by its `__init__.py`, is called and where it lies."""
    return (path.parent.name, path.parent.parent) if path.name == "__init__.py" else (path.stem, path.parent)


def modules_by_folder():
    """Return (name, path) of the modules and packages in each folder."""
    found = defaultdict(list)
    for path in CODE:
        name, folder = name_and_folder(path)
        found[folder].append((name, path))
    return found


BY_FOLDER = modules_by_folder()


def find_module(test):
    """Return the module or package whose test a file is: the one in the same place with the longest fitting name."""
    said = test.stem.removeprefix("test_")
    beside = BY_FOLDER[Path(*test.parts[1:-1])]
    fitting = [(len(name), path) for name, path in beside if said == name or said.startswith(f"{name}_")]
    return max(fitting)[1].as_posix() if fitting else None


def mirrors_a_package(test):
    return test.parts[1] in PACKAGES and test.name.startswith("test_")


def test_no_folder_has_more_than_fifteen_modules():
    many = {folder: len(paths) for folder, paths in by_folder(MODULES + SCRIPTS).items() if len(paths) > MOST_MODULES}
    assert many == {}


def test_three_files_of_one_prefix_are_a_folder():
    families = set()
    for folder, paths in by_folder(MODULES + SCRIPTS).items():
        prefixes = [path.stem.lstrip("_").split("_")[0] for path in paths if "_" in path.stem.lstrip("_")]
        families |= {(folder, prefix) for prefix in prefixes if prefixes.count(prefix) >= 3}
    assert families <= FAMILIES
    assert families >= FAMILIES, "an entry of FAMILIES is no family any more"


@pytest.mark.parametrize("prefix", ["api", "views", "checkpoint"])
def test_these_prefixes_are_folders(prefix):
    pairs = {
        folder: names
        for folder, paths in by_folder(MODULES).items()
        if len(names := [path.name for path in paths if re.match(rf"{prefix}_", path.name)]) > 1
    }
    assert pairs == {}


def test_no_file_is_too_long():
    bounds = [(path, MOST_LINES) for path in CODE + SCRIPTS + files("static/css", ".css")]
    bounds += [(path, MOST_LINES_OF_TESTS) for path in TESTS]
    long = {path.as_posix() for path, most in bounds if len((ROOT / path).read_text().splitlines()) > most}
    assert long - LONGER == set()
    assert LONGER - long == set(), "an entry of LONGER is short enough now"


def test_every_module_has_its_test_where_the_tree_says():
    tested = {find_module(test) for test in TESTS if mirrors_a_package(test)}
    untested = {path.as_posix() for path in MODULES} - tested
    assert untested - UNTESTED == set(), "a module a/b/c.py needs a test tests/a/b/test_c.py"
    assert UNTESTED - untested == set(), "modules that have a test now, or are gone, must leave UNTESTED"
    assert len(UNTESTED) <= MOST_UNTESTED


def test_every_test_has_its_module():
    assert [test.as_posix() for test in TESTS if mirrors_a_package(test) and find_module(test) is None] == []
