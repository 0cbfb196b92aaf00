"""The people, keys and rows that `tests/access.py` asks with: one state of the database for every request."""

import io
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from sdsite.accounts.models import Role
from tests.support.clients.api_client import ApiClient, make_key
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_checkpoint, make_image, make_job, make_user

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass
class State:
    """Who asks, by the names of `access.ACTORS`: clients, keys for sockets, and values for the parameters of URLs."""

    clients: dict[str, Client]
    keys: dict[str, str]
    values: dict[str, object]
    by_prefix: dict[str, object]

    def fill(self, route: str, name: str, kind: str = "") -> object:
        """Return the value of the parameter `name` in `route`: the owner's row where there is one."""
        if name in ("object_id", "id"):
            return _first_of_admin(route)
        if name == "username" and "members" in route:
            return "dora"
        for prefix, value in self.by_prefix.items():
            if route.startswith(prefix) and name in ("pk", "token"):
                return value
        return self.values.get(name, {"uuid": NOBODY, "str": "nothing", "slug": "nothing"}.get(kind, 999_999))


def _first_of_admin(route: str) -> object:
    """Return the id of the first row of the model whose page in the administration `route` is, else one of none."""
    app, model = route.split("/")[1:3]
    try:
        kind = apps.get_model(app, model)
    except LookupError:
        return 1
    row = kind._default_manager.order_by("pk").first()
    return row.pk if row is not None else 1


def with_role(user, key):
    """Return `user` with the role `key` of those that come with the site."""
    user.groups.add(Role.objects.get(key=key).group)
    return type(user).objects.get(pk=user.pk)


def make_state() -> State:
    """Return the state; everything in it is Alice's, private and untouched."""
    alice, member, suspended = make_user("alice"), make_user("charlie"), make_user("sam")
    trusted = with_role(make_user("tina"), "trusted")
    moderator = with_role(make_user("bob", is_staff=True), "moderator")
    root = make_user("root", is_staff=True, is_superuser=True)
    clients = {
        "anonymous": ApiClient(),
        "link": ApiClient(),
        "owner": client_of(alice),
        "member": client_of(member),
        "trusted": client_of(trusted),
        "moderator": client_of(moderator),
        "suspended": client_of(suspended),
        "administrator": client_of(root),
    }
    holders = {"generate": alice, "read": alice, "write": alice, "moderate": moderator, "admin": root}
    keys = {f"key:{scope}": make_key(holder, scope)[1] for scope, holder in holders.items()}
    clients |= {name: ApiClient(headers={"X-API-Key": key}) for name, key in keys.items()}
    suspended.is_active = False
    suspended.save()
    values, by_prefix = _rows(alice, root)
    return State(clients, keys, values, by_prefix)


def _rows(alice, root):
    from gallery.actions.collection_sharing import set_member
    from gallery.actions.collections import add_images, create_collection
    from gallery.actions.sharing import create_link
    from gallery.actions.uploads import store_upload
    from gallery.models import SavedSearch
    from generation.models import Preset, Style
    from generation.webhooks.actions import create_webhook, send_test
    from sdsite.accounts.joining.invitations import create_invitation

    checkpoint = make_checkpoint()
    job = make_job(alice, checkpoint)
    image = make_image(alice, job_id=job.pk)
    drawn = io.BytesIO()
    Pillow.new("RGB", (64, 64), "blue").save(drawn, "PNG")
    upload = store_upload(owner=alice, data=drawn.getvalue())
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[image.pk])
    set_member(collection=collection, username=make_user("dora").username, may_add=False)
    link = create_link(owner=alice, image=image)
    hook, _ = create_webhook(owner=alice, name="Bot", url="https://example.org/")
    delivery = send_test(hook=hook)
    invitation, token = create_invitation(actor=root, expires_at=timezone.now() + timedelta(days=2))
    key, session = make_key(alice, "read")[0], alice.sessions.earliest("pk")
    values = {
        "job_id": job.pk,
        "prompt_id": job.pk,
        "image_id": image.pk,
        "collection_id": collection.pk,
        "link_id": link.pk,
        "upload_id": upload.pk,
        "webhook_id": hook.pk,
        "delivery_id": delivery.pk,
        "delivery": delivery.pk,
        "style_id": Style.objects.create(owner=alice, name="ink", prompt="ink").pk,
        "preset_id": Preset.objects.create(owner=alice, name="quick", parameters={}).pk,
        "search_id": SavedSearch.objects.create(owner=alice, name="reds", query="q=red").pk,
        "key_id": key.pk,
        "user_id": alice.pk,
        "invitation_id": invitation.pk,
        "session_id": session.pk,
        "role_id": Role.objects.get(key="member").pk,
        "username": "alice",
        "slug": checkpoint.slug,
        "name": checkpoint.slug,
        "index": 0,
        "step": 4,
        "token": link.token,
        "folder": "checkpoints",
        "node": "KSampler",
        "app_label": "gallery",
    }
    by_prefix = {
        "join/": token,
        "images/": image.pk,
        "uploads/": upload.pk,
        "collections/": collection.pk,
        "settings/webhooks/": hook.pk,
        "settings/keys/": key.pk,
        "settings/invitations/": invitation.pk,
        "settings/sessions/": session.pk,
        "v1/images/files/": image.pk,
    }
    return values, by_prefix
