"""Training of the starter checkpoint's autoencoder.

    python -m generation.starter.training.autoencoder                    encoder and decoder together
    python -m generation.starter.training.autoencoder --decoder-only     later: the decoder alone, on the same latents

The denoiser learns the encoder's latents, so the encoder must not change once its training has begun; the decoder may
be improved. Held-out things (every 20th) are never trained on; their reconstructions give the PSNR that is logged.
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
HELD_OUT = 20  # every 20th thing
LATENT_NOISE = 0.05


def build() -> Any:
    """Return the untrained autoencoder; its latents are 8 times smaller and have CHANNELS channels."""
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
        if isinstance(module, nn.Conv2d):  # with the default initialisation training stalls for a long time
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for block in model.modules():
        if type(block).__name__ == "AutoencoderTinyBlock":
            block.conv[-1].weight.data.mul_(0.3)  # residual branches start small
    return model


def encode(model: Any, images: Tensor) -> Tensor:
    """Return the latents of images of 0..1."""
    latents: Tensor = model.encoder(images * 2 - 1)
    return latents


def decode(model: Any, latents: Tensor) -> Tensor:
    """Return the images of latents, about 0..1."""
    images: Tensor = model.decoder(latents)
    return (images + 1) / 2


@torch.no_grad()
def calibrate(model: Any, images: Tensor) -> None:
    """Scale an untrained encoder so that its latents have mean 0 and standard deviation 1 in every channel."""
    last = model.encoder.layers[-1]
    latents = encode(model, images)
    deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
    last.weight.div_(deviation.view(-1, 1, 1, 1))
    last.bias.copy_((last.bias - mean) / deviation)


def edges(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return differences between neighbouring pixels, horizontally and vertically."""
    return images.diff(dim=3), images.diff(dim=2)


def reconstruction_loss(shown: Tensor, wanted: Tensor) -> Tensor:
    """Return the reconstruction loss: absolute and squared error, and absolute error of the edges."""
    loss = functional.l1_loss(shown, wanted) + 4 * functional.mse_loss(shown, wanted)
    for a, b in zip(edges(shown), edges(wanted), strict=True):
        loss = loss + 0.5 * functional.l1_loss(a, b)
    return loss


def latent_penalty(latents: Tensor) -> Tensor:
    """Return the penalty that keeps every channel near mean 0 and standard deviation 1."""
    deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
    return (mean**2).mean() + ((deviation - 1) ** 2).mean()


def choose_crops(rng: random.Random, images: Tensor) -> Tensor:
    """Return the most detailed of three random crops of every image."""
    chosen = []
    for image in images:
        corners = [(rng.randrange(0, 65, 8), rng.randrange(0, 65, 8)) for _ in range(3)]
        cuts = [image[:, y : y + CROP, x : x + CROP] for y, x in corners]
        chosen.append(max(cuts, key=lambda cut: float(cut.diff(dim=2).abs().mean())))
    return torch.stack(chosen)


def make_plans(
    composer: Composer, rng: random.Random, count: int, *, held_out: bool = False, effects: bool = True
) -> list[Plan]:
    """Return plans of trained things only, or of held-out ones only; without `effects` none with an effect."""
    found: list[Plan] = []
    while len(found) < count:
        plan = composer.plan(rng)
        out = [int(composer.artwork.thing[one.icon]) % HELD_OUT == 0 for one in plan.placed]
        if (all(out) if held_out else not any(out)) and (effects or plan.effect is None):
            found.append(plan)
    return found


@torch.no_grad()
def measure_psnr(model: Any, images: Tensor) -> tuple[float, float]:
    """Return the mean PSNR in dB over whole images, and the PSNR of the mean error."""
    errors = []
    for part in images.split(16):
        shown = decode(model, encode(model, part)).clamp(0, 1)
        errors.append(((shown - part) ** 2).mean(dim=(1, 2, 3)))
    error = torch.cat(errors).clamp_min(1e-10)
    return float((-10 * error.log10()).mean()), float(-10 * error.mean().log10())


def optimizers(weights: list[nn.Parameter], rate: float) -> tuple[Any, ...]:
    """Return Muon for the convolutions, AdamW for all other weights."""
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
    calibrate(model, composer.render(make_plans(composer, rng, 32)))
    name = "autoencoder"
    if options.decoder_only:
        model = common.load_averaged(options.work, "autoencoder", model).train().requires_grad_(True)
        model.encoder.requires_grad_(False)
        name = "decoder"
    model.to(device, memory_format=torch.channels_last)
    average = common.Average(model, 0.998)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    used = optimizers(trained, options.rate)
    parts: dict[str, Any] = {"model": model, "average": average.model, "muon": used[0], "adam": used[1]}
    run = common.Run(name, options, parts)
    rng = random.Random(options.seed + run.samples)
    held_out_images = composer.render(make_plans(composer, random.Random(99), 64, held_out=True)).to(device)
    turn = 0
    while not run.done:
        images = composer.render(make_plans(composer, rng, options.batch))
        wanted = choose_crops(rng, images).to(device, memory_format=torch.channels_last)
        for optimizer in used:
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=1000, tail=0.6)
        with common.autocast(device):
            latents = encode(model, wanted).float()
            noisy = latents + LATENT_NOISE * torch.randn_like(latents)
            shown = decode(model, noisy).float()
            loss = reconstruction_loss(shown, wanted)
            kept = latent_penalty(latents)
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
            mean, pooled = measure_psnr(average.model, held_out_images)
            print(f"held-out things: mean PSNR {mean:.2f} dB, PSNR of the mean error {pooled:.2f} dB", flush=True)


if __name__ == "__main__":
    main()
