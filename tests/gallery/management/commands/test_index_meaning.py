"""`manage.py index_meaning`: how far the index is, and begun anew."""

import pytest
from django.core.management import CommandError, call_command

from gallery.search.meaning.index import current_model
from tests.support.factories import make_image
from tests.support.meaning import begin_index, point

pytestmark = pytest.mark.django_db


def test_it_says_how_far_the_index_is_and_begins_anew(alice, capsys):
    make_image(alice)
    point([make_image(alice, index=1)], "up")
    call_command("index_meaning")
    call_command("index_meaning", rebuild=True)
    said = capsys.readouterr().out.splitlines()
    assert said == ["Tiny CLIP: 1 of 2 images indexed.", "Tiny CLIP: 0 of 2 images indexed."]
    assert current_model().revision == 2


def test_a_site_without_a_model_is_told(db):
    with pytest.raises(CommandError, match="no search model"):
        call_command("index_meaning")
    begin_index()
    call_command("index_meaning")
