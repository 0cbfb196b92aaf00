"""Tabs of the desk: what was decided, with undoing, and appeals."""

import pytest
from django.urls import reverse

from gallery.actions.moderation import decide
from gallery.actions.moderation.appeals import appeal
from gallery.models import Appeal, Image, ModerationAction
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def decisions(alice, charlie, moderator, root):
    """Alice's image held by root, Charlie's deleted by bob; Alice appeals."""
    hers, his = make_image(alice), make_image(charlie)
    made = [
        decide(deed=deed, images=Image.objects.filter(pk=image.pk), actor=actor, text=f"{deed} it").made[image.pk]
        for image, deed, actor in ((hers, "hold", root), (his, "delete", moderator))
    ]
    appeal(decision=made[0], person=alice, text="It is a sunset.")
    return made


def listed(page):
    return [(str(row["deed"]), row["row"].person_name, row["may_undo"]) for row in page.context["rows"]]


class TestDecided:
    """The history."""

    @pytest.mark.parametrize(
        ("query", "people"),
        [
            ("", ["charlie", "alice"]),
            ("?moderator=root", ["alice"]),
            ("?person=charlie", ["charlie"]),
            ("?deed=hold", ["alice"]),
            ("?deed=explode", []),
            ("?moderator=root&person=charlie", []),
        ],
    )
    def test_it_is_filtered(self, as_moderator, decisions, query, people):
        page = as_moderator.get(reverse("moderation_decided") + query)
        assert [person for _, person, _ in listed(page)] == people

    def test_a_decision_is_undone_once(self, as_moderator, decisions):
        url = reverse("moderation_undo", args=[decisions[1].pk])
        page = as_moderator.post(url, follow=True)
        assert "The decision is undone." in page.content.decode()
        assert listed(page) == [
            ("Decision undone", "charlie", False),
            ("Deleted", "charlie", False),
            ("Put under review", "alice", True),
        ]
        assert Image.objects.kept().count() == 2
        assert "undone before" in as_moderator.post(url, follow=True).content.decode()

    def test_pages_follow_each_other_with_the_filter(self, as_moderator, decisions, monkeypatch):
        monkeypatch.setattr("gallery.pages.moderation.history.DECISIONS_A_PAGE", 1)
        first = as_moderator.get(reverse("moderation_decided")).context
        rest = as_moderator.get(f"{reverse('moderation_decided')}?cursor={first['next']}").context
        assert [one["rows"][0]["row"] for one in (first, rest)] == [decisions[1], decisions[0]]
        assert as_moderator.get(f"{reverse('moderation_decided')}?cursor=x").status_code == 404

    def test_who_may_only_view_undoes_nothing(self, as_moderator, moderator, decisions):
        moderator.user_permissions.set(moderator.user_permissions.filter(codename="view_image"))
        assert not any(may for _, _, may in listed(as_moderator.get(reverse("moderation_decided"))))
        assert as_moderator.post(reverse("moderation_undo", args=[decisions[1].pk])).status_code == 403


class TestAppeals:
    """Answering."""

    def test_a_moderator_accepts_the_appeal_against_another(self, as_moderator, decisions):
        page = as_moderator.get(reverse("moderation_appeals"))
        [row] = page.context["rows"]
        assert (row["appeal"].text, row["why_not"]) == ("It is a sunset.", "")
        url = reverse("moderation_appeal", args=[row["appeal"].pk])
        assert "Accept the appeal, or decline it." in as_moderator.post(url, follow=True).content.decode()
        page = as_moderator.post(url, {"outcome": "accepted", "answer": "True."}, follow=True)
        assert "The appeal is decided, and the person is told." in page.content.decode()
        assert (Appeal.objects.get().outcome, Appeal.objects.get().answer) == ("accepted", "True.")
        assert Image.objects.viewable().count() == 1
        again = as_moderator.post(url, {"outcome": "declined"}, follow=True)
        assert "bob has decided this appeal meanwhile." in again.content.decode()

    def test_who_decided_hears_that_somebody_else_has_to(self, as_root, decisions):
        [row] = as_root.get(reverse("moderation_appeals")).context["rows"]
        assert "Another moderator, or an administrator" in row["why_not"]
        url = reverse("moderation_appeal", args=[row["appeal"].pk])
        page = as_root.post(url, {"outcome": "declined"}, follow=True)
        assert "Another moderator, or an administrator" in page.content.decode()
        assert Appeal.objects.open().count() == 1


@pytest.mark.parametrize("name", ["moderation_decided", "moderation_appeals", "moderation_undo", "moderation_appeal"])
def test_others_do_not_come_in(as_alice, client, decisions, name):
    posts = name in ("moderation_undo", "moderation_appeal")
    url = reverse(name, args=[decisions[0].pk] if posts else [])
    before = ModerationAction.objects.count()
    assert (as_alice.post if posts else as_alice.get)(url).status_code == 403
    assert (client.post if posts else client.get)(url).status_code == 302
    assert ModerationAction.objects.count() == before
