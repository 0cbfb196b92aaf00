"""Words that only insiders understood stay out of code, pages and documents; what keeps one says why."""

import re
import subprocess

from tests.support.site import ROOT

WORDS = re.compile(r"wish|picture|errand|tether|\bwall\b", re.IGNORECASE)
# Names that clients, data of before and command lines know, and quotations.
KEPT = (
    "picture_missing",  # an error code
    "picture_url",  # a field of the API
    "SDSITE_PICTURE_MB",
    "wish_digest",  # a column
    "one_upload_per_owner_and_picture",  # a constraint of the database
    "checkpoint-picture",  # a route, and its address below
    "/picture/",
    "checkpoint.picture",  # a column
    "obj.picture",
    "instance.picture",
    "    picture = models.FileField(",
    '"picture"',
    "clean_picture",
    "manage.py picture",  # a command, and its make target
    "make picture",
    "pictures.lan",  # an example of a host name
    "Whole picture",  # A1111's word
    "a picture",  # words of prompts and captions
    "training pictures",
    "wishbone",
)
SEARCHED = ("sdsite", "generation", "gallery", "static", "templates", "docs")
LEFT_OUT = (
    ":!*/migrations/*",
    ":!generation/starter/model",
    ":!generation/starter/vocabulary.json",
    ":!generation/starter/NOTICE",
    ":!docs/decisions",
    ":!static/vendor",
)


def test_only_kept_names_have_words_that_the_field_does_not_use():
    listing = ["git", "ls-files", "--", *SEARCHED, *LEFT_OUT]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = []
    for name in files:
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue  # an image
        for number, line in enumerate(text.splitlines(), 1):
            rest = line
            for kept in KEPT:
                rest = rest.replace(kept, "")
            if WORDS.search(rest):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == []
