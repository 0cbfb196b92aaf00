"""Train the autoencoder of the starter checkpoint.

    python -m generation.starter.training.autoencoder                    encoder and decoder together
    python -m generation.starter.training.autoencoder --decoder-only     later: the decoder alone, on latents that stay

The denoiser learns the encoder's latents, so the encoder must not change once that began; the decoder may get better.
Held-out things (every 20th) are never trained on; their reconstructions give the PSNR that is logged.
"""

import random
from typing import Any

import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn
from torch.nn import functional

from generation.starter.dataset import artwork
from generation.starter.dataset.compose import Composer, Plan
from generation.starter.training import common

CHANNELS = 12
WIDTH = 32
CROP = 64
HELD_OUT = 20  # every so manyth thing
LATENT_NOISE = 0.05


def build() -> Any:
    """Return the untrained autoencoder, latents 8 times smaller with CHANNELS channels."""
    widths = (WIDTH,) * 4
    model: Any = AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(0, 1, 2, 3),
        num_decoder_blocks=(3, 3, 2, 1),
        latent_channels=CHANNELS,
        scaling_factor=1.0,
    )
    model.register_to_config(block_out_channels=list(widths))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):  # the default initialisation stalls for a long time
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for block in model.modules():
        if type(block).__name__ == "AutoencoderTinyBlock":
            block.conv[-1].weight.data.mul_(0.3)  # residual branches start small
    return model


def encode(model: Any, pictures: Tensor) -> Tensor:
    """Return latents of pictures in 0..1."""
    latents: Tensor = model.encoder(pictures * 2 - 1)
    return latents


def decode(model: Any, latents: Tensor) -> Tensor:
    """Return pictures, about 0..1."""
    pictures: Tensor = model.decoder(latents)
    return (pictures + 1) / 2


@torch.no_grad()
def calibrate(model: Any, pictures: Tensor) -> None:
    """Make the latents of an untrained encoder mean 0, deviation 1 in every channel."""
    last = model.encoder.layers[-1]
    latents = encode(model, pictures)
    deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
    last.weight.div_(deviation.view(-1, 1, 1, 1))
    last.bias.copy_((last.bias - mean) / deviation)


def edges(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return differences between neighbours, across and down."""
    return pictures.diff(dim=3), pictures.diff(dim=2)


def reconstruction(shown: Tensor, wanted: Tensor) -> Tensor:
    """Return the loss between pictures: absolute, squared, and along edges."""
    loss = functional.l1_loss(shown, wanted) + 4 * functional.mse_loss(shown, wanted)
    for a, b in zip(edges(shown), edges(wanted), strict=True):
        loss = loss + 0.5 * functional.l1_loss(a, b)
    return loss


def spread(latents: Tensor) -> Tensor:
    """Return the penalty that keeps every channel near mean 0, deviation 1."""
    deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
    return (mean**2).mean() + ((deviation - 1) ** 2).mean()


def crops(rng: random.Random, pictures: Tensor) -> Tensor:
    """Return of every picture the busiest of three random crops."""
    chosen = []
    for picture in pictures:
        corners = [(rng.randrange(0, 65, 8), rng.randrange(0, 65, 8)) for _ in range(3)]
        cuts = [picture[:, y : y + CROP, x : x + CROP] for y, x in corners]
        chosen.append(max(cuts, key=lambda cut: float(cut.diff(dim=2).abs().mean())))
    return torch.stack(chosen)


def plans(
    composer: Composer, rng: random.Random, count: int, *, held_out: bool = False, effects: bool = True
) -> list[Plan]:
    """Return plans that show only trained things, or only held-out ones; without `effects` none that has one."""
    found: list[Plan] = []
    while len(found) < count:
        plan = composer.plan(rng)
        out = [int(composer.artwork.thing[one.icon]) % HELD_OUT == 0 for one in plan.placed]
        if (all(out) if held_out else not any(out)) and (effects or plan.effect is None):
            found.append(plan)
    return found


@torch.no_grad()
def judge(model: Any, pictures: Tensor) -> tuple[float, float]:
    """Return the mean PSNR in dB of whole pictures, and the PSNR of the mean error."""
    errors = []
    for part in pictures.split(16):
        shown = decode(model, encode(model, part)).clamp(0, 1)
        errors.append(((shown - part) ** 2).mean(dim=(1, 2, 3)))
    error = torch.cat(errors).clamp_min(1e-10)
    return float((-10 * error.log10()).mean()), float(-10 * error.mean().log10())


def optimizers(weights: list[nn.Parameter], rate: float) -> tuple[Any, ...]:
    """Return Muon for the convolutions, AdamW for what has one dimension."""
    return (
        common.Matrices([weight for weight in weights if weight.ndim == 4], rate),
        torch.optim.AdamW([weight for weight in weights if weight.ndim != 4], lr=rate, betas=(0.9, 0.98)),
    )


def main() -> None:
    """Train from the command line."""
    parser = common.arguments(__doc__ or "", samples=90_000, batch=32, rate=1.5e-3)
    parser.add_argument("--decoder-only", action="store_true")
    options = parser.parse_args()
    device = common.prepare(options)
    composer = Composer(artwork.render(options.work), artwork.SIDE)
    rng = random.Random(options.seed)
    model = build()
    calibrate(model, composer.paint(plans(composer, rng, 32)))
    name = "autoencoder"
    if options.decoder_only:
        model = common.averaged(options.work, "autoencoder", model).train().requires_grad_(True)
        model.encoder.requires_grad_(False)
        name = "decoder"
    model.to(device, memory_format=torch.channels_last)
    average = common.Average(model, 0.998)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    used = optimizers(trained, options.rate)
    parts: dict[str, Any] = {"model": model, "average": average.model, "muon": used[0], "adam": used[1]}
    run = common.Run(name, options, parts)
    rng = random.Random(options.seed + run.samples)
    judged = composer.paint(plans(composer, random.Random(99), 64, held_out=True)).to(device)
    turn = 0
    while not run.done:
        pictures = composer.paint(plans(composer, rng, options.batch))
        wanted = crops(rng, pictures).to(device, memory_format=torch.channels_last)
        for optimizer in used:
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=1000, tail=0.6)
        with common.half(device):
            latents = encode(model, wanted).float()
            noisy = latents + LATENT_NOISE * torch.randn_like(latents)
            shown = decode(model, noisy).float()
            loss = reconstruction(shown, wanted)
            kept = spread(latents)
        model.zero_grad(set_to_none=True)
        (loss + 0.1 * kept).backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        for optimizer in used:
            optimizer.step()
        average.update(model)
        error = float(functional.mse_loss(shown.detach(), wanted))
        run.step(options.batch, loss=float(loss.detach()), spread=float(kept.detach()), error=error)
        turn += 1
        if turn % 250 == 0 or run.done:
            mean, pooled = judge(average.model, judged)
            print(f"held-out things: mean PSNR {mean:.2f} dB, PSNR of the mean error {pooled:.2f} dB", flush=True)


if __name__ == "__main__":
    main()
