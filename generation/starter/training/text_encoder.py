"""Training of the starter checkpoint's text encoder to predict the layout of an image, before the denoiser's training.

    python -m generation.starter.training.text_encoder

A denoiser that has to learn a thousand shapes and their names at the same time needs days. Here the text encoder comes
first: the last LAYOUT tokens of a padded prompt learn, by plain regression, to predict the image at 32 x 32 pixels, one
8 x 8 field each (where a caption leaves things open: the mean over its meanings). The denoiser then gets shapes,
colours and positions from them by cross-attention and has only the details left to learn.
"""

import random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel

from generation.starter.dataset import artwork
from generation.starter.dataset.compose import Composer
from generation.starter.training import common, token_init, tokenizer

WIDTH = 256
LAYERS = 3
SIDE = 32
FIELD = SIDE // 4
EMPTY = 0.02  # share of empty captions


def build(tokens: int) -> CLIPTextModel:
    """Return the untrained text encoder."""
    config = CLIPTextConfig(
        vocab_size=tokens,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=8,
        max_position_embeddings=tokenizer.LENGTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return CLIPTextModel(config)


class Layout(nn.Module):
    """Head that predicts a small image from the last tokens; not part of the checkpoint."""

    def __init__(self) -> None:
        """Make the linear map that all fields share."""
        super().__init__()
        self.read = nn.Linear(WIDTH, FIELD * FIELD * 3)

    def forward(self, states: Tensor) -> Tensor:
        """Return (n, 3, SIDE, SIDE) from hidden states (n, tokens, WIDTH)."""
        fields = self.read(states[:, -tokenizer.LAYOUT :])
        return functional.fold(fields.transpose(1, 2), (SIDE, SIDE), kernel_size=FIELD, stride=FIELD)


def optimizers(modules: nn.ModuleList, rate: float) -> tuple[torch.optim.Optimizer, ...]:
    """Return Muon (Jordan et al. 2024) for the matrices inside the layers, AdamW for all other weights."""
    inner: list[nn.Parameter] = []
    outer: list[nn.Parameter] = []
    for name, weight in modules.named_parameters():
        matrix = weight.ndim == 2 and "layers." in name
        (inner if matrix else outer).append(weight)
    return (
        torch.optim.Muon(inner, lr=rate * 10, momentum=0.95, weight_decay=0.01, adjust_lr_fn="original"),
        torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.98), weight_decay=1e-4),
    )


@torch.no_grad()
def add_to_embeddings(modules: nn.ModuleList, added: Tensor) -> None:
    """Add `added`, (tokens, WIDTH), to the token embeddings of the text encoder."""
    for name, weight in modules.named_parameters():
        if name.endswith("token_embedding.weight"):
            weight.add_(added)


def main() -> None:
    """Train from the command line."""
    parser = common.arguments(__doc__ or "", samples=320_000, batch=64, rate=2e-3)
    options = parser.parse_args()
    device = common.prepare(options)
    words = tokenizer.load(options.work)
    composer = Composer(artwork.render(options.work), SIDE)
    model: Any = build(len(words))
    layout = Layout()
    if device.type == "cpu":
        model.set_attn_implementation("eager")  # twice as fast there at this length
    both = nn.ModuleList([model, layout]).to(device)
    average = common.Average(both, 0.998)
    inner, outer = optimizers(both, options.rate)
    parts: dict[str, Any] = {"model": both, "average": average.model, "inner": inner, "outer": outer}
    run = common.Run("text_encoder", options, parts)
    if not run.resumed:
        add_to_embeddings(both, token_init.make_token_codes(composer, words, WIDTH).to(device))
    rng = random.Random(options.seed + run.samples)
    while not run.done:
        plans = [composer.plan(rng) for _ in range(options.batch)]
        wanted = composer.render(plans, mean_of_styles=True).to(device)
        captions = ["" if rng.random() < EMPTY else plan.caption for plan in plans]
        ids = words(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids.to(device)
        for optimizer, factor in ((inner, 10), (outer, 1)):
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=10_000, tail=0.5) * factor
        with common.autocast(device):
            shown = layout(model(ids).last_hidden_state).float()
        loss = functional.mse_loss(shown, wanted)
        inner.zero_grad(set_to_none=True)
        outer.zero_grad(set_to_none=True)
        (loss * 10).backward()
        nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        inner.step()
        outer.step()
        average.update(both)
        run.step(options.batch, error=float(loss.detach()))


if __name__ == "__main__":
    main()
