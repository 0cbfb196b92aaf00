"""Pages of long lists: rows are counted to a bound, which the list says."""

import pytest
from django.urls import reverse

from gallery.models import Image
from sdsite.accounts.changelists import paginator
from sdsite.accounts.changelists.paginator import BoundedPaginator
from tests.support.factories import make_image

LIST = reverse("admin:gallery_image_changelist")


@pytest.fixture
def images(alice):
    return [make_image(alice, index=index) for index in range(5)]


@pytest.mark.parametrize(("most", "count", "has_more"), [(4, 4, True), (5, 5, False), (6, 5, False)])
def test_rows_are_counted_to_the_bound(images, monkeypatch, most, count, has_more, django_assert_num_queries):
    monkeypatch.setattr(paginator, "MOST_COUNTED", most)
    pages = BoundedPaginator(Image.objects.order_by("-created_at"), 2)
    with django_assert_num_queries(1) as queries:
        assert (pages.count, pages.has_more) == (count, has_more)
    assert f"LIMIT {most + 1}" in queries[0]["sql"]
    assert pages.num_pages == (count + 1) // 2
    assert BoundedPaginator([1, 2, 3], 2).count == 3


def test_the_list_says_that_there_are_more(images, as_root, monkeypatch):
    page = as_root.get(LIST).content.decode()
    assert "Filter or search to see more." not in page
    monkeypatch.setattr(paginator, "MOST_COUNTED", 3)
    words = " ".join(as_root.get(LIST).content.decode().split())
    assert "3+ images" in words
    assert "Filter or search to see more." in words


def test_select_all_acts_on_as_many_as_it_names(images, as_root, act, monkeypatch, valkey_alone):
    monkeypatch.setattr(paginator, "MOST_COUNTED", 3)
    newest = list(Image.objects.order_by("-created_at").values_list("pk", flat=True)[:3])
    asked = act(as_root, LIST, "quarantine_selected", images[0], select_across="1", ask=True)
    assert "3 images of 1 person will be hidden" in asked.content.decode()
    act(as_root, LIST, "quarantine_selected", images[0], select_across="1")
    assert set(Image.objects.quarantined().values_list("pk", flat=True)) == set(newest)
