"""Image files as other programs save them, with the keys that they write."""

import io
import json

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

A1111 = (
    "a red fox <lora:fur:0.8>\nNegative prompt: fog\nSteps: 25, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1234, "
    "Size: 64x48, Model hash: 0123456789, Model: dreamshaper_8, Version: v1.10.1"
)
COMFYUI = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 77,
            "steps": 12,
            "cfg": 5.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 48, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "ComfyUI"}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
}
INVOKEAI = {
    "app_version": "5.4.1",
    "generation_mode": "txt2img",
    "positive_prompt": "a ship",
    "negative_prompt": "mud",
    "width": 64,
    "height": 48,
    "seed": 99,
    "rand_device": "cpu",
    "cfg_scale": 7.5,
    "steps": 30,
    "cfg_rescale_multiplier": 0,
    "scheduler": "dpmpp_2m_k",
    "clip_skip": 0,
    "model": {"key": "7a", "hash": "blake3:aa", "name": "juggernaut", "base": "sd-1", "type": "main"},
}
SWARMUI = {
    "sui_image_params": {
        "prompt": "an owl",
        "negativeprompt": "",
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "seed": 55,
        "steps": 20,
        "cfgscale": 7.0,
        "aspectratio": "1:1",
        "width": 64,
        "height": 48,
        "swarm_version": "0.9.4.0",
    },
    "sui_extra_data": {"date": "2025-03-04", "generation_time": "1.25 seconds"},
}
TEXTS = {
    "A1111": {"parameters": A1111},
    "ComfyUI": {"prompt": json.dumps(COMFYUI), "workflow": json.dumps({"nodes": []})},
    "InvokeAI": {"invokeai_metadata": json.dumps(INVOKEAI)},
    "SwarmUI": {"parameters": json.dumps(SWARMUI)},
}


def foreign_file(program, colour="red", image_format="PNG"):
    """Return a file of 64x48 pixels with the settings of `program`, or (None) without any."""
    image, buffer = Pillow.new("RGB", (64, 48), colour), io.BytesIO()
    if image_format == "PNG":
        info = PngInfo()
        for name, text in TEXTS.get(program, {}).items():
            info.add_text(name, text)
        image.save(buffer, "PNG", pnginfo=info)
    else:
        exif = Pillow.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\x00" + A1111.encode("utf-16-be")
        image.save(buffer, image_format, exif=exif)
    return buffer.getvalue()
