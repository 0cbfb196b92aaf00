"""Image files with generation settings inside, and the request that reads them."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import metadata

TEXT = (
    "a castle, <lora:ink:0.7>\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, "
    "Size: 512x768, Model hash: abcdef0123, Model: someThing_v5, ENSD: 31337"
)


def image_file(image_format="png", text=TEXT, **texts):
    if texts:
        info = PngInfo()
        for name, value in texts.items():
            info.add_text(name, value, zip=True)
        buffer = io.BytesIO()
        Pillow.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
        return buffer.getvalue()
    return metadata.encode(Pillow.new("RGB", (8, 8)), image_format=image_format, quality=80, infotext=text)


def ask(client, data, name="picture.png"):
    return client.post("/api/v1/settings-of", {"file": SimpleUploadedFile(name, data)})
