"""Writes an Embedder as an ONNX file, without the onnx package.

An ONNX file is a protocol buffer; the few messages that are needed are encoded here by hand (field
numbers from onnx.proto3). Large weights are stored as float16 and cast to float32 in the graph:
runtimes fold the casts when they load the file, so it is half as large and runs in float32.
"""

import numpy as np

from network import FEATURES, GEM_FLOOR, Block

FLOAT, INT64, FLOAT16 = 1, 7, 10
HALF_FROM = 64  # Tensors with fewer values stay float32.
IR_VERSION, OPSET = 8, 13


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


def tensor(name, array):
    kinds = {"float32": FLOAT, "float16": FLOAT16, "int64": INT64}
    out = b"".join(number_field(1, size) for size in array.shape)
    out += number_field(2, kinds[array.dtype.name]) + bytes_field(8, name)
    return out + bytes_field(9, np.ascontiguousarray(array).tobytes())


def attribute(name, value):
    out = bytes_field(1, name)
    if isinstance(value, int):
        return out + number_field(3, value) + number_field(20, 2)
    return out + b"".join(number_field(8, item) for item in value) + number_field(20, 7)


def value_info(name, shape):
    sizes = b""
    for size in shape:
        entry = bytes_field(2, size) if isinstance(size, str) else number_field(1, size)
        sizes += bytes_field(1, entry)
    tensor_type = number_field(1, FLOAT) + bytes_field(2, sizes)
    return bytes_field(1, name) + bytes_field(2, bytes_field(1, tensor_type))


class Graph:
    """Collects nodes and weights; every method returns the name of what it added."""

    def __init__(self):
        self.nodes = []
        self.weights = []

    def node(self, operator, inputs, output=None, **attributes):
        output = output or f"t{len(self.nodes)}"
        out = b"".join(bytes_field(1, name) for name in inputs) + bytes_field(2, output)
        out += bytes_field(4, operator)
        out += b"".join(bytes_field(5, attribute(*item)) for item in attributes.items())
        self.nodes.append(out)
        return output

    def constant(self, array):
        name = f"w{len(self.weights)}"
        array = np.asarray(array)
        if array.dtype == np.float32 and array.size >= HALF_FROM:
            self.weights.append(tensor(name, array.astype(np.float16)))
            return self.node("Cast", [name], name + "_f32", to=FLOAT)
        self.weights.append(tensor(name, array))
        return name

    def conv(self, x, part):
        weight = self.constant(part.weight.detach().cpu().contiguous().numpy())
        bias = self.constant(part.bias.detach().cpu().numpy())
        pad = part.padding[0]
        return self.node(
            "Conv",
            [x, weight, bias],
            kernel_shape=list(part.kernel_size),
            strides=list(part.stride),
            pads=[pad] * 4,
            group=part.groups,
        )

    def relu6(self, x):
        return self.node("Clip", [x, self.zero, self.six])

    def block(self, x, part):
        y = x if part.widen is None else self.relu6(self.conv(x, part.widen))
        y = self.conv(self.relu6(self.conv(y, part.filter)), part.narrow)
        return self.node("Add", [x, y]) if part.residual else y

    def scalar(self, value):
        return self.constant(np.array(value, np.float32))


def head(graph, x, projection):
    """GeM with p = 3, length 1, projection, length 1."""
    x = graph.node("Max", [x, graph.scalar(GEM_FLOOR)])
    cube = graph.node("Mul", [graph.node("Mul", [x, x]), x])
    mean = graph.node("GlobalAveragePool", [cube])
    pooled = graph.node("Pow", [mean, graph.scalar(1.0 / 3.0)])
    shape = graph.constant(np.array([-1, FEATURES], np.int64))
    unit = graph.node("LpNormalization", [graph.node("Reshape", [pooled, shape])], axis=1, p=2)
    weight = graph.constant(projection.weight.detach().cpu().t().contiguous().numpy())
    bias = projection.bias.detach().cpu().numpy()
    # The offset is small beside the rounding of float16, so it is kept exact.
    graph.weights.append(tensor("offset", bias))
    projected = graph.node("Gemm", [unit, weight, "offset"])
    graph.node("LpNormalization", [projected], "embedding", axis=1, p=2)


def write(path, model, side, producer):
    graph = Graph()
    graph.zero = graph.scalar(0.0)
    graph.six = graph.scalar(6.0)
    x = "image"
    for part in model.trunk:
        x = (
            graph.block(x, part)
            if isinstance(part, Block)
            else graph.relu6(graph.conv(x, part.conv))
        )
    head(graph, x, model.projection)
    out = b"".join(bytes_field(1, item) for item in graph.nodes) + bytes_field(2, "embedder")
    out += b"".join(bytes_field(5, item) for item in graph.weights)
    out += bytes_field(11, value_info("image", ["n", 3, side, side]))
    out += bytes_field(12, value_info("embedding", ["n", model.projection.out_features]))
    opset = bytes_field(1, "") + number_field(2, OPSET)
    content = number_field(1, IR_VERSION) + bytes_field(2, producer)
    content += bytes_field(7, out) + bytes_field(8, opset)
    with open(path, "wb") as file:
        file.write(content)
    return content
