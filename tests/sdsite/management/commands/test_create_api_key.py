"""`manage.py create_api_key` prints a key."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sdsite.accounts.api_keys import authenticate


def test_the_key_alone_is_printed(alice, capsys):
    call_command("create_api_key", user="alice", scopes="generate,read", name="laptop", expires_days=2)
    out, words = capsys.readouterr()
    key = authenticate(out.strip())
    assert (key.owner, key.name, key.scopes) == (alice, "laptop", ["generate", "read"])
    assert timedelta(days=1) < key.expires_at - timezone.now() <= timedelta(days=2)
    assert out.strip() not in words


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"user": "nobody"}, "no user named 'nobody'"),
        ({"scopes": "everything"}, "generate, read, write"),
        ({"scopes": " , "}, "generate, read, write"),
        ({"expires_days": -1}, "must lie in the future"),
        ({"expires_days": 1e12}, "--expires-days"),
        ({"name": ""}, "name of 1 to 100 characters"),
    ],
)
def test_invalid_options_are_refused_with_a_sentence(alice, wrong, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("create_api_key", **{"user": "alice", "scopes": "read", **wrong})
    assert not alice.api_keys.exists()
