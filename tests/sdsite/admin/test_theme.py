"""The sidebar shows the models that a user may see."""

from django.contrib.auth.models import Permission
from django.urls import reverse

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
