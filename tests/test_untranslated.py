"""Templates have no text for people outside of translating tags."""

import re
from html.parser import HTMLParser

import pytest

from tests.support.site import ROOT

TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html"))
NO_TEXT = {"allauth/elements/button.html"}  # an element whose name is a tag, which the parser takes for a text
ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "data-title", "data-words", "data-go", "aria-description"}
# Content of elements that is no language, and names that are the same in all of them.
SKIPPED = {"code", "kbd", "samp", "pre", "script", "style"}
NAMES = {"sdsite", "API", "JSON", "PNG", "JPEG", "WebP", "MB", "px", "GPU", "OpenAPI", "openapi.json", "Ctrl", "Enter"}
_BLOCK = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_COMMENT = re.compile(r"{#.*?#}|{%\s*comment\b.*?{%\s*endcomment\s*%}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_ARGUMENT = re.compile(r'\b(?:label|title|hint|words|text|help|heading|message|go|placeholder)="([^"]*)"')


class Texts(HTMLParser):
    """Collects the texts and the spoken attributes of a page."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], []

    def handle_starttag(self, tag, attrs):
        if tag in SKIPPED or (tag == "span" and ("aria-hidden", "true") in attrs):  # a name of the icons' font
            self.inside.append(tag)
        self.found += [value for name, value in attrs if name in ATTRIBUTES and value]

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.found.append(data)


def untranslated(source):
    """Return the words of a template that no translating tag has."""
    source = _COMMENT.sub("", _BLOCK.sub("", source))
    texts = Texts()
    arguments = [value for tag in _TAG.findall(source) for value in _ARGUMENT.findall(tag)]
    texts.feed(_TAG.sub(" ", source))
    texts.close()
    words = [" ".join(text.split()) for text in texts.found + arguments]
    return [text for text in words if set(re.findall(r"[^\W\d_][\w.]*[^\W\d_]", text)) - NAMES]


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name not in NO_TEXT])
def test_every_text_of_a_template_is_translatable(template):
    assert untranslated((ROOT / "templates" / template).read_text()) == []


def test_what_counts_as_untranslated():
    assert untranslated('<p title="Tip">{% translate "One" %} and</p>') == ["Tip", "and"]
    assert untranslated('{% include "x" with label="Two" %}{# no #}<code>abc</code>') == ["Two"]
    assert untranslated('<a alt="{{ a }}" title="{% translate "A" %}">{{ b|default:"x" }} · 3</a>') == []
    assert untranslated("{% blocktranslate count n=3 %}One{% plural %}More{% endblocktranslate %}") == []
