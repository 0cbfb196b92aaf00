"""Form and scale of latents, by the records of their families."""
