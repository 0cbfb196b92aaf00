"""Actions on people say in numbers what they will do, and do it once that is confirmed."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery.models import Image
from generation.models import Job
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import ApiKey, User
from tests.support.clients.logged_in import client_of
from tests.support.factories import end_job, make_image, make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")
USERS = reverse("admin:accounts_user_changelist")


def said(answer):
    """Return what a page says of an action, as one line."""
    [effects] = re.findall(r"<ul[^>]*data-effects.*?</ul>", answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", effects).split())


@pytest.fixture
def people(alice, charlie, checkpoint):
    """Alice with an unfinished job, one that used 30 s, and two keys; Charlie with a session."""
    make_job(alice, checkpoint)
    end_job(make_job(alice, checkpoint), used_seconds=30.0)
    for name in ("laptop", "bot"):
        create_key(owner=alice, name=name, scopes=["read"])
    return alice, charlie


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("deactivate", "2 people cannot log in any more, until they are reactivated. At once end:"),
        ("deactivate", "1 unfinished job. 2 keys will be refused meanwhile."),
        ("revoke_keys", "2 keys of 1 person will be refused at once, for good; sessions stay."),
        ("reset_use", "30 s of GPU time of 1 person will count towards no limit of a day."),
        ("log_out", "of 2 people end at once; API keys stay."),
    ],
)
def test_an_action_says_what_it_will_do_and_does_nothing_before(as_root, people, act, action, words):
    assert words in said(act(as_root, USERS, action, *people, ask=True))
    assert User.objects.filter(is_active=False).count() == 0
    assert ApiKey.objects.usable().count() == 2


def test_confirmed_it_is_done(as_root, people, act):
    answer = act(as_root, USERS, "revoke_keys", *people, ask=True)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', answer.content.decode()))
    assert (fields["action"], fields["confirmed"]) == ("revoke_keys", "yes")
    assert "2 keys revoked" in act(as_root, USERS, "revoke_keys", *people).content.decode()
    assert not ApiKey.objects.usable().exists()
    assert "1 reset, 30 s of GPU time" in act(as_root, USERS, "reset_use", *people).content.decode()
    act(as_root, USERS, "deactivate", *people)
    assert User.objects.filter(is_active=False).count() == 2


@pytest.mark.parametrize("which", ["one", "several"])
def test_a_deletion_says_how_much_goes(as_root, people, act, which):
    alice, charlie = people
    Image.objects.filter(pk=make_image(alice).pk).update(size_bytes=5_000_000)
    if which == "one":
        page = as_root.get(reverse("admin:accounts_user_delete", args=[alice.pk])).content.decode()
    else:
        page = act(as_root, USERS, "delete_selected", alice, charlie).content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace("\xa0", " ")
    assert "4.8 MB of files; 1 unfinished job cancelled" in words
    assert "alice: all that is theirs, for good" in words
    assert re.search(r"images\W+1\b", words, re.IGNORECASE)
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_deletion_reads_no_row_of_what_goes(as_root, people, checkpoint, django_assert_max_num_queries):
    alice, _ = people
    for _ in range(5):
        make_job(alice, checkpoint)
    with django_assert_max_num_queries(24) as queries:
        as_root.get(reverse("admin:accounts_user_delete", args=[alice.pk]))
    assert not [one for one in queries if 'SELECT "generation_job"."id", "generation_job"."owner_id"' in one["sql"]]
    assert Job.objects.count() == 7


def test_who_may_not_delete_images_deletes_nobody_who_has_some(bob, alice, checkpoint, act):
    bob.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "delete_user")))
    make_image(alice)
    act(client_of(bob), USERS, "delete_selected", alice, post="yes")
    assert User.objects.filter(pk=alice.pk).exists()
