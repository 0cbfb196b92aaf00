"""People of the admin: one who may do everything, one who looks after pictures, and clients for both."""

import pytest
from django.contrib.auth.models import Permission

from tests.factories import make_user


@pytest.fixture
def root(db):
    """An administrator."""
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def moderator(bob):
    """Bob, who may see pictures and take them down, and nothing else."""
    bob.user_permissions.set(
        Permission.objects.filter(content_type__app_label="gallery", codename__in=["view_image", "delete_image"])
    )
    return bob


def client_of(person):
    """Return a client in which `person` is logged in."""
    from django.test import Client

    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def as_root(root):
    """A client of the administrator."""
    return client_of(root)


@pytest.fixture
def as_moderator(moderator):
    """A client of the moderator."""
    return client_of(moderator)


@pytest.fixture
def as_alice(alice):
    """A client of a plain user."""
    return client_of(alice)


@pytest.fixture
def act():
    """Return a function that runs a changelist action on rows, as the admin's form would."""

    def run(client, url, action, *rows, **more):
        data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
        return client.post(url, data, follow=True)

    return run


@pytest.fixture
def valkey(site_processes):
    """Valkey, for pages that ask who works: without one they wait for the connection's retries."""
    site_processes.start_part("valkey")
