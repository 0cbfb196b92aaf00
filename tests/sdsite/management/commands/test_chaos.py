"""`manage.py chaos` stays on this machine and within its bounds."""

import pytest
from django.core.management import CommandError, call_command

from tests.support.up_process import manage


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--jobs=0", "--jobs must be 1 to 5000; got 0."),
        ("--minutes=1000", "--minutes must be 0.1 to 240; got 1000.0."),
        ("--postgres=postgres://sdsite@database.example/sdsite", "the PostgreSQL server is on database.example."),
        ("--postgres=postgres://sdsite@/sdsite?host=10.1.2.3", "the PostgreSQL server is on 10.1.2.3."),
        ("--postgres=mysql://localhost/x", "--postgres must be a postgres:// URL or 'embedded'; got 'mysql'."),
    ],
)
def test_it_stays_on_this_machine_and_within_bounds(word, said):
    with pytest.raises(CommandError) as refused:
        call_command("chaos", word)
    assert said in str(refused.value)


def test_a_refusal_is_one_sentence_and_an_exit_code(tmp_path):
    ran = manage(tmp_path / "data", "chaos", "--jobs=0")
    assert ran.returncode == 1
    assert ran.stderr.strip() == "CommandError: --jobs must be 1 to 5000; got 0."
