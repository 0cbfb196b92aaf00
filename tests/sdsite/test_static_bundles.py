"""Bundles: every script of ours can be bundled, and a bundle does what its modules do."""

import json
import shutil
import subprocess

import pytest

from sdsite.static_bundles import CannotBundle, bundle_script, bundle_style, imported_later, is_module
from tests.support.site import ROOT

STATIC = ROOT / "static"
SCRIPTS = {path.relative_to(STATIC).as_posix(): path.read_text() for path in STATIC.rglob("*.js")}
LATER = {one for name, text in SCRIPTS.items() if name.startswith("js/") for one in imported_later(text, name)}
ENTRIES = sorted(
    name for name, text in SCRIPTS.items() if is_module(text) and (name.startswith("js/pages/") or name in LATER)
)

MODULES = {
    "js/pages/page.js": """// @ts-check
import { double as twice, Counter } from "../lib/numbers.js";
import * as numbers from "../lib/numbers.js";
import {
  shared,
} from "../lib/state.js";
import "../lib/effect.js";

/** @param {import("../lib/numbers.js").Counter} counter */
export const run = (counter) => twice(counter.value) + numbers.ONE;
export async function later() {
  return (await import("../lib/later.js")).touch();
}
shared.seen.push("page");
globalThis.result = { run: run(new Counter()), seen: shared.seen, later };
""",
    "js/lib/numbers.js": """export const ONE = 1;
const $hidden = 21;
export function double(value) {
  return value * 2;
}
class Counter {
  value = $hidden;
}
export { Counter };
""",
    "js/lib/state.js": 'export const shared = { seen: [] };\nconst ONE = "mine";\nshared.one = ONE;\n',
    "js/lib/effect.js": 'import { shared } from "./state.js";\nshared.seen.push("effect");\n',
    "js/lib/later.js": 'import { shared } from "./state.js";\nexport const touch = () => shared.seen.push("later");\n',
}


@pytest.mark.skipif(not shutil.which("node"), reason="node runs the bundle; the browser tests run those of pages")
def test_a_bundle_does_what_its_modules_do(tmp_path):
    for name in ("js/pages/page.js", "js/lib/later.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(bundle_script(name, MODULES.__getitem__))
    program = "import './js/pages/page.js'; await result.later(); console.log(JSON.stringify(result))"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "main.js").write_text(program)
    printed = subprocess.run(["node", "main.js"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    # A module that is imported later meets the same state, and is evaluated once.
    assert json.loads(printed.stdout) == {"run": 43, "seen": ["effect", "page", "later"]}


def test_vendored_modules_stay_imports():
    modules = {"js/pages/a.js": 'import Sort from "../../vendor/sort.js";\nnew Sort();\n', "vendor/sort.js": ""}
    bundle = bundle_script("js/pages/a.js", modules.__getitem__)
    assert bundle.startswith('import * as v0 from "../../vendor/sort.js";')
    assert 'const Sort = $modules["vendor/sort.js"].default;' in bundle


@pytest.mark.parametrize(
    "text",
    ["export let a = 1;\n", "export default 3;\n", 'export * from "./b.js";\n', 'import a, { b } from "./b.js";\n'],
)
def test_forms_that_are_not_known_are_refused(text):
    with pytest.raises(CannotBundle):
        bundle_script("js/a.js", {"js/a.js": text, "js/b.js": "export const b = 1;\n"}.__getitem__)


def test_circles_are_refused():
    modules = {"js/a.js": 'import "./b.js";\n', "js/b.js": 'import "./a.js";\n'}
    with pytest.raises(CannotBundle, match=r"js/a\.js -> js/b\.js -> js/a\.js"):
        bundle_script("js/a.js", modules.__getitem__)
    with pytest.raises(CannotBundle):
        bundle_style("a.css", {"a.css": '@import "a.css";\n'}.__getitem__)


def test_addresses_in_style_sheets_fit_their_new_place():
    sheets = {"css/pages/a.css": '@import "../b.css";\np {}\n', "css/b.css": 'a { background: url("../x.svg") }\n'}
    assert bundle_style("css/pages/a.css", sheets.__getitem__) == 'a { background: url("../../x.svg") }\n\np {}\n'


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_script_of_ours_can_be_bundled(entry):
    bundle = bundle_script(entry, SCRIPTS.__getitem__)
    assert "\nimport " not in bundle.replace("\nimport * as v", "")
