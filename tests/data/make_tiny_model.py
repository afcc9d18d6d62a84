#!/usr/bin/env python3
"""Writes a tiny embedding model, and broken ones, for the tests.

usage: make_tiny_model.py FOLDER

FOLDER/tiny           the model: 32 x 32 RGB -> colours and edges on a grid -> 64 features, length 1
FOLDER/<variant>      models that must give the same embeddings in another way (see VARIANTS)
FOLDER/bad/<fault>    models that must be refused, or fail, with a clear message (see FAULTS)

Only Python's standard library is used: an ONNX file is a protocol buffer, and the few messages
that are needed are encoded here by hand (field numbers from onnx.proto3). All numbers come from a
seeded generator, so every machine makes the same bytes.
"""

import hashlib
import json
import os
import random
import struct
import sys

SIDE = 32
DIMENSION = 64
FLOAT, INT64, DOUBLE = 1, 7, 11
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]


# Protocol buffers.


def varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number_field(field, value):
    return varint(field << 3) + varint(value)


def bytes_field(field, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


# ONNX messages.


def tensor(name, shape, values, kind=FLOAT):
    code = {FLOAT: "f", INT64: "q", DOUBLE: "d"}[kind]
    out = b"".join(number_field(1, size) for size in shape) + number_field(2, kind)
    return out + bytes_field(8, name) + bytes_field(9, struct.pack(f"<{len(values)}{code}", *values))


def external_tensor(name, shape, location):
    entry = bytes_field(1, "location") + bytes_field(2, location)
    out = b"".join(number_field(1, size) for size in shape) + number_field(2, FLOAT)
    return out + bytes_field(8, name) + bytes_field(13, entry) + number_field(14, 1)


def attribute(name, value):
    out = bytes_field(1, name)
    if isinstance(value, int):
        return out + number_field(3, value) + number_field(20, 2)
    return out + b"".join(number_field(8, item) for item in value) + number_field(20, 7)


def node(operator, inputs, output, **attributes):
    out = b"".join(bytes_field(1, name) for name in inputs) + bytes_field(2, output)
    out += bytes_field(4, operator)
    return out + b"".join(bytes_field(5, attribute(*item)) for item in attributes.items())


def value_info(name, shape, kind=FLOAT):
    sizes = b""
    for size in shape:
        entry = bytes_field(2, size) if isinstance(size, str) else number_field(1, size)
        sizes += bytes_field(1, entry)
    tensor_type = number_field(1, kind) + bytes_field(2, sizes)
    return bytes_field(1, name) + bytes_field(2, bytes_field(1, tensor_type))


def model(nodes, weights, inputs, outputs):
    graph = b"".join(bytes_field(1, item) for item in nodes) + bytes_field(2, "tiny")
    graph += b"".join(bytes_field(5, item) for item in weights)
    graph += b"".join(bytes_field(11, item) for item in inputs)
    graph += b"".join(bytes_field(12, item) for item in outputs)
    opset = bytes_field(1, "") + number_field(2, 13)
    return number_field(1, 8) + bytes_field(2, "imgmatch tests") + bytes_field(7, graph) + bytes_field(8, opset)


# The network.


def edge_kernels():
    """Four 3 x 3 edge detectors of two signs, on the sum of the channels."""
    kernels = [
        [1, 2, 1, 0, 0, 0, -1, -2, -1],
        [1, 0, -1, 2, 0, -2, 1, 0, -1],
        [2, 1, 0, 1, 0, -1, 0, -1, -2],
        [0, 1, 2, -1, 0, 1, -2, -1, 0],
    ]
    out = []
    for kernel in kernels + [[-value for value in kernel] for kernel in kernels]:
        out += [value / 3 for value in kernel] * 3
    return out


def trunk(picture):
    """From the picture (N, 3, 32, 32) to "map" (N, 64, 4, 4), and its weights."""
    rng = random.Random(20240501)
    # 3 channels of colour and 8 of edges for each of 4 x 4 cells, mixed with the cell's place by a
    # random kernel of 4 x 4 x 11 values, as large as the grid: all 64 features see all cells.
    nodes = [
        node("AveragePool", [picture], "colours", kernel_shape=[8, 8], strides=[8, 8]),
        node("Conv", [picture, "edge_weights"], "signed", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("Relu", ["signed"], "edges"),
        node("AveragePool", ["edges"], "edge_grid", kernel_shape=[8, 8], strides=[8, 8]),
        node("Concat", ["colours", "edge_grid"], "grid", axis=1),
        node("Conv", ["grid", "mix", "mix_offset"], "mixed", kernel_shape=[7, 7], pads=[3, 3, 3, 3]),
        node("Relu", ["mixed"], "map"),
    ]
    mix = [rng.uniform(-1, 1) for _ in range(DIMENSION * 11 * 7 * 7)]
    offset = [rng.uniform(0.1, 0.5) for _ in range(DIMENSION)]
    weights = [
        tensor("edge_weights", [8, 3, 3, 3], edge_kernels()),
        tensor("mix", [DIMENSION, 11, 7, 7], mix),
        tensor("mix_offset", [DIMENSION], offset),
    ]
    return nodes, weights


def head(last="embedding"):
    """From "map" to features of length 1."""
    return [
        node("GlobalAveragePool", ["map"], "means"),
        node("Flatten", ["means"], "flat", axis=1),
        node("LpNormalization", ["flat"], last, axis=1, p=2),
    ]


def tiny(batch="n", output_shape=None, extra=(), extra_weights=(), last="embedding", kind=FLOAT):
    nodes, weights = trunk("image")
    nodes += head("plain" if extra else "embedding") + list(extra)
    shape = output_shape or [batch, DIMENSION]
    return model(
        nodes,
        weights + list(extra_weights),
        [value_info("image", [batch, 3, SIDE, SIDE])],
        [value_info(last, shape, kind)],
    )


def pooled_outside():
    nodes, weights = trunk("image")
    return model(
        nodes,
        weights,
        [value_info("image", ["n", 3, SIDE, SIDE])],
        [value_info("map", ["n", DIMENSION, 4, 4])],
    )


def channels_last():
    """The same network for pictures (N, H, W, BGR), with a feature map of that layout."""
    nodes, weights = trunk("rgb")
    front = [
        node("Transpose", ["image"], "bgr", perm=[0, 3, 1, 2]),
        node("Gather", ["bgr", "order"], "rgb", axis=1),
    ]
    back = [node("Transpose", ["map"], "map_last", perm=[0, 2, 3, 1])]
    return model(
        front + nodes + back,
        weights + [tensor("order", [3], [2, 1, 0], INT64)],
        [value_info("image", ["n", SIDE, SIDE, 3])],
        [value_info("map_last", ["n", 4, 4, DIMENSION])],
    )


def manifest(onnx):
    return {
        "name": "tiny",
        "version": "1",
        "licence": "Apache-2.0",
        "file": "model.onnx",
        "sha256": hashlib.sha256(onnx).hexdigest(),
        "preprocessing_version": 1,
        "input": {
            "name": "image",
            "width": SIDE,
            "height": SIDE,
            "layout": "NCHW",
            "channels": "RGB",
            "resize": "stretch-triangle",
            "mean": MEAN,
            "std": STD,
        },
        "output": {
            "name": "embedding",
            "dimension": DIMENSION,
            "normalised": True,
            "pooling": "in_graph",
            "whitening": None,
        },
    }


def write(folder, onnx, described, files=()):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.onnx"), "wb") as out:
        out.write(onnx)
    for name, content in files:
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)
    with open(os.path.join(folder, "manifest.json"), "w", encoding="ascii") as out:
        json.dump(described, out, indent=2)
        out.write("\n")


def described(onnx, **changes):
    """A manifest with some keys changed: output_name="x" sets output.name."""
    out = manifest(onnx)
    for key, value in changes.items():
        part, _, name = key.partition("_")
        if part in ("input", "output") and name:
            out[part][name] = value
        else:
            out[key] = value
    return out


def whitening(rows, columns, swap=False):
    """A matrix that takes the first features, in turned order if `swap`, and no offsets."""
    values = []
    for row in range(rows):
        pick = rows - 1 - row if swap else row
        values += [1.0 if column == pick else 0.0 for column in range(columns)]
    content = struct.pack(f"<{len(values) + rows}f", *values, *([0.0] * rows))
    return content, {"file": "whitening.f32", "sha256": hashlib.sha256(content).hexdigest()}


def write_variants(folder):
    plain = tiny()
    write(os.path.join(folder, "tiny"), plain, described(plain))
    fixed = tiny(batch=1)
    write(os.path.join(folder, "fixed_batch"), fixed, described(fixed))
    mapped = pooled_outside()
    write(
        os.path.join(folder, "mean"),
        mapped,
        described(mapped, output_name="map", output_pooling="mean", output_normalised=False),
    )
    # A generalised mean with p = 1 is the mean.
    write(
        os.path.join(folder, "gem"),
        mapped,
        described(mapped, output_name="map", output_pooling="gem", output_gem_p=1.0, output_normalised=False),
    )
    last = channels_last()
    turned = described(last, output_name="map_last", output_pooling="mean", output_normalised=False)
    turned["input"].update(layout="NHWC", channels="BGR", mean=MEAN[::-1], std=STD[::-1])
    write(os.path.join(folder, "channels_last"), last, turned)
    content, entry = whitening(DIMENSION, DIMENSION, swap=True)
    write(
        os.path.join(folder, "whitened"),
        plain,
        described(plain, output_whitening=entry),
        [("whitening.f32", content)],
    )


def write_faults(folder):
    plain = tiny()

    def fault(name, onnx, files=(), **changes):
        write(os.path.join(folder, name), onnx, described(onnx, **changes), files)

    fault("sha256", plain, sha256="0" * 64)
    fault("dimension", plain, output_dimension=DIMENSION + 1)
    fault("output_name", plain, output_name="features")
    fault("input_name", plain, input_name="pixels")
    fault("input_size", plain, input_width=64)
    fault("not_onnx", b"This is no ONNX file.\n" * 40)
    fault("empty", b"")
    fault("truncated", plain[: len(plain) // 2])
    fault("huge", model(
        [node("Conv", ["image", "w"], "embedding", kernel_shape=[3, 3])],
        [tensor("w", [1 << 40, 1 << 20, 3, 3], [1.0])],
        [value_info("image", ["n", 3, SIDE, SIDE])],
        [value_info("embedding", ["n", 1 << 40])],
    ))
    fault("fixed_batch_of_2", tiny(batch=2))
    fault("three_dimensions", tiny(
        extra=[node("Unsqueeze", ["plain", "axis"], "embedding")],
        extra_weights=[tensor("axis", [1], [1], INT64)],
        output_shape=["n", 1, DIMENSION],
    ))
    fault("double", tiny(extra=[node("Cast", ["plain"], "embedding", to=DOUBLE)], kind=DOUBLE))
    for name, value in (("nan", float("nan")), ("infinite", float("inf")), ("zero", 0.0)):
        operator = "Mul" if name == "zero" else "Add"
        fault(name, tiny(
            extra=[node(operator, ["plain", "constant"], "embedding")],
            extra_weights=[tensor("constant", [1], [value])],
        ))
    fault("external_data", tiny(
        extra=[node("Add", ["plain", "constant"], "embedding")],
        extra_weights=[external_tensor("constant", [DIMENSION], "constant.bin")],
    ), [("constant.bin", b"\0" * (4 * DIMENSION))])
    content, entry = whitening(DIMENSION, DIMENSION - 1)
    fault("whitening_size", plain, [("whitening.f32", content)], output_whitening=entry)
    content, entry = whitening(DIMENSION, DIMENSION)
    content = struct.pack("<f", float("nan")) + content[4:]
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    fault("whitening_nan", plain, [("whitening.f32", content)], output_whitening=entry)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write_variants(sys.argv[1])
    write_faults(os.path.join(sys.argv[1], "bad"))


if __name__ == "__main__":
    main()
