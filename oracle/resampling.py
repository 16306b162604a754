"""Writes testdata/golden/resampling.json: the tensors of specs that no
checkpoint of goldens.py has, such as bilinear ones and ones that are not square.

    python oracle/resampling.py

It asks SiglipImageProcessor about the pictures that goldens.py has written, and
needs pillow, numpy and transformers of requirements.txt alone. A second run
writes the same bytes.
"""

import hashlib
import json
import pathlib

import numpy as np
import transformers.utils.logging
from PIL import Image
from transformers.models.siglip.image_processing_siglip import SiglipImageProcessor

ROOT = pathlib.Path(__file__).resolve().parent.parent / "inference/testdata"
HALF = [0.5, 0.5, 0.5]
# Three means and three deviations that differ.
IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
BILINEAR, BICUBIC = Image.Resampling.BILINEAR.value, Image.Resampling.BICUBIC.value

SPECS = [
    dict(resample=BILINEAR, size=dict(height=224, width=224), rescale_factor=1 / 255, image_mean=HALF, image_std=HALF),
    dict(resample=BILINEAR, size=dict(height=96, width=160), rescale_factor=1 / 255, **IMAGENET),
    dict(resample=BILINEAR, size=dict(height=1, width=1), rescale_factor=1 / 128, image_mean=[0, 1, 2], image_std=[1, 2, 3]),
    dict(resample=BICUBIC, size=dict(height=97, width=64), rescale_factor=1 / 127.5, **IMAGENET),
    dict(resample=BICUBIC, size=dict(height=2, width=3), rescale_factor=1 / 255, image_mean=HALF, image_std=HALF),
]


def main():
    transformers.utils.logging.set_verbosity_error()
    out = []
    for spec in SPECS:
        processor = SiglipImageProcessor(**spec)
        tensors = {}
        for path in sorted((ROOT / "pictures").iterdir()):
            tensor = processor(images=Image.open(path).convert("RGB"), return_tensors="np", input_data_format="channels_last")["pixel_values"]
            tensors[path.name] = hashlib.sha256(np.ascontiguousarray(tensor[0], dtype="<f4").tobytes()).hexdigest()
        out.append({**spec, "tensors": tensors})
    (ROOT / "golden" / "resampling.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
