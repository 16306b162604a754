"""Writes testdata/snare: towers in the place of tiny-base's that have a device's
faults.

    .build/oracle/bin/python oracle/snare.py

The text tower hangs on texts with the first token of "bridge", fails on those
with that of "harbour", asks for more memory than there is on those with that of
"forest", and embeds those with that of "airport" as NaN. The vision tower embeds
white pictures as NaN. Every other embedding is the same vector of length 1.

While the first number in text_model.onnx.data is 1, and not 0, the text tower
fails on every text: a device that is lost. ONNX Runtime maps the file, unless the
tensor is small, and so it may be lost, and found again, while the tower is loaded.
"""
from pathlib import Path

import numpy as np
import onnx
import sentencepiece
from onnx import TensorProto, helper, numpy_helper

TESTDATA = Path(__file__).resolve().parent.parent / "inference/testdata"
DIM = 40
FOREVER = 1 << 50  # turns of the loop
DATA = "text_model.onnx.data"
WHITE = 254.5  # of bytes

pieces = sentencepiece.SentencePieceProcessor(model_file=str(TESTDATA / "tiny-base" / "spiece.model"))
hangs, fails, devours, blank = (pieces.encode(word)[0] for word in ("bridge", "harbour", "forest", "airport"))
assert len({hangs, fails, devours, blank}) == 4, (hangs, fails, devours, blank)


def tensor(name, value, dtype):
    return numpy_helper.from_array(np.array(value, dtype), name)


def contains(token):
    """Nodes to the value "has_<token>": whether any text has it, as int64 0 or 1."""
    return [
        helper.make_node("Equal", ["input_ids", f"id_{token}"], [f"is_{token}"]),
        helper.make_node("Cast", [f"is_{token}"], [f"as_int_{token}"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", [f"as_int_{token}"], [f"has_{token}"], keepdims=0),
    ]


def write(name, graph):
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 18)], producer_name=f"onnx {onnx.__version__}")
    (out / name).write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(out / name), full_check=True)


out = TESTDATA / "snare"
out.mkdir(exist_ok=True)
# The vector of texts without the token to fail on, and of those with it; the rest
# is a page's.
numbers = np.zeros(512, np.int64)
numbers[1] = 1
(out / DATA).write_bytes(numbers.tobytes())
table = TensorProto(name="table", data_type=TensorProto.INT64, dims=numbers.shape, data_location=TensorProto.EXTERNAL)
for key, value in {"location": DATA, "offset": "0", "length": str(numbers.nbytes)}.items():
    table.external_data.add(key=key, value=value)

body = helper.make_graph(
    [helper.make_node("Identity", ["going"], ["go_on"]), helper.make_node("Add", ["turns", "turns"], ["more"])],
    "body",
    [
        helper.make_tensor_value_info("turn", TensorProto.INT64, []),
        helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        helper.make_tensor_value_info("turns", TensorProto.FLOAT, [1, 1]),
    ],
    [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []), helper.make_tensor_value_info("more", TensorProto.FLOAT, [1, 1])],
)
write("text_model.onnx", helper.make_graph(
    contains(hangs) + contains(fails) + contains(devours) + [
        helper.make_node("Mul", [f"has_{hangs}", "forever"], ["trips"]),
        helper.make_node("Loop", ["trips", "", "nothing"], ["looped"], body=body),
        # There is one vector; asking for another is an error.
        helper.make_node("Gather", ["table", f"has_{fails}"], ["which"], axis=0),
        helper.make_node("Gather", ["vectors", "which"], ["vector"], axis=0),
        # Zeros for 4 PiB, or none, whose sum is 0.
        helper.make_node("Mul", [f"has_{devours}", "forever"], ["floats"]),
        helper.make_node("Reshape", ["floats", "one"], ["memory"]),
        helper.make_node("ConstantOfShape", ["memory"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Sum", ["vector", "looped", "zero"], ["row"]),
        helper.make_node("Shape", ["input_ids"], ["batch"], start=0, end=1),
        helper.make_node("Concat", ["batch", "dim"], ["shape"], axis=0),
        helper.make_node("Expand", ["row", "shape"], ["rows"]),
        # NaN for the texts with a token, and not for others of the batch.
        helper.make_node("Equal", ["input_ids", f"id_{blank}"], [f"is_{blank}"]),
        helper.make_node("Cast", [f"is_{blank}"], [f"as_int_{blank}"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", [f"as_int_{blank}", "along"], ["of_text"], keepdims=1),
        helper.make_node("Cast", ["of_text"], ["blank"], to=TensorProto.BOOL),
        helper.make_node("Where", ["blank", "nan", "rows"], ["text_embeds"]),
    ],
    "snare",
    [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", 64])],
    [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["batch", DIM])],
    [
        *(tensor(f"id_{t}", t, np.int64) for t in (hangs, fails, devours, blank)), tensor("forever", FOREVER, np.int64), table,
        tensor("nothing", [[0]], np.float32), tensor("dim", [DIM], np.int64), tensor("one", [1], np.int64), tensor("along", [1], np.int64),
        tensor("vectors", np.full((1, DIM), DIM**-0.5), np.float32), tensor("nan", np.nan, np.float32),
    ],
))
write("vision_model.onnx", helper.make_graph(
    [
        helper.make_node("Shape", ["pixel_values"], ["batch"], start=0, end=1),
        helper.make_node("Concat", ["batch", "dim"], ["shape"], axis=0),
        helper.make_node("Expand", ["vector", "shape"], ["rows"]),
        helper.make_node("Cast", ["pixel_values"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMin", ["pixels", "along"], ["darkest"], keepdims=0),
        helper.make_node("Greater", ["darkest", "white"], ["is_white"]),
        helper.make_node("Unsqueeze", ["is_white", "last"], ["blank"]),
        helper.make_node("Where", ["blank", "nan", "rows"], ["image_embeds"]),
    ],
    "snare",
    [helper.make_tensor_value_info("pixel_values", TensorProto.UINT8, ["batch", 3, 224, 224])],
    [helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["batch", DIM])],
    [
        tensor("dim", [DIM], np.int64), tensor("along", [1, 2, 3], np.int64), tensor("last", [1], np.int64), tensor("white", WHITE, np.float32),
        tensor("vector", np.full((1, DIM), DIM**-0.5), np.float32), tensor("nan", np.nan, np.float32),
    ],
))
