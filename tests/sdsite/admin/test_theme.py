"""The sidebar shows the models that a user may see."""

from django.contrib.auth.models import Permission
from django.urls import reverse

from sdsite.admin.theme import navigation
from tests.support.clients.logged_in import client_of

LIST = reverse("admin:generation_rolelimits_changelist")


ADD = reverse("admin:generation_rolelimits_add")


def test_the_side_bar_links_to_what_the_user_may_view(as_root, bob):
    assert LIST in as_root.get(reverse("admin:index")).content.decode()
    helper = client_of(bob)
    assert LIST not in helper.get(reverse("admin:index")).content.decode()
    assert helper.get(LIST).status_code == 403
    bob.user_permissions.set(Permission.objects.filter(codename="view_rolelimits"))
    assert helper.get(LIST).status_code == 200
    assert helper.post(ADD, {"weight": 1}).status_code == 403


def test_the_menu_is_by_task_and_has_no_group_without_items(as_root, as_moderator, rf, root, moderator):
    request = rf.get("/admin/")
    request.user = root
    everything = navigation(request)
    titles = [group.get("title") for group in everything]
    assert titles[:3] == [None, "Moderation", "Jobs and queue"]
    assert titles[-1] == "Audit log"
    links = [item["link"] for group in everything for item in group["items"]]
    assert len(links) == len(set(links))
    assert {link: as_root.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)
    request.user = moderator
    mine = navigation(request)
    assert [group.get("title") for group in mine] == [None, "Moderation", "Library"]
    assert {as_moderator.get(item["link"]).status_code for group in mine for item in group["items"]} == {200}
