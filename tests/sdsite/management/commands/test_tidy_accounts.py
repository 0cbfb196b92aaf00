"""`manage.py tidy_accounts` removes what is due."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from sdsite.accounts.models import User
from tests.support.factories import make_user


def test_it_says_how_many(alice, capsys):
    make_user("dora", must_verify_email=True, date_joined=timezone.now() - timedelta(days=30))
    call_command("tidy_accounts")
    assert capsys.readouterr().out == "1 accounts removed.\n"
    assert list(User.objects.all()) == [alice]
