"""What is kept for some seconds, by its key."""

from sdsite.admin.dashboard import kept


def test_it_is_made_once_for_a_key_until_it_is_old_or_forgotten():
    made = iter(range(10))

    def keep(key, seconds):
        return kept.keep((key,), seconds, lambda: next(made))

    kept.forget()
    assert [keep("24h", 3600), keep("24h", 3600), keep("7d", 3600)] == [0, 0, 1]
    assert keep("24h", -1) == 2
    kept.forget()
    assert keep("7d", 3600) == 3
    kept.forget()
