"""Talk to a running server by the clients that its users have: OpenAI's,
LangChain's, Cohere's, Triton's over HTTP and gRPC, and gRPC's own. Answers are
compared with that of /predict, and errors must come in each client's own form.

usage: clients.py HTTP_ADDRESS GRPC_ADDRESS PICTURE
"""

import base64
import json
import sys
import time
import urllib.request

import cohere
import grpc as grpclib
import httpx
import langchain_openai
import numpy as np
import openai
import tritonclient.grpc
import tritonclient.http
import tritonclient.utils
import zstandard
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

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

# What clients of the kinds do beside the calls above, and what they are told.
assert [m.id for m in client.models.list()] == [name] and client.models.retrieve(name).id == name
print("openai, models:", [m.id for m in client.models.list()])
most = client.embeddings.create(model=name, input=["a"] * 2048)
assert len(most.data) == 2048
cut = client.embeddings.create(model=name, input=["river", "river sea airport " * 60])
assert cut.usage.truncated_inputs == 1 and cut.data[1].truncated
print("openai, 2048 inputs, and one cut text:", cut.usage)

keywords = dict(model=name, base_url=f"http://{http}/v1", api_key="not-asked-for-here", max_retries=0)
langchain = langchain_openai.OpenAIEmbeddings(check_embedding_ctx_length=False, **keywords)
worst = np.abs(np.array(langchain.embed_query(texts[0])) - vectors(client.embeddings.create(model=name, input=texts[0]))[0]).max()
assert worst < 1e-6, worst
try:  # As LangChain sends texts by default, when it has tiktoken's files.
    client.embeddings.create(model=name, input=[[1, 2, 3]])
    raise SystemExit("token ids were accepted")
except openai.BadRequestError as error:
    assert "check_embedding_ctx_length=False" in error.body["message"]
    print("LangChain: off by %.1e; token ids:" % worst, error.body["message"])

# Cohere's older client sends many texts in several requests, and joins the answers.
c = cohere.Client(base_url=f"http://{http}", api_key="not-asked-for-here")
many = c.embed(texts=texts * 100, model=name, input_type="search_query", truncate="END")
assert len(many.embeddings) == len(many.texts) == 200 and many.embeddings[:2] == many.embeddings[-2:]
worst = np.abs(np.array(many.embeddings[:2]) - vectors(client.embeddings.create(model=name, input=texts))).max()
assert worst < 1e-6, worst
both = cohere.ClientV2(base_url=f"http://{http}", api_key="not-asked-for-here").embed(model=name, input_type="search_document", embedding_types=["float"], inputs=[
    {"content": [{"type": "text", "text": texts[0]}]}, {"content": [{"type": "image_url", "image_url": {"url": data_url}}]}])
assert np.allclose(both.embeddings.float_[0], many.embeddings[0], atol=1e-6) and both.meta.billed_units.images == 1
for keywords, error, code in [
    ({"model": "another"}, cohere.NotFoundError, "model_not_found: "),
    ({"model": name, "embedding_types": ["int8"]}, cohere.BadRequestError, "invalid_request: embedding_types: "),
]:
    try:
        c.embed(texts=texts, input_type="search_query", **keywords)
        raise SystemExit(f"cohere: {keywords} was accepted")
    except error as e:
        assert e.body["message"].startswith(code), e.body
        print(f"cohere {cohere.__version__}: off by {worst:.1e};", e.body["message"])

c = tritonclient.http.InferenceServerClient(http)
text = tritonclient.http.InferInput("text", [1], "BYTES")
text.set_data_from_numpy(np.array([texts[0].encode()], dtype=object))
plain = c.infer(name, [text]).as_numpy("text_embedding")
for coding in "gzip", "deflate":
    assert (c.infer(name, [text], request_compression_algorithm=coding).as_numpy("text_embedding") == plain).all()
try:
    c.infer("nope", [text])
    raise SystemExit("another model was accepted")
except tritonclient.utils.InferenceServerException as error:
    print("tritonclient.http, gzip and deflate; another model:", error)
nested = get(f"/v2/models/{name}/infer", {"inputs": [{"name": "text", "shape": [1, 1], "datatype": "BYTES", "data": [[texts[0]]]}]})
assert np.allclose(nested["outputs"][0]["data"], plain.ravel(), atol=1e-6)
packed = httpx.post(f"http://{http}/v1/embeddings", content=zstandard.compress(json.dumps({"input": texts[0]}).encode()), headers={"Content-Type": "application/json", "Content-Encoding": "zstd"})
assert packed.status_code == 200, packed.text

channel = grpclib.insecure_channel(grpc)
health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="inference.GRPCInferenceService"))
assert health.status == health_pb2.HealthCheckResponse.SERVING
services = ProtoReflectionDescriptorDatabase(channel).get_services()
assert "inference.GRPCInferenceService" in services and "grpc.health.v1.Health" in services
print("gRPC: serving, services", sorted(services))

# Pings each 100 ms, against proxies that forget connections, during a call of about a second and more.
options = tritonclient.grpc.KeepAliveOptions(keepalive_time_ms=100, keepalive_timeout_ms=20000, keepalive_permit_without_calls=True, http2_max_pings_without_data=0)
c = tritonclient.grpc.InferenceServerClient(grpc, keepalive_options=options)
images = tritonclient.grpc.InferInput("image", [200], "BYTES")
images.set_data_from_numpy(np.array([file + bytes([i]) for i in range(200)], dtype=object))
start = time.time()
assert c.infer(name, [images]).as_numpy("image_embedding").shape[0] == 200
time.sleep(1)
assert c.is_model_ready(name)
print("tritonclient.grpc, pings each 100 ms: a call of %.1f s" % (time.time() - start - 1))
