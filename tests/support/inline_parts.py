"""Finds the inline scripts, styles and handlers of a rendered page."""

from html.parser import HTMLParser

DATA_TYPES = {"application/json"}  # blocks of data are not run, whatever they hold


class Inline(HTMLParser):
    """Collects what a strict content security policy would block."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "style" or "style" in names:
            self.found.append(f"<{tag} style>")
        if tag == "script" and "src" not in names and names.get("type") not in DATA_TYPES:
            self.found.append("<script> without src")
        self.found += [f"<{tag} {name}>" for name in names if name.startswith("on")]
        self.found += [f"<{tag} {name}=javascript:>" for name in names if (names[name] or "").startswith("javascript:")]


def inline_parts(response):
    """Return every inline script, style and handler of a rendered page."""
    parser = Inline()
    parser.feed(response.content.decode())
    return parser.found


def text_of(response, status=200):
    """Return the page of a response with `status`, which must have no inline parts."""
    assert response.status_code == status
    assert inline_parts(response) == []
    return response.content.decode()
