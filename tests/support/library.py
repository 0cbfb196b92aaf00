"""Made-up libraries: many rows of images without files, as various as a seed makes them."""

import random
import uuid
from datetime import UTC, datetime, timedelta

WORDS = ["fox", "foxes", "sea", "ship", "red", "old", "night", "lighthouse", "café", "心"]
CHECKPOINTS = ["starter", "sdxl", "flux"]
SAMPLERS = ["ddim", "euler_a"]
TASKS = ["text_to_image", "text_to_image", "inpaint"]
SIZES = [(512, 512), (512, 768), (768, 512), (640, 512)]
LORAS = ["ink", "clay", "Ink"]
START = datetime(2026, 3, 27, 20, tzinfo=UTC)  # the clocks of Europe change in the night to the 29th


def make_library(owner, number, *, seed=0, hours=96, trashed=0.1):
    """Return `number` stored rows, indexed as stored images are: equal moments, several jobs, some in the trash."""
    from gallery.models import Image
    from gallery.search.index import search_columns, write_words

    rng = random.Random(seed)
    jobs = [uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(max(1, number // 3))]
    rows, used = [], dict.fromkeys(jobs, 0)
    for _ in range(number):
        job, (width, height) = rng.choice(jobs), rng.choice(SIZES)
        used[job] += 1
        prompt = " ".join(rng.choices(WORDS, k=rng.randint(1, 6)))
        parameters = {
            "prompt": prompt,
            "checkpoint": rng.choice(CHECKPOINTS),
            "sampler": rng.choice(SAMPLERS),
            "task": rng.choice(TASKS),
            "loras": [{"name": name, "weight": 1.0} for name in rng.sample(LORAS, rng.choice([0, 0, 1, 2]))],
        }
        created_at = START + timedelta(minutes=15 * rng.randint(0, 4 * hours), microseconds=rng.choice([0, 0, 1]))
        rows.append(
            Image(
                id=uuid.UUID(int=rng.getrandbits(128), version=4),
                owner=owner,
                job_id=job,
                job_created_at=created_at,
                index=used[job],
                seed=rng.randint(0, 3),
                prompt=prompt,
                width=width,
                height=height,
                format=rng.choice(["png", "png", "webp"]),
                file=f"images/{job}/{used[job]}.png",
                thumbnail=f"thumbnails/{job}/{used[job]}.webp",
                size_bytes=1,
                sha256="0" * 64,
                parameters=parameters,
                **search_columns(prompt, parameters),
                created_at=created_at,
                is_favourite=rng.random() < 0.3,
                rating=rng.choice([0, 0, 0, 3, 5]),
                visibility=rng.choice(["private", "private", "members", "public"]),
                trashed_at=START if rng.random() < trashed else None,
            )
        )
    Image.objects.bulk_create(rows)
    write_words(rows)
    return rows
