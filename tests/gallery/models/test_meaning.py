"""Rows of the index of search by meaning: one model, and nothing left of deleted people."""

import pytest
from django.db import IntegrityError, transaction

from gallery.models import ImageVector, MeaningModel, VectorBlock
from tests.support.factories import make_image
from tests.support.meaning import begin_index, point

pytestmark = pytest.mark.django_db


def test_there_is_one_model_at_most():
    begin_index()
    with pytest.raises(IntegrityError), transaction.atomic():
        MeaningModel.objects.create(pk=2)


def test_vectors_go_with_their_owner(alice, charlie):
    point([make_image(alice), make_image(charlie)], "up", "north")
    alice.delete()
    assert [block.owner_id for block in VectorBlock.objects.all()] == [charlie.pk]
    assert ImageVector.objects.count() == 1
