"""Speed modes of a job, as far as parameters tell: how the drafts of each family are generated."""

from generation.parameters.speed.modes import Draft, StepCache, as_denoised, draft_of, runs_alone

__all__ = ["Draft", "StepCache", "as_denoised", "draft_of", "runs_alone"]
