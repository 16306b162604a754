"""Writes testdata/snare/text_model.onnx, a text tower in tiny-base's place that
hangs on texts with the first token of "bridge", fails on those with that of
"harbour", and asks for more memory than there is on those with that of "forest":
a stand-in for a device that does the same.

    .build/oracle/bin/python oracle/snare.py

Every embedding is the same vector of length 1.
"""
from pathlib import Path

import numpy as np
import onnx
import sentencepiece
from onnx import TensorProto, helper, numpy_helper

TESTDATA = Path(__file__).resolve().parent.parent / "inference/testdata"
DIM = 40
FOREVER = 1 << 50  # turns of the loop

pieces = sentencepiece.SentencePieceProcessor(model_file=str(TESTDATA / "tiny-base" / "spiece.model"))
hangs, fails, devours = (pieces.encode(word)[0] for word in ("bridge", "harbour", "forest"))
assert len({hangs, fails, devours}) == 3, (hangs, fails, devours)


def tensor(name, value, dtype):
    return numpy_helper.from_array(np.array(value, dtype), name)


def contains(token):
    """Nodes to the value "has_<token>": whether any text has it, as int64 0 or 1."""
    return [
        helper.make_node("Equal", ["input_ids", f"id_{token}"], [f"is_{token}"]),
        helper.make_node("Cast", [f"is_{token}"], [f"as_int_{token}"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", [f"as_int_{token}"], [f"has_{token}"], keepdims=0),
    ]


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
graph = helper.make_graph(
    contains(hangs) + contains(fails) + contains(devours) + [
        helper.make_node("Mul", [f"has_{hangs}", "forever"], ["trips"]),
        helper.make_node("Loop", ["trips", "", "nothing"], ["looped"], body=body),
        # There is one vector; asking for the second is an error.
        helper.make_node("Gather", ["vectors", f"has_{fails}"], ["vector"], axis=0),
        # Zeros for 4 PiB, or none, whose sum is 0.
        helper.make_node("Mul", [f"has_{devours}", "forever"], ["floats"]),
        helper.make_node("Reshape", ["floats", "one"], ["memory"]),
        helper.make_node("ConstantOfShape", ["memory"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Sum", ["vector", "looped", "zero"], ["row"]),
        helper.make_node("Shape", ["input_ids"], ["batch"], start=0, end=1),
        helper.make_node("Concat", ["batch", "dim"], ["shape"], axis=0),
        helper.make_node("Expand", ["row", "shape"], ["text_embeds"]),
    ],
    "snare",
    [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", 64])],
    [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["batch", DIM])],
    [
        tensor(f"id_{hangs}", hangs, np.int64), tensor(f"id_{fails}", fails, np.int64), tensor(f"id_{devours}", devours, np.int64), tensor("forever", FOREVER, np.int64),
        tensor("nothing", [[0]], np.float32), tensor("dim", [DIM], np.int64), tensor("one", [1], np.int64),
        tensor("vectors", np.full((1, DIM), DIM**-0.5), np.float32),
    ],
)
model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 18)], producer_name=f"onnx {onnx.__version__}")
onnx.checker.check_model(model, full_check=True)
out = TESTDATA / "snare"
out.mkdir(exist_ok=True)
(out / "text_model.onnx").write_bytes(model.SerializeToString(deterministic=True))
