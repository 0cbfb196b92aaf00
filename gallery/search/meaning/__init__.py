"""Search by meaning: images are compared by the vectors that a CLIP or SigLIP model gives them and words."""
