"""Training of the starter checkpoint's denoiser on latents of images composed on the fly.

    python -m generation.starter.training.denoiser

Needs the states of `autoencoder` and `text_encoder`; both stay as they are. v-prediction (Salimans and Ho 2022). Errors
have the same weight at every noise level but the lowest ones: min-SNR weights (Hang et al. 2023) nearly ignore the high
ones, and there a denoiser has to know from the words alone what a thing looks like.
"""

import random
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn

from generation.starter.dataset import artwork
from generation.starter.dataset.compose import Composer
from generation.starter.training import common, text_encoder, tokenizer
from generation.starter.training.autoencoder import CHANNELS, build, encode

CHANNELS_AT = (64, 160, 208)  # at 16, 8 and 4 latent pixels
# More scenes and pairs than in the training of the text encoder: they have the most detail to learn.
KINDS = {"plain": 0.28, "colour": 0.14, "scene": 0.16, "tinted": 0.14, "pair": 0.18, "effect": 0.10}
EMPTY = 0.1  # share of empty captions, for guidance
MOST_WEIGHT = 5.0  # of a squared error of x0; the squared error of v has weight 1 until it exceeds that
EARLY = 0.6  # exponent: below 1, more time steps with much noise
KEPT = 4096  # latents in the pool; each is used about USES times before it is replaced
USES = 2


def build_denoiser() -> Any:
    """Return the untrained denoiser; its first prediction is zero."""
    model: Any = UNet2DConditionModel(
        sample_size=artwork.SIDE // 8,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=CHANNELS_AT,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        attention_head_dim=4,  # heads, whatever its name says
        cross_attention_dim=text_encoder.WIDTH,
        addition_embed_type="text",
        addition_embed_type_num_heads=8,
        norm_num_groups=16,
    )
    nn.init.zeros_(model.conv_out.weight)
    nn.init.zeros_(model.conv_out.bias)
    return model


def noise_schedule() -> Any:
    """Return the scheduler with which the checkpoint is trained and shipped; its largest sigma is 21."""
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.014,
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
        timestep_spacing="trailing",
    )


class LatentPool:
    """A pool of latents and text states of KEPT random images, renewed bit by bit."""

    def __init__(self, options: Any, device: torch.device, seed: int) -> None:
        """Load both encoders and make the first images."""
        self.device = device
        self.rng = random.Random(seed)
        self.words = tokenizer.load(options.work)
        self.composer = Composer(artwork.render(options.work), artwork.SIDE, kinds=KINDS, varied=True)
        self.autoencoder = common.load_averaged(options.work, "autoencoder", build()).to(
            device, memory_format=torch.channels_last
        )
        text = nn.ModuleList([text_encoder.build(len(self.words)), text_encoder.Layout()])
        self.text_encoder: Any = common.load_averaged(options.work, "text_encoder", text)[0].to(device)
        if device.type == "cpu":
            self.text_encoder.set_attn_implementation("eager")
        self.latents, self.states = self._make(KEPT)

    @torch.no_grad()
    def _make(self, count: int) -> tuple[Tensor, Tensor]:
        latents, states = [], []
        for start in range(0, count, 64):
            plans = [self.composer.plan(self.rng) for _ in range(min(64, count - start))]
            images = self.composer.render(plans).to(self.device, memory_format=torch.channels_last)
            captions = ["" if self.rng.random() < EMPTY else plan.caption for plan in plans]
            ids = self.words(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
            with common.autocast(self.device):
                latents.append(encode(self.autoencoder, images).float())
                states.append(self.text_encoder(ids.to(self.device)).last_hidden_state.bfloat16())
        return torch.cat(latents), torch.cat(states)

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        """Return latents and text states of `count` images, after renewing some."""
        fresh = torch.tensor(self.rng.sample(range(KEPT), count // USES))
        self.latents[fresh], self.states[fresh] = self._make(count // USES)
        chosen = torch.tensor(self.rng.sample(range(KEPT), count))
        return self.latents[chosen], self.states[chosen]


class Loss:
    """The weighted error of v at random noise levels."""

    def __init__(self, device: torch.device) -> None:
        """Take the noise levels from the schedule."""
        self.kept = noise_schedule().alphas_cumprod.to(device)

    def __call__(self, model: nn.Module, latents: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss, and the unweighted squared error of x0, a measure that does not depend on the weights."""
        moments = self._moments(len(latents)).to(latents.device)
        kept = self.kept[moments].view(-1, 1, 1, 1)
        noise = torch.randn_like(latents)
        noisy = kept.sqrt() * latents + (1 - kept).sqrt() * noise
        wanted = kept.sqrt() * noise - (1 - kept).sqrt() * latents
        shown = model(noisy.contiguous(memory_format=torch.channels_last), moments, states).sample.float()
        error = ((shown - wanted) ** 2).mean(dim=(1, 2, 3))
        snr = (kept / (1 - kept)).flatten()
        weights = (MOST_WEIGHT / (snr + 1)).clamp_max(1.0)
        return (error * weights).mean(), (error.detach() * (1 - kept.flatten())).mean()

    def _moments(self, count: int) -> Tensor:
        """Return time steps spread over the schedule, fewer with little noise, where little is left to learn."""
        spread = (torch.arange(count) + torch.rand(count)) / count  # stratified: less gradient noise
        return (spread**EARLY * len(self.kept)).long().clamp_max(len(self.kept) - 1)


def optimizers(model: nn.Module, rate: float) -> tuple[Any, ...]:
    """Return Muon for the inner matrices and convolutions, AdamW for all else."""
    outside = ("conv_in", "conv_out", "time_embedding", "add_embedding")
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, weight in model.named_parameters():
        (inner if weight.ndim >= 2 and not name.startswith(outside) else outer).append(weight)
    return common.Matrices(inner, rate), torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.98), weight_decay=1e-4)


def main() -> None:
    """Train from the command line."""
    parser = common.arguments(__doc__ or "", samples=3_000_000, batch=96, rate=2e-3)
    parser.add_argument("--adam", action="store_true", help="AdamW for every weight")
    parser.add_argument("--tail", type=float, default=0.15, help="share of the run in which the rate falls to zero")
    options = parser.parse_args()
    device = common.prepare(options)
    model = build_denoiser().to(device, memory_format=torch.channels_last)
    if device.type == "cpu":
        model.set_attn_processor(AttnProcessor())  # faster there than the fused one at these sizes
    average = common.Average(model, 0.9995)
    used = (
        (torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=1e-4),)
        if options.adam
        else optimizers(model, options.rate)
    )
    parts: dict[str, Any] = {"model": model, "average": average.model}
    parts |= {f"optimizer{number}": one for number, one in enumerate(used)}
    run = common.Run("denoiser", options, parts)
    torch.manual_seed(options.seed + run.samples)
    pool = LatentPool(options, device, options.seed + run.samples)
    loss_of = Loss(device)
    while not run.done:
        latents, states = pool.batch(options.batch)
        for optimizer in used:
            for group in optimizer.param_groups:
                group["lr"] = run.rate_now(warm=20_000, tail=options.tail)
        with common.autocast(device):
            loss, error = loss_of(model, latents, states)
        model.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in used:
            optimizer.step()
        average.update(model)
        run.step(options.batch, loss=float(loss.detach()), error=float(error))


if __name__ == "__main__":
    main()
