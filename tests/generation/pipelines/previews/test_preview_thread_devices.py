"""Copies of latents for previews, on the second of two cards."""

import pytest
import torch

from generation.pipelines.previews.preview_thread import Previews
from generation.pipelines.protocol import Part
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.fake_accelerator import fake_accelerator

STEPS = 12


@pytest.fixture
def events(starter, monkeypatch):
    """Return a function that makes previews of STEPS steps on cuda:1, and returns the events that it recorded."""

    def submitted(error=None):
        made = []
        with fake_accelerator(devices=2):

            class Event(torch.cuda.Event):
                def __init__(self, **options):
                    super().__init__(**options)
                    self.waited = False
                    made.append(self)

                def synchronize(self):
                    self.waited = True
                    if error is not None:
                        raise error

            monkeypatch.setattr(torch.cuda, "Event", Event)
            part = Part(ask(starter, steps=STEPS, preview={"every": 1}), (0,), Recorder())
            with Previews(Nothing(), [part], size=(64, 64)) as previews:
                for step in range(1, STEPS + 1):
                    views = previews.due(step, STEPS)
                    previews.submit(step, torch.zeros(1, 4, 8, 8, device="cuda:1"), views)
        return made

    return submitted


class Nothing:
    """Converts latents into no previews."""

    def to_jpegs(self, latents, *, size, longest):
        return [b"" for _ in latents]


def test_the_thread_waits_for_the_stream_of_the_copy_and_keeps_no_core_busy(events):
    recorded = events()
    assert [(str(event.stream.device), event.blocking) for event in recorded] == [("cuda:1", True)] * STEPS


def test_a_device_that_fails_does_not_end_the_thread_that_the_loop_waits_for(events, caplog):
    recorded = events(RuntimeError("CUDA error: unspecified launch failure"))
    assert [event.waited for event in recorded] == [True] * STEPS
    assert "could not be read from the device" in caplog.text
