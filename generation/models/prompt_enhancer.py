"""The language model that rewrites prompts for people: an address that speaks OpenAI's chat API."""

from django.db import models

LONGEST_INSTRUCTION = 4000
INSTRUCTION = (
    "You rewrite prompts for an image generator. Keep everything that the prompt names, and its language. Add what can "
    "be seen: details of the subject, place, light, composition, medium. Answer with the new prompt alone, one "
    "paragraph of at most 120 words, without quotation marks."
)


class PromptEnhancer(models.Model):
    """One language model; the first that is enabled is asked."""

    name = models.CharField(max_length=40, unique=True, help_text="People are told it before they use it.")
    url = models.URLField("address", max_length=300, help_text="Of the API, such as https://llm.example.org/v1")
    model = models.CharField(max_length=120, help_text="Name of the model there.")
    key = models.CharField(max_length=300, blank=True, help_text="Sent as Authorization: Bearer; empty: none.")
    instruction = models.TextField(
        max_length=LONGEST_INSTRUCTION, default=INSTRUCTION, help_text="What the model is told before each prompt."
    )
    is_local = models.BooleanField(
        "in the own network",
        default=False,
        help_text="The host may be this machine or a private address, and be reached without TLS.",
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        """In the order in which they were added."""

        ordering = ["pk"]

    def __str__(self) -> str:
        """Name."""
        return self.name
