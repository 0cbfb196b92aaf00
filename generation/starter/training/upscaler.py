"""Train the upscaler for flat artwork: 128 px as the autoencoder gives them back, to 512 px as they were drawn.

    python -m generation.starter.training.upscaler

Needs the state of `train_autoencoder`. Things that are held out are never trained on, and judged on against Lanczos.
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
from generation.starter.dataset import artwork as data
from generation.starter.dataset.compose import Composer, Plan
from generation.starter.training import common
from generation.starter.training.autoencoder import build, decode, edges, encode, plans

FACTOR = 4
CROP = 40  # pixels of the small picture
ICONS = 800  # drawings that are rendered large
CUTS = 4  # crops of every picture
CLEAN = 0.25  # share of pictures that did not pass the autoencoder


class Pairs:
    """Pictures at 128 and at 512 px, made of the same plan."""

    def __init__(self, options: Any, device: torch.device) -> None:
        """Render some drawings large."""
        self.device = device
        artwork = data.render(options.work)
        rng = random.Random(1)
        chosen = np.array(sorted(rng.sample(range(len(artwork.icons)), min(ICONS, len(artwork.icons)))))
        large = data.render_some(options.work, artwork, chosen, data.SIDE * FACTOR)
        small = dataclasses.replace(
            artwork, icons=artwork.icons[chosen], thing=artwork.thing[chosen], style=artwork.style[chosen]
        )
        self.small, self.large = Composer(small, data.SIDE), Composer(large, data.SIDE * FACTOR)
        self.autoencoder = common.averaged(options.work, "autoencoder", build()).to(device)

    def plans(self, rng: random.Random, count: int, *, held_out: bool = False) -> list[Plan]:
        """Return plans of trained things, or of held-out ones; effects would be drawn at another width at 512 px."""
        return plans(self.small, rng, count, held_out=held_out, effects=False)

    @torch.no_grad()
    def paint(self, plans: list[Plan], *, clean: float) -> tuple[Tensor, Tensor]:
        """Return small pictures, all but the share `clean` of them through the autoencoder, and large ones."""
        small, large = self.small.paint(plans).to(self.device), self.large.paint(plans).to(self.device)
        passed = int(len(plans) * (1 - clean))
        with common.half(self.device):
            small[:passed] = decode(self.autoencoder, encode(self.autoencoder, small[:passed])).float().clamp(0, 1)
        return (small * 255).round() / 255, large


def busyness(picture: Tensor, y: int, x: int) -> float:
    """Return how much goes on in the crop at (y, x)."""
    return float(picture[:, y : y + CROP, x : x + CROP].diff(dim=2).abs().mean())


def cuts(rng: random.Random, small: Tensor, large: Tensor) -> tuple[Tensor, Tensor]:
    """Return the busiest of some crops of every picture, CUTS of each."""
    smalls, larges = [], []
    for a, b in zip(small, large, strict=True):
        corners = [(rng.randrange(data.SIDE - CROP + 1), rng.randrange(data.SIDE - CROP + 1)) for _ in range(3 * CUTS)]
        for y, x in sorted(corners, key=lambda at: -busyness(a, *at))[:CUTS]:
            smalls.append(a[:, y : y + CROP, x : x + CROP])
            larges.append(b[:, y * FACTOR : (y + CROP) * FACTOR, x * FACTOR : (x + CROP) * FACTOR])
    return torch.stack(smalls), torch.stack(larges)


def lanczos(small: Tensor) -> Tensor:
    """Return (n, 3, h, w) pictures enlarged by Pillow's Lanczos filter."""
    made = []
    for one in small:
        picture = Image.fromarray((one * 255).round().byte().permute(1, 2, 0).numpy())
        picture = picture.resize((picture.width * FACTOR, picture.height * FACTOR), Image.Resampling.LANCZOS)
        made.append(torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1).float() / 255)
    return torch.stack(made)


def psnr(shown: Tensor, wanted: Tensor) -> float:
    """Return the mean PSNR in dB over pictures."""
    return float((-10 * ((shown.clamp(0, 1) - wanted) ** 2).mean(dim=(1, 2, 3)).clamp_min(1e-10).log10()).mean())


def optimizers(model: CompactUpscaler, rate: float) -> tuple[Any, ...]:
    """Return Muon for the convolutions between the first and the last, AdamW for all else."""
    inner = [weight for weight in model.parameters() if weight.ndim == 4][1:-1]
    chosen = {id(weight) for weight in inner}
    outer = [weight for weight in model.parameters() if id(weight) not in chosen]
    return common.Matrices(inner, rate), torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.98), weight_decay=1e-5)


def main() -> None:
    """Train from the command line and write the weights where the site looks for them."""
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
    small, large = pairs.paint(pairs.plans(random.Random(7), 48, held_out=True), clean=0.0)
    baseline = psnr(lanczos(small.cpu()).to(device), large)
    turn = 0
    while not run.done:
        painted = pairs.paint(pairs.plans(rng, options.batch // CUTS), clean=CLEAN)
        seen, wanted = cuts(rng, *painted)
        seen = seen.contiguous(memory_format=torch.channels_last)
        for optimizer in used:
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=2000, tail=0.6)
        with common.half(device):
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
