"""A server of SigLIP as one writes it in an afternoon: FastAPI and transformers.

    python benchmarks/peers/fastapi_transformers.py CHECKPOINT PORT

It answers POST /v1/embeddings, texts or pictures as data URLs ("modality":
"image"), in float32 on the CPU. Requests are prepared at the same time; one at
a time is in the model, which is faster than many that share the cores.
"""

import base64
import io
import sys
import threading
import typing

import pydantic
import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse
from PIL import Image
from transformers import SiglipImageProcessor, SiglipModel, SiglipTokenizer


class Request(pydantic.BaseModel):
    model: str
    input: list[str]
    modality: typing.Literal["text", "image"] = "text"


def application(checkpoint):
    app = FastAPI()
    model = SiglipModel.from_pretrained(checkpoint, dtype=torch.float32).eval()
    tokenizer = SiglipTokenizer.from_pretrained(checkpoint)
    processor = SiglipImageProcessor.from_pretrained(checkpoint)
    free = threading.Lock()

    def texts(inputs):
        # SigLIP is trained on texts that are padded to their greatest length.
        inputs = tokenizer(inputs, padding="max_length", truncation=True, max_length=64, return_tensors="pt")
        with free, torch.inference_mode():
            return model.get_text_features(**inputs)

    def pictures(inputs):
        files = [base64.b64decode(url.partition(",")[2]) for url in inputs]
        opened = [Image.open(io.BytesIO(f)).convert("RGB") for f in files]
        inputs = processor(images=opened, return_tensors="pt")
        with free, torch.inference_mode():
            return model.get_image_features(**inputs)

    @app.post("/v1/embeddings")
    def embeddings(request: Request):
        vectors = (pictures if request.modality == "image" else texts)(request.input)
        vectors = torch.nn.functional.normalize(vectors, dim=-1).tolist()
        data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
        return ORJSONResponse({"object": "list", "model": request.model, "data": data})

    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
