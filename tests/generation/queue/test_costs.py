"""Costs of jobs are learned from what was measured."""

from generation.queue import costs


def test_costs_are_learned_from_measurements(checkpoint):
    costs.learn_step_seconds(checkpoint.pk, seconds=4.0, units=2.0)
    checkpoint.refresh_from_db()
    assert checkpoint.step_seconds == 2.0
    costs.learn_step_seconds(checkpoint.pk, seconds=8.0, units=2.0)
    checkpoint.refresh_from_db()
    assert 2.0 < checkpoint.step_seconds < 4.0
