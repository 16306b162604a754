"""Talk to a running server by the clients that its users have: OpenAI's, and
Triton's over HTTP and gRPC. Every answer is compared with that of /predict.

usage: clients.py HTTP_ADDRESS GRPC_ADDRESS PICTURE
"""

import base64
import json
import sys
import urllib.request

import numpy as np
import openai
import tritonclient.grpc
import tritonclient.http

http, grpc, picture = sys.argv[1:]
file = open(picture, "rb").read()
data_url = "data:image/jpeg;base64," + base64.b64encode(file).decode()
texts = ["a remote sensing image of river", "a remote sensing image of airport"]


def get(path, body=None):
    request = urllib.request.Request(f"http://{http}{path}", data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


info = get("/v1/model")
name = info["name"]
want = np.array(get("/predict", {"texts": texts, "images": [data_url]})["logit"])


def check(what, logits):
    worst = np.abs(np.array(logits) - want).max()
    assert worst < 1e-4, f"{what}: off by {worst}"
    print(f"{what}: logits {np.array(logits).round(4).tolist()}, off by {worst:.1e} from /predict")


client = openai.OpenAI(base_url=f"http://{http}/v1", api_key="not-asked-for-here")


def vectors(answer):
    # The client unpacks base64 itself, but not where the caller asked for it.
    return np.array([np.frombuffer(base64.b64decode(d.embedding), "<f4") if isinstance(d.embedding, str) else d.embedding for d in answer.data], dtype=np.float64)


for encoding in openai.NOT_GIVEN, "float", "base64":
    text = vectors(client.embeddings.create(model=name, input=texts, encoding_format=encoding))
    image = vectors(client.embeddings.create(model=name, input=[data_url], encoding_format=encoding, extra_body={"modality": "image"}))
    check(f"openai {openai.__version__}, {encoding or 'default'}", np.exp(info["logit_scale"]) * image @ text.T + info["logit_bias"])
try:
    client.embeddings.create(model="another", input="river")
    raise SystemExit("another model was accepted")
except openai.NotFoundError as error:
    print("openai, another model:", error.body["code"])


def triton(module, address, binary):
    c = module.InferenceServerClient(address)
    assert c.is_server_live() and c.is_server_ready() and c.is_model_ready(name)
    c.get_server_metadata(), c.get_model_metadata(name)
    keyword = {} if binary is None else {"binary_data": binary}
    inputs = [module.InferInput("text", [2], "BYTES"), module.InferInput("image", [1], "BYTES")]
    inputs[0].set_data_from_numpy(np.array([t.encode() for t in texts], dtype=object), **keyword)
    # JSON has no bytes: there a picture is base64.
    element = base64.b64encode(file) if binary is False else file
    inputs[1].set_data_from_numpy(np.array([element], dtype=object), **keyword)
    outputs = [module.InferRequestedOutput("logit", **keyword)]
    return c.infer(name, inputs, outputs=outputs).as_numpy("logit")


check("tritonclient.http, binary", triton(tritonclient.http, http, True))
check("tritonclient.http, JSON", triton(tritonclient.http, http, False))
check("tritonclient.grpc", triton(tritonclient.grpc, grpc, None))
