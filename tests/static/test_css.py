"""The style sheets: colours are tokens, variables and classes exist and are used, and no selector stands twice."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "static" / "css"
SHEETS = sorted(CSS.rglob("*.css"))
FOREIGN = ("admin.css", "admin_lists.css", "admin_matrix.css", "api_docs.css")  # which use names of others
OWN = [sheet for sheet in SHEETS if sheet.name not in FOREIGN]
SOURCES = [
    *ROOT.glob("templates/**/*.html"),
    *ROOT.glob("static/js/**/*.js"),
    *(path for app in ("sdsite", "gallery", "generation") for path in ROOT.glob(f"{app}/**/*.py")),
]

MADE_BY_DJANGO = {"errorlist"}
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(")
# Where a class is used: an attribute in HTML, an attribute in JavaScript or Python, classList in JavaScript.
USES = (
    re.compile(r'\bclass="((?:[^"{]|\{[{%].*?[%}]\})*)"'),
    re.compile(r"""\bclass["']?: ["'`]([^"'`]*)["'`]"""),
    re.compile(r'thumbnail_html\(\w+, "([\w-]+)"\)'),
    re.compile(r'classList\.\w+\("([\w-]+)"'),
    re.compile(r'^  \w+: "(button[^"]*)"', re.MULTILINE),  # CLASSES of the job card
)


def text_of(sheet):
    """Return a sheet without comments."""
    return re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)


def selectors_of(sheet):
    """Return (conditions around it, selector) of every rule."""
    found, around, words = [], [], ""
    for character in text_of(sheet):
        if character == "{":
            head = " ".join(words.split())
            if not head.startswith("@"):
                found.append((tuple(around), head))
            around.append(head)
            words = ""
        elif character == "}":
            around.pop()
            words = ""
        elif character == ";":
            words = ""
        else:
            words += character
    assert not around, f"{sheet.name}: a brace is missing"
    return found


def classes_of(sheet):
    """Return the classes in a sheet's selectors."""
    return {name for _, selector in selectors_of(sheet) for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)}


def classes_used():
    """Return the classes in templates, scripts and Python; `tag--*` stands for all that begin with `tag--`."""
    found = set()
    for source in SOURCES:
        text = source.read_text()
        for use in USES:
            for value in use.findall(text):
                value = re.sub(r"\{%.*?%\}", " ", value)
                value = re.sub(r"(?:\{\{.*?\}\}|\$\{.*?\})", "*", value)
                found |= set(value.split())
    return found


def is_used(name, used):
    return name in used or any(one.endswith("*") and name.startswith(one[:-1]) for one in used)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_colours_are_in_the_tokens_alone(sheet):
    if sheet.name != "tokens.css":
        assert COLOUR.findall(text_of(sheet)) == []


def test_every_variable_is_defined_and_used():
    texts = "".join(text_of(sheet) for sheet in SHEETS if not sheet.name.startswith("admin"))
    scripts = "".join(path.read_text() for path in ROOT.glob("static/js/**/*.js"))
    defined = set(re.findall(r"(?<![\w-])(--[\w-]+)\s*:", texts))
    defined |= set(re.findall(r'setProperty\("(--[\w-]+)"', scripts))
    used = set(re.findall(r"var\((--[\w-]+)", texts))
    assert used - defined == set()
    assert defined - used == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_selector_stands_twice(sheet):
    selectors = selectors_of(sheet)
    assert [one for one in set(selectors) if selectors.count(one) > 1] == []


def test_every_class_of_the_sheets_is_used():
    used = classes_used() | MADE_BY_DJANGO
    own = {name for sheet in OWN for name in classes_of(sheet)}
    admin = {name for name in classes_of(CSS / "admin.css") if name.startswith("sdsite-")}
    assert sorted(name for name in own | admin if not is_used(name, used)) == []
