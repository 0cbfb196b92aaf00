"""The catalogs: every text of the sources is translated, and the compiled files fit."""

import pytest

from sdsite.devtools import translations

# Texts without a translation. May only shrink.
MOST_MISSING = 0
BOTH = [(language, domain) for language in translations.TRANSLATED for domain in translations.DOMAINS]


@pytest.fixture(scope="module")
def wanted():
    return {domain: translations.template(domain) for domain in translations.DOMAINS}


@pytest.mark.parametrize(("language", "domain"), BOTH)
def test_every_text_is_translated(wanted, language, domain):
    without = translations.missing(language, domain, wanted[domain])
    assert len(without) <= MOST_MISSING, f"run `make messages`, then translate {without[:20]}"


@pytest.mark.parametrize(("language", "domain"), BOTH)
def test_translations_keep_the_placeholders(language, domain):
    catalog = translations.read(language, domain)
    for message in catalog:
        if message.id:
            assert [str(error) for error in message.check(catalog)] == []


@pytest.mark.parametrize(("language", "domain"), BOTH)
def test_compiled_catalogs_are_up_to_date(language, domain):
    compiled = translations.catalog_file(language, domain).with_suffix(".mo").read_bytes()
    assert compiled == translations.compiled(language, domain), "run `make messages`"


@pytest.mark.parametrize("language", translations.TRANSLATED)
def test_scripts_of_pages_are_up_to_date(language):
    assert translations.script_file(language).read_text() == translations.script(language), "run `make messages`"


def test_texts_are_found_in_each_kind_of_source(tmp_path):
    (tmp_path / "a.py").write_text('x = _("One")\ny = ngettext("%(n)s job", "%(n)s jobs", 2) % {"n": 2}\n')
    (tmp_path / "a.js").write_text('import { gettext as _ } from "./i18n.js";\nshow(_("Two"), `${_("Deep")}`);\n')
    (tmp_path / "a.html").write_text(
        '{% load i18n %}<p title="{% translate "Three" %}">\n  {% blocktranslate trimmed %}\n   Four {{ x }}\n'
        '  {% endblocktranslate %}\n{% include "b.html" with label=_("Five") %}it\'s "text"'
    )
    found = {name: [message for _, message in translations.messages_in(tmp_path / name)] for name in ("a.py", "a.html")}
    assert found["a.py"] == [("One", None), (("%(n)s job", "%(n)s jobs"), None)]
    assert found["a.html"] == [("Three", None), ("Four %(x)s", None), ("Five", None)]
    assert {text for _, (text, _) in translations.messages_in(tmp_path / "a.js")} == {"Two", "Deep"}
