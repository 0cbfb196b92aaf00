"""Training of the upscaler for flat artwork, from 128 px reconstructed by the autoencoder to the original 512 px.

    python -m generation.starter.training.upscaler

Needs the state of `autoencoder`. Held-out things are never trained on; on them the result is compared with Lanczos.
"""

import dataclasses
import random
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generation.pipelines.upscaling.compact import CompactUpscaler
from generation.starter.dataset.artwork import SIDE, render, render_selection
from generation.starter.dataset.compose import Composer, Plan
from generation.starter.training import common
from generation.starter.training.autoencoder import build, decode, edges, encode, make_plans

FACTOR = 4
CROP = 40  # pixels of the small image
ICONS = 800  # drawings that are rendered large
CUTS = 4  # crops of every image
CLEAN = 0.25  # share of images that did not pass the autoencoder


class Pairs:
    """Pairs of images at 128 and at 512 px, rendered from the same plan."""

    def __init__(self, options: Any, device: torch.device) -> None:
        """Render some drawings large."""
        self.device = device
        artwork = render(options.work)
        rng = random.Random(1)
        chosen = np.array(sorted(rng.sample(range(len(artwork.icons)), min(ICONS, len(artwork.icons)))))
        large = render_selection(options.work, artwork, chosen, SIDE * FACTOR)
        small = dataclasses.replace(
            artwork, icons=artwork.icons[chosen], thing=artwork.thing[chosen], style=artwork.style[chosen]
        )
        self.small, self.large = Composer(small, SIDE), Composer(large, SIDE * FACTOR)
        self.autoencoder = common.load_averaged(options.work, "autoencoder", build()).to(device)

    def plans(self, rng: random.Random, count: int, *, held_out: bool = False) -> list[Plan]:
        """Return plans of trained things, or of held-out ones; without effects, whose width would differ at 512 px."""
        return make_plans(self.small, rng, count, held_out=held_out, effects=False)

    @torch.no_grad()
    def render(self, plans: list[Plan], *, clean: float) -> tuple[Tensor, Tensor]:
        """Return small images, all but the share `clean` of them passed through the autoencoder, and large ones."""
        small, large = self.small.render(plans).to(self.device), self.large.render(plans).to(self.device)
        passed = int(len(plans) * (1 - clean))
        with common.autocast(self.device):
            small[:passed] = decode(self.autoencoder, encode(self.autoencoder, small[:passed])).float().clamp(0, 1)
        return (small * 255).round() / 255, large


def busyness(image: Tensor, y: int, x: int) -> float:
    """Return the amount of detail in the crop at (y, x)."""
    return float(image[:, y : y + CROP, x : x + CROP].diff(dim=2).abs().mean())


def choose_crops(rng: random.Random, small: Tensor, large: Tensor) -> tuple[Tensor, Tensor]:
    """Return the CUTS most detailed of some random crops of every image, small and large."""
    smalls, larges = [], []
    for a, b in zip(small, large, strict=True):
        corners = [(rng.randrange(SIDE - CROP + 1), rng.randrange(SIDE - CROP + 1)) for _ in range(3 * CUTS)]
        for y, x in sorted(corners, key=lambda at: -busyness(a, *at))[:CUTS]:
            smalls.append(a[:, y : y + CROP, x : x + CROP])
            larges.append(b[:, y * FACTOR : (y + CROP) * FACTOR, x * FACTOR : (x + CROP) * FACTOR])
    return torch.stack(smalls), torch.stack(larges)


def lanczos(small: Tensor) -> Tensor:
    """Return (n, 3, h, w) images upscaled by Pillow's Lanczos filter."""
    made = []
    for one in small:
        image = Image.fromarray((one * 255).round().byte().permute(1, 2, 0).numpy())
        image = image.resize((image.width * FACTOR, image.height * FACTOR), Image.Resampling.LANCZOS)
        made.append(torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255)
    return torch.stack(made)


def psnr(shown: Tensor, wanted: Tensor) -> float:
    """Return the mean PSNR in dB over images."""
    return float((-10 * ((shown.clamp(0, 1) - wanted) ** 2).mean(dim=(1, 2, 3)).clamp_min(1e-10).log10()).mean())


def optimizers(model: CompactUpscaler, rate: float) -> tuple[Any, ...]:
    """Return Muon for the convolutions between the first and the last, AdamW for all other weights."""
    inner = [weight for weight in model.parameters() if weight.ndim == 4][1:-1]
    chosen = {id(weight) for weight in inner}
    outer = [weight for weight in model.parameters() if id(weight) not in chosen]
    return common.Matrices(inner, rate), torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.98), weight_decay=1e-5)


def main() -> None:
    """Train from the command line."""
    parser = common.arguments(__doc__ or "", samples=72_000, batch=32, rate=2e-3)
    options = parser.parse_args()
    device = common.prepare(options)
    pairs = Pairs(options, device)
    model: Any = CompactUpscaler()
    model = model.to(device, memory_format=torch.channels_last)
    average = common.Average(model, 0.998)
    used = optimizers(model, options.rate)
    parts: dict[str, Any] = {"model": model, "average": average.model, "muon": used[0], "adam": used[1]}
    run = common.Run("upscaler", options, parts)
    rng = random.Random(options.seed + run.samples)
    small, large = pairs.render(pairs.plans(random.Random(7), 48, held_out=True), clean=0.0)
    baseline = psnr(lanczos(small.cpu()).to(device), large)
    turn = 0
    while not run.done:
        pair = pairs.render(pairs.plans(rng, options.batch // CUTS), clean=CLEAN)
        seen, wanted = choose_crops(rng, *pair)
        seen = seen.contiguous(memory_format=torch.channels_last)
        for optimizer in used:
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=2000, tail=0.6)
        with common.autocast(device):
            shown = model(seen).float()
        loss = functional.l1_loss(shown, wanted) + 2 * functional.mse_loss(shown, wanted)
        for a, b in zip(edges(shown), edges(wanted), strict=True):
            loss = loss + 0.5 * functional.l1_loss(a, b)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in used:
            optimizer.step()
        average.update(model)
        run.step(options.batch, loss=float(loss.detach()))
        turn += 1
        if turn % 250 == 0 or run.done:
            with torch.no_grad():
                reached = psnr(torch.cat([average.model(part) for part in small.split(8)]), large)
            gain = reached - baseline
            print(f"held-out things: {reached:.2f} dB, Lanczos {baseline:.2f} dB, {gain:+.2f}", flush=True)


if __name__ == "__main__":
    main()
