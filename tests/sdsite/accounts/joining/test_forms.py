"""Forms of signing up and of invitations: what they ask for."""

import pytest

from sdsite.accounts.joining.forms import InvitationForm, SignupForm
from sdsite.accounts.models import SignupMode


@pytest.mark.parametrize(
    ("mode", "address", "reason"),
    [(SignupMode.OPEN, False, False), (SignupMode.VERIFIED, True, False), (SignupMode.REQUEST, False, True)],
)
def test_each_mode_asks_for_what_it_needs(db, mode, address, reason):
    form = SignupForm(mode=mode)
    assert form.fields["email"].required is address
    assert ("reason" in form.fields) is reason


def test_the_longest_invitation_of_the_page_is_thirty_days(alice):
    form = InvitationForm(alice, {"note": "", "role": "", "most_uses": "1", "days": "31"})
    assert "days" in form.errors
