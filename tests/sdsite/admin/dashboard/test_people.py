"""Who uses what: the most first, with links to the person and to what is theirs."""

import pytest
from django.utils import timezone

from gallery.models import Image
from sdsite.admin.dashboard import kept, people
from sdsite.admin.dashboard.periods import PERIODS
from tests.support.factories import end_job, make_image, make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")


@pytest.fixture(autouse=True)
def _anew():
    kept.forget()


def test_gpu_time_is_that_of_jobs_that_ended(alice, charlie, checkpoint, as_root):
    for owner, seconds in ((alice, 3.0), (charlie, 30.0), (alice, 12.0)):
        end_job(make_job(owner, checkpoint), used_seconds=seconds)
    make_job(alice, checkpoint)
    first, second = people.gpu_time(PERIODS["24h"], timezone.now())
    assert (first.name, first.value, first.part, first.rows) == ("charlie", 30.0, 100, 1)
    assert (second.name, second.value, second.part, second.rows) == ("alice", 15.0, 50, 2)
    assert as_root.get(second.url).status_code == 200
    listed = as_root.get(second.rows_url).context["cl"].result_list
    assert {job.owner for job in listed} == {alice}


def test_storage_is_added_up_once_in_a_while_and_forgets_people_who_left(alice, charlie):
    Image.objects.filter(pk=make_image(alice).pk).update(size_bytes=10)
    Image.objects.filter(pk=make_image(charlie).pk).update(size_bytes=40)
    assert [(row.name, row.value, row.part) for row in people.storage()] == [("charlie", 40, 100), ("alice", 10, 25)]
    Image.objects.filter(owner=charlie).delete()
    charlie.delete()
    assert [row.name for row in people.storage()] == ["alice"]
    Image.objects.update(size_bytes=90)
    assert [row.value for row in people.storage()] == [10]
    kept.forget()
    assert [row.value for row in people.storage()] == [90]
