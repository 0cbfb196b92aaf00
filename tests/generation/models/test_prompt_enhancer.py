"""Rows of language models: each name once, the first that is enabled is asked."""

import pytest
from django.db import IntegrityError, transaction

from generation.enhancing import find_enhancer
from generation.models import PromptEnhancer

pytestmark = pytest.mark.django_db


def test_the_first_that_is_enabled_is_asked():
    rows = [PromptEnhancer.objects.create(name=name, url="https://llm.example.org", model="m") for name in ("b", "a")]
    assert find_enhancer() == rows[0]
    PromptEnhancer.objects.filter(pk=rows[0].pk).update(enabled=False)
    assert find_enhancer() == rows[1]


def test_a_name_is_there_once():
    PromptEnhancer.objects.create(name="a", url="https://llm.example.org", model="m")
    with pytest.raises(IntegrityError), transaction.atomic():
        PromptEnhancer.objects.create(name="a", url="https://llm.example.org", model="m")
