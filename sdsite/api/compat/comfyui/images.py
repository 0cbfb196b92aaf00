"""Images by ComfyUI's file names: uploads, generated images, and masks from their channels.

A name contains the id of its row, so names never collide: "ComfyUI_<image id>.png" and "<upload id>.png".
"""

import base64
import binascii
import io
import re
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from PIL import Image as Pillow
from PIL import ImageOps

from gallery.actions.uploads import UploadRefused, store_upload
from gallery.file_responses import MOST_ANSWER_BYTES, respond_with_file
from gallery.imaging.decode_limits import reserve_pixels
from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Image, Upload
from generation.models import Workflow
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.models import User
from sdsite.api.compat.comfyui.errors import INVALID, Problem, refused
from sdsite.api.compat.comfyui.graphs.graph import Graph
from sdsite.api.compat.comfyui.graphs.nodes import BY_SOCKET
from sdsite.api.compat.comfyui.graphs.reading import Mask, Match, Place
from sdsite.api.errors import ApiError

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ANNOTATED = re.compile(r"\[(input|output|temp)\]\s*\Z")
LONGEST_NAME = 500  # characters of a file name with its folder and annotation
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_PREFIX = 60
GENERATED = ("output", "temp")
PREVIEW_FORMATS = ("webp", "jpeg")
CHANNELS = ("rgba", "rgb", "a")


def output_name(image: Image, prefix: str) -> str:
    """Return the file name of a generated image; `prefix` is the node's `filename_prefix`, reduced to safe letters."""
    stem = _UNFIT.sub("_", re.split(r"[\\/]", prefix)[-1]).strip("_")[:LONGEST_PREFIX] or "ComfyUI"
    return f"{stem}_{image.pk}.{image.format}"


def upload_name(upload: Upload) -> str:
    """Return the file name of an upload."""
    return f"{upload.pk}.png"


def id_in(name: str) -> uuid.UUID | None:
    """Return the last id in a file name; None where there is none."""
    found = _ID.findall(name)
    return uuid.UUID(found[-1]) if found else None


def get_row(name: str, kind: str, credentials: Credentials) -> Image | Upload:
    """Return the image or upload of a file name, if `credentials` may see it; `kind` is input, output or temp.

    Raises:
        Http404: there is none.
    """
    pk = id_in(name)
    if pk is None:
        raise Http404("There is no such file.")
    rows: Any = Image.objects if kind in GENERATED else Upload.objects
    return get_object_or_404(rows.visible_to(credentials), pk=pk)


def serve_file(request: HttpRequest) -> HttpResponse:
    """Return the file that a request for `/view` names, converted where it asks for that.

    Raises:
        Http404: there is none, or it is another user's.
        Quarantined: it is under review.
        ApiError: `bad_request`, `filename` is missing, or `type`, `preview` or `channel` are unknown.
    """
    query = request.GET
    kind = query.get("type", "output")
    if "filename" not in query or kind not in (*GENERATED, "input"):
        raise ApiError("bad_request", "filename is needed, and type must be output, temp or input.")
    row = get_row(query["filename"], kind, get_credentials(request))
    response = respond_with_file(request, row)
    if response.status_code == 200 and ("preview" in query or query.get("channel", "rgba") != "rgba"):
        with reserve_pixels(response.content, person=request.user.pk):
            _convert(response, query.get("preview"), query.get("channel", "rgba"))
    return response


def _convert(response: HttpResponse, preview: str | None, channel: str) -> None:
    """Replace the image in `response` by a smaller file ("webp;90") or one channel."""
    kind, _, asked_quality = (preview or "png").partition(";")
    if channel not in CHANNELS or (preview is not None and kind not in PREVIEW_FORMATS):
        known = f"preview must be {' or '.join(PREVIEW_FORMATS)}, with a quality as in webp;90"
        raise ApiError("bad_request", f"{known}; channel must be one of {', '.join(CHANNELS)}.")
    pil_image = open_image(response.content)
    if channel == "a":
        pil_image = pil_image.convert("RGBA").getchannel("A")
    elif channel == "rgb" or kind == "jpeg":
        pil_image = pil_image.convert("RGB")
    quality = int(asked_quality) if asked_quality.isascii() and asked_quality.isdigit() else 90
    buffer = io.BytesIO()
    pil_image.save(buffer, kind.upper(), quality=max(1, min(quality, 100)))
    response.content = buffer.getvalue()
    response["Content-Type"] = f"image/{kind}"


