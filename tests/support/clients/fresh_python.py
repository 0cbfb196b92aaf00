"""Clients of other APIs in an environment of their own: `python fresh_python.py CLIENT` prints as JSON what came back.

It runs with that environment's Python and imports nothing of the site. SITE and KEY say where and as whom.
"""

import base64
import io
import json
import os
import sys
import tempfile
import urllib.request
from importlib.metadata import version
from pathlib import Path

from PIL import Image

SITE, KEY = os.environ["SITE"], os.environ["KEY"]
BASE = f"{SITE}/v1"
PROMPT = "a red heart"


def size_of(data):
    return Image.open(io.BytesIO(data)).size


def behind(url):
    with urllib.request.urlopen(url) as answer:  # without the key
        return answer.read()


def with_openai():
    import openai

    client = openai.OpenAI(base_url=BASE, api_key=KEY)
    asked = {"prompt": PROMPT, "size": "128x128", "extra_body": {"steps": 2, "seed": 7}}
    own = base64.b64decode(client.images.generate(model="starter", **asked).data[0].b64_json)
    theirs = behind(client.images.generate(model="dall-e-3", **asked).data[0].url)
    edited = client.images.edit(image=("a.png", own), prompt="a blue bird", extra_body={"steps": 2}).data[0].b64_json
    stream = client.images.generate(model="starter", stream=True, partial_images=1, **asked)
    sizes = [size_of(data) for data in (own, theirs, base64.b64decode(edited))]
    return {"models": [model.id for model in client.models.list()], "sizes": sizes, "last": list(stream)[-1].type}


def with_litellm():
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    asked = {"api_base": BASE, "api_key": KEY, "prompt": PROMPT, "size": "128x128"}
    by_url = litellm.image_generation(model="openai/dall-e-3", **asked).data[0].url
    in_answer = litellm.image_generation(model="openai/starter", **asked).data[0].b64_json
    return {"sizes": [size_of(behind(by_url)), size_of(base64.b64decode(in_answer))]}


def with_langchain_community():
    from langchain_community.utilities.dalle_image_generator import DallEAPIWrapper

    made = DallEAPIWrapper(model="dall-e-3", size="128x128", n=2, base_url=BASE, api_key=KEY)
    return {"sizes": [size_of(behind(url)) for url in made.run(PROMPT).split("\n")]}


def with_comfy_api_simplified():
    from comfy_api_simplified import ComfyApiWrapper, ComfyWorkflowWrapper

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "workflow.json")
        path.write_text(os.environ["WORKFLOW"])
        workflow = ComfyWorkflowWrapper(str(path))
        api = ComfyApiWrapper(SITE, user="alice", password=KEY)
        workflow.set_node_param("KSampler", "seed", 11)
        made = api.queue_and_wait_images(workflow, "Save Image")
        source = api.upload_image(_saved(folder, next(iter(made.values()))))
    return {"sizes": [size_of(data) for data in made.values()], "uploaded": source["name"]}


def with_sd_parsers():
    import openai
    from sd_parsers import ParserManager

    asked = {"prompt": PROMPT, "size": "128x128", "extra_body": {"steps": 2, "seed": 7, "negative_prompt": "blue"}}
    read = []
    for kind in ("png", "jpeg", "webp"):
        client = openai.OpenAI(base_url=BASE, api_key=KEY)
        made = client.images.generate(model="starter", output_format=kind, **asked).data[0].b64_json
        with tempfile.TemporaryDirectory() as folder:
            found = ParserManager().parse(_saved(folder, base64.b64decode(made)))
        texts = [prompt.value for prompt in (*found.prompts, *found.negative_prompts)]
        settings = found.samplers[0].parameters
        read.append([*texts, settings["seed"], settings["steps"], found.samplers[0].model.name])
    return {"read": read}


def _saved(folder, data):
    path = Path(folder, "image")
    path.write_bytes(data)
    return str(path)


CLIENTS = {
    "openai": with_openai,
    "litellm": with_litellm,
    "langchain-community": with_langchain_community,
    "comfy-api-simplified": with_comfy_api_simplified,
    "sd-parsers": with_sd_parsers,
}

if __name__ == "__main__":
    name = sys.argv[1]
    print(json.dumps({"version": version(name), **CLIENTS[name]()}))
