"""Router of adapters: LoRA, embeddings, ControlNets and other extra weights."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from generation.limits import adapters_offered_to, limits_for
from generation.models import Adapter
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope

router = Router()

AdapterKind = Literal[
    "lora", "embedding", "vae", "controlnet", "ip_adapter", "refiner", "upscaler", "search_model", "text_encoder"
]


class AdapterOut(BaseModel):
    """One set of extra weights; where it lies stays inside."""

    kind: str
    slug: str = Field(description="The name in a request: `loras.name`, `vae`, `controls.model` and so on.")
    title: str
    description: str
    licence: str
    family: str = Field(description="Checkpoints it fits; empty: any.")
    trigger_words: str
    default_weight: float
    token: str = Field(description="Embeddings: the word that applies it in a prompt; else empty.")
    meta: dict[str, Any] = Field(description="Facts from its header: rank, alpha, vectors, resolution, ...")


@router.get(
    "/adapters",
    response=list[AdapterOut],
    operation_id="list_adapters",
    tags=["Catalog"],
    summary="List LoRA, embeddings and other extra weights",
)
def list_adapters(
    request: HttpRequest,
    kind: Annotated[AdapterKind | None, Query(description="Only this kind.")] = None,
    family: Annotated[str | None, Query(description="Only what fits checkpoints of this family.")] = None,
) -> list[AdapterOut]:
    """Return every adapter one can ask for, by kind and title. Needs the scope `read`."""
    require_scope(request, "read")
    rows = adapters_offered_to(limits_for(get_credentials(request)))
    if kind is not None:
        rows = rows.of_kind(kind)
    if family is not None:
        rows = rows.for_family(family)
    return [serialize_adapter(row) for row in rows]


def serialize_adapter(adapter: Adapter) -> AdapterOut:
    """Return an adapter as others see it."""
    return AdapterOut(**{name: getattr(adapter, name) for name in AdapterOut.model_fields})