def store_input_images(found: Match, graph: Graph, user: User) -> tuple[dict[str, str], dict[Place, str]]:
    """Return the image fields of the request, and the values that replace images sent inside the graph in its copy.

    The image of the first ControlNet is called `controls.0.image`.

    Raises:
        GraphRefused: a name is no image of `user`, or the data inside the graph is no image.
        UploadRefused: `uploads_full`.
    """
    fields: dict[str, str] = {}
    replaced: dict[Place, str] = {}
    rows: dict[Place, Image | Upload] = {}  # one image may serve several ControlNets
    mask = found.mask
    named = [("init_image", found.init_image), ("mask_image", mask.place if mask else None)]
    controls = [(f"controls.{number}.image", place) for number, place in enumerate(found.control_images)]
    for name, place in (*named, *controls):
        if place is None:
            continue
        row = rows[place] = rows.get(place) or _get_or_store(place, graph, user)
        if graph.kind(place[0]) == "ETN_LoadImageBase64" and isinstance(row, Upload):
            replaced[place] = upload_name(row)
        if name == "mask_image" and mask is not None:
            row = _as_mask(row, mask, user)
        fields[name] = f"{'image' if isinstance(row, Image) else 'upload'}:{row.pk}"
    return fields, replaced


def _get_or_store(place: Place, graph: Graph, user: User) -> Image | Upload:
    """Return the image or upload that a LoadImage node names, or an upload of the data inside the graph."""
    text = graph.value(*place)
    try:
        pk = id_in(text) if len(text) < LONGEST_NAME else None
        if pk is None and graph.kind(place[0]) == "ETN_LoadImageBase64":
            return store_upload(owner=user, data=base64.b64decode(text.rpartition(",")[2], validate=True))
        folder = _ANNOTATED.search(text[-LONGEST_NAME:])
        is_generated = folder is not None and folder[1] in GENERATED
        rows: Any = Image.objects.owned_by(user).viewable() if is_generated else Upload.objects.owned_by(user)
        return get_object_or_404(rows, pk=pk)
    except Http404 as error:
        details = f"{place[1]} - Invalid image file: {text[:100]}; upload it first, and use the name in the response"
        raise refused(Problem(place[0], INVALID, details, place[1], text)) from error
    except binascii.Error as error:
        raise refused(Problem(place[0], INVALID, f"{place[1]} is no base64", place[1])) from error
    except UploadRefused as error:
        if error.code != "invalid_parameters":
            raise
        raise refused(Problem(place[0], INVALID, error.message, place[1])) from error


def _as_mask(row: Image | Upload, mask: Mask, user: User) -> Upload:
    """Store one channel of an image as a mask; white is inpainted, and alpha is inverted for that."""
    try:
        with default_storage.open(row.file) as file:
            data = file.read()
        with reserve_pixels(data, person=user.pk):
            grey = _channel(open_image(data), mask.channel)
            buffer = io.BytesIO()
            grey.save(buffer, "PNG")
    except (OSError, UnusableImage) as error:
        raise refused(Problem(mask.place[0], INVALID, "The file of this image is missing", mask.place[1])) from error
    return store_upload(owner=user, data=buffer.getvalue(), is_mask=True)


def _channel(pil_image: Pillow.Image, channel: str) -> Pillow.Image:
    if channel == "alpha":
        return ImageOps.invert(pil_image.convert("RGBA").getchannel("A"))
    return pil_image.convert("RGB").getchannel({"red": "R", "green": "G", "blue": "B"}[channel])


def read_files(images: Iterable[Image]) -> list[bytes]:
    """Return the files of the images that are not under review, in order, up to MOST_ANSWER_BYTES of them."""
    files, room = [], MOST_ANSWER_BYTES
    for image in images:
        if image.quarantined_at is None and image.size_bytes <= room:
            room -= image.size_bytes
            with default_storage.open(image.file) as file:
                files.append(file.read())
    return files


def build_outputs(workflow: Workflow, images: list[Image]) -> dict[str, Any]:
    """Return the outputs of each output node that names files: all `images`, in order."""
    shown: dict[str, Any] = {}
    for node in workflow.outputs:
        if workflow.class_of(node) == BY_SOCKET:
            continue
        kind = "temp" if workflow.class_of(node) == "PreviewImage" else "output"
        prefix = str(workflow.graph[node]["inputs"].get("filename_prefix", "ComfyUI"))
        files = [{"filename": output_name(one, prefix), "subfolder": "", "type": kind} for one in images]
        shown[node] = {"images": files}
    return shown
