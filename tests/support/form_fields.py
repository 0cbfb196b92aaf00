"""The fields of a form as a browser sends them."""

from collections import defaultdict
from html.parser import HTMLParser


class Fields(HTMLParser):
    """Collects what is sent of the form with the id `form`: no ticks that are not set, nothing that is disabled."""

    def __init__(self, form):
        super().__init__()
        self.form, self.inside, self.select = form, False, None
        self.found = defaultdict(list)

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "form":
            self.inside = names.get("id") == self.form
        elif self.inside and tag == "select":
            self.select = names
        elif self.inside and tag == "option" and "selected" in names:
            self.found[self.select["name"]].append(names["value"])
        elif self.inside and tag == "input" and _is_sent(names):
            self.found[names["name"]].append(names.get("value", ""))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"


def _is_sent(names):
    ticked = names.get("type") != "checkbox" or "checked" in names
    return ticked and "name" in names and "disabled" not in names


def fields_of(page, form):
    """Return {name: values} of the form with the id `form` in the text of a page."""
    parser = Fields(form)
    parser.feed(page)
    return dict(parser.found)
