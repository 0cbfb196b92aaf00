"""Names of new people, which nobody takes for those of others."""

import pytest
from django.core.exceptions import ValidationError

from sdsite.accounts.joining.usernames import read_username
from sdsite.accounts.models import User


@pytest.mark.parametrize("name", ["alice", "Łukasz_9", "анна", "Ελένη", "שרה", "山田alice"])
def test_names_of_one_script_are_taken(name):
    assert read_username(name) == name


@pytest.mark.parametrize("name", ["\u0430dmin", "ali\u0441e", "\u03bfscar"])
def test_letters_that_look_the_same_are_not_mixed(name):
    with pytest.raises(ValidationError, match="one script"):
        read_username(name)


def test_who_signs_up_takes_no_name_that_is_spelt_otherwise(mode, visitor, alice):
    mode("open")
    for name in ("ＡＬＩＣＥ", "\u0430lice"):
        assert visitor.sign_up(name).status_code == 200
    assert User.objects.get() == alice
