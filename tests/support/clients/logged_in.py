"""Client in which a user is logged in."""

from django.test import Client


def client_of(person):
    """Return a client in which `person` is logged in."""
    client = Client()
    client.force_login(person)
    return client
