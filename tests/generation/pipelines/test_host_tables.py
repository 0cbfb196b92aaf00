"""A step gets the same time step as before, from the host, for every sampler and wherever a run begins."""

from types import SimpleNamespace

import pytest
import torch

from generation.parameters.catalog import SAMPLERS
from generation.pipelines.host_tables import HostTables
from generation.pipelines.scheduler_watch import SchedulerWatch
from generation.pipelines.schedulers import make_scheduler
from tests.support.fake_accelerator import FakeCudaTensor, fake_accelerator, on_host
from tests.support.tiny import checkpoints


@pytest.fixture(scope="module")
def pipe():
    return checkpoints.sd_pipeline()


LOOKING_UP = [key for key in SAMPLERS if key not in {"dpm_adaptive", "dpm_fast", "dpmpp_2s_a", "restart"}]


@pytest.mark.parametrize("sampler", LOOKING_UP)
@pytest.mark.parametrize("begin", [0, 2])
def test_each_step_gets_its_own_time_step_from_the_host(pipe, sampler, begin):
    with fake_accelerator() as card:
        scheduler = make_scheduler(pipe, sampler, "normal", steps=6)
        seen, tables = [], []

        def note(model_output, timestep, sample):
            seen.append(timestep)
            tables.append(scheduler.timesteps)

        scheduler.step = note
        watched = SchedulerWatch(scheduler, flow=False)
        scheduler.set_timesteps(6, device="cuda")
        on_device = scheduler.timesteps
        slices = on_device[begin:]
        card.forget()
        for timestep in slices:
            scheduler.step(torch.zeros(1), timestep, torch.zeros(1))
        assert card.synchronizations == []
        assert not any(isinstance(one, FakeCudaTensor) for one in (*seen, *tables))
        assert [float(one) for one in seen] == on_host(slices).tolist()
        assert scheduler.timesteps is on_device
        assert watched.clean_latents() is not None


def test_what_is_no_element_of_the_table_stays_as_it_is():
    with fake_accelerator():
        table = torch.arange(4.0, device="cuda")
        tables = HostTables(SimpleNamespace(timesteps=table))
        others = [table[1:3], table[0] + 1, table[0].long(), 2.0, torch.tensor(1.0)]
        assert all(tables.find(one) is one for one in others)
        assert tables.find(table[3]).item() == 3.0


def test_on_the_cpu_nothing_is_copied():
    table = torch.arange(4.0)
    timestep = table[2]
    assert HostTables(SimpleNamespace(timesteps=table)).find(timestep) is timestep
