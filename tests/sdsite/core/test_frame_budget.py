from sdsite.core.frame_budget import FrameBudget, budget_of


def test_a_burst_is_spent_at_once_and_comes_back_with_time():
    moment = 0.0
    budget = FrameBudget(rate=10, burst=20, now=lambda: moment)
    assert sum(budget.take() for _ in range(30)) == 20
    moment = 1.0
    assert sum(budget.take() for _ in range(30)) == 10
    moment = 100.0
    assert sum(budget.take() for _ in range(30)) == 20


def test_the_connections_of_one_user_share_a_budget():
    one, other = budget_of(1), budget_of(2)
    assert budget_of(1) is one
    assert other is not one
