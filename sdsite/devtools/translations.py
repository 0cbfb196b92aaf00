"""Catalogs of translated texts: extracted from the sources, merged into `sdsite/locale`, compiled.

Run as `python -m sdsite.devtools.translations` (`make messages`); `--missing` prints what has no translation. Babel
does the work, in plain Python; the compiled files are committed, so a site needs neither Babel nor gettext's tools.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation.template import templatize
from django.views.i18n import JavaScriptCatalog

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("sdsite", "generation", "gallery")
FUNCTIONS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
Message = tuple[str | tuple[str, str], str | None]  # text, or one and many, and its context
TRANSLATED = tuple(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
NO_DATE = datetime.fromtimestamp(0, UTC)  # so that only a changed text changes a file
DOMAINS = ("django", "djangojs")


def sources(domain: str) -> list[Path]:
    """Return the files whose texts belong to a domain: `django` for Python and templates, `djangojs` for scripts."""
    if domain == "djangojs":
        return sorted((ROOT / "static" / "js").rglob("*.js"))
    code = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
    return sorted([*code, *(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")])


def messages_in(path: Path) -> Iterator[tuple[int, Message]]:
    """Yield line and text of each call of a translating function, or translating tag, in a file.

    Templates go through Django's `templatize`, which turns tags into calls between filler; without their indentation
    the lines can be read as Python.
    """
    text = path.read_text()
    if path.suffix in (".html", ".txt"):
        text = "\n".join(line.strip() for line in templatize(text, origin=path.name).split("\n"))
    kind = "javascript" if path.suffix == ".js" else "python"
    options = {"parse_template_string": True} if kind == "javascript" else None
    for line, found, _comments, context in extract(
        kind, io.BytesIO(text.encode()), keywords=FUNCTIONS, options=options
    ):
        yield line, (found if isinstance(found, str) else (found[0], found[1]), context)


def template(domain: str) -> Catalog:
    """Return a catalog of every text of a domain, with the files that have it."""
    catalog = Catalog(domain=domain, project="sdsite", charset="utf-8")
    for path in sources(domain):
        for _line, (text, context) in messages_in(path):
            catalog.add(text, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    return catalog


def catalog_file(language: str, domain: str) -> Path:
    """Return the path of a .po file."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """Return the translations of a domain; empty where there are none yet."""
    path = catalog_file(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, charset="utf-8", header_comment="#", fuzzy=False)
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, domain=domain)
    catalog.creation_date = catalog.revision_date = NO_DATE
    return catalog


def missing(language: str, domain: str, wanted: Catalog) -> list[str]:
    """Return the texts of `wanted` that have no translation, or lack one of its forms; fuzzy ones count as none."""
    there = read(language, domain)
    without = []
    for message in wanted:
        found = there.get(message.id, message.context) if message.id else None
        if message.id and (found is None or found.fuzzy or not all(_forms(found.string))):
            without.append(message.id if isinstance(message.id, str) else message.id[0])
    return without


def _forms(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)  # type: ignore[arg-type]


def merge(language: str, domain: str, wanted: Catalog) -> None:
    """Bring a .po file up to the sources: new texts without translation, texts that are gone removed."""
    merged = read(language, domain)
    merged.update(wanted, no_fuzzy_matching=True)
    merged.obsolete.clear()
    path = catalog_file(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, merged, width=110, sort_output=True, include_lineno=False, omit_header=False)
    path.write_bytes(re.sub(rb'^"(POT-Creation|PO-Revision)-Date:.*\n', b"", buffer.getvalue(), flags=re.MULTILINE))


def compiled(language: str, domain: str) -> bytes:
    """Return the .mo file of a .po file."""
    buffer = io.BytesIO()
    write_mo(buffer, read(language, domain))
    return buffer.getvalue()


def script(language: str) -> str:
    """Return the plain script that gives a page its `djangojs` catalog, made by Django's own view."""
    with translation.override(language):
        response = JavaScriptCatalog.as_view(packages=["sdsite"])(RequestFactory().get("/"))
    return f"{response.getvalue().decode().strip()}\n"


def script_file(language: str) -> Path:
    """Return where the script of a language lies."""
    return ROOT / "static" / "i18n" / f"{language}.js"


def main(arguments: list[str]) -> None:
    """Bring all catalogs up to the sources, compile them, and count the texts without a translation."""
    django.setup()
    for domain in DOMAINS:
        wanted = template(domain)
        for language in TRANSLATED:
            merge(language, domain, wanted)
            catalog_file(language, domain).with_suffix(".mo").write_bytes(compiled(language, domain))
            without = missing(language, domain, wanted)
            print(f"{language} {domain}: {len(without)} of {len(wanted)} texts without a translation")
            if "--missing" in arguments:
                print(*(f"    {text}" for text in without), sep="\n")
    for language in TRANSLATED:
        script_file(language).write_text(script(language))


if __name__ == "__main__":
    main(sys.argv[1:])
