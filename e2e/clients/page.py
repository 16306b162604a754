"""Run the blocks of docs/clients.md against a running server, as they stand there
but for its addresses and the model's name. A block of Python must leave the vector
of the text in `text`, of several of it in `texts`, or that of the picture in
`image`; one of sh prints an answer that has one of them, or anything without a
vector. Vectors are compared with those of /v1/embeddings.

usage: page.py PAGE HTTP_ADDRESS GRPC_ADDRESS PICTURE
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import numpy as np

page, http, grpc, picture = sys.argv[1:]
blocks = re.findall(r"^(?:<!-- needs: (\w+) -->\n)?```(python|sh)\n(.*?)^```$", open(page).read(), re.M | re.S)
picture = os.path.abspath(picture)


def get(path, body=None):
    request = urllib.request.Request(f"http://{http}{path}", data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


name = get("/v1/models")["data"][0]["id"]
items = [{"text": "a remote sensing image of river"}, {"image": base64.b64encode(open(picture, "rb").read()).decode()}]
text, image = [np.array(d["embedding"]) for d in get("/v1/embeddings", {"input": items})["data"]]


def off(vector, want):
    assert len(vector) == len(want), f"{len(vector)} numbers, want {len(want)}"
    return np.abs(np.array(vector) - want).max()


def vectors(answer):
    """The vectors of an answer in JSON, of whatever form: its longest lists, or what is base64 of as many numbers."""
    if isinstance(answer, list) and len(answer) == len(text):
        yield answer
    elif isinstance(answer, (list, dict)):
        for part in answer if isinstance(answer, list) else answer.values():
            yield from vectors(part)
    elif isinstance(answer, str) and len(answer) == len(base64.b64encode(bytes(4 * len(text)))):
        yield np.frombuffer(base64.b64decode(answer), "<f4")


def run_python(code):
    said = {}
    exec(code, said)
    found = [(said[n], want) for n, want in (("text", text), ("image", image)) if n in said] + [(v, text) for v in said.get("texts", [])]
    assert found, "it sets neither text nor image"
    return [off(*f) for f in found]


def run_sh(code):
    out = subprocess.run(["bash", "-euo", "pipefail", "-c", code], check=True, stdout=subprocess.PIPE).stdout
    return [min(off(v, text), off(v, image)) for v in vectors(json.loads(out))]


# Nothing but the server is asked.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", HAYSTACK_TELEMETRY_ENABLED="False")
done = 0
with tempfile.TemporaryDirectory() as folder:
    shutil.copy(picture, folder + "/river.jpg")
    os.chdir(folder)
    os.environ["PATH"] = os.path.dirname(sys.executable) + ":" + os.environ["PATH"]
    for needs, language, code in blocks:
        if language == "sh" and needs != "clients":
            continue
        first = next(line for line in code.splitlines() if line)
        code = code.replace("localhost:8080", http).replace("localhost:8081", grpc).replace("NAME", name)
        worst = max((run_python if language == "python" else run_sh)(code), default=0)
        assert worst < 1e-5, f"{first}: off by {worst}"
        print(f"{first[:75]}: off by {worst:.0e}", flush=True)
        done += 1
print(f"{done} blocks of {page}")
