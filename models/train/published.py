"""Reads an exported model back: the weights of its ONNX file, as onnx_file.py wrote them."""

import json
import os

import numpy as np
import torch

from network import Embedder


def fields(data):
    """(field number, value) of a protocol buffer: bytes for length-delimited fields, else a number."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        size = varint()
        if key & 7 == 2:
            yield key >> 3, data[at : at + size]
            at += size
        else:
            yield key >> 3, size


def read_weights(path):
    """The large initialisers and the small biases, in the order in which onnx_file.py wrote them."""
    with open(path, "rb") as file:
        graph = next(value for number, value in fields(file.read()) if number == 7)
    out = []
    for number, value in fields(graph):
        if number == 5:
            parts = list(fields(value))
            shape = [size for field, size in parts if field == 1]
            kind = next(size for field, size in parts if field == 2)
            raw = next(content for field, content in parts if field == 9)
            if shape and kind in (1, 10):
                out.append(
                    np.frombuffer(raw, np.float16 if kind == 10 else np.float32)
                    .reshape(shape)
                    .astype(np.float32)
                )
    return out


def read_manifest(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def read_model(folder):
    """An Embedder with the weights of the ONNX file."""
    described = read_manifest(folder)
    model = Embedder(described["output"]["dimension"])
    arrays = read_weights(os.path.join(folder, described["file"]))
    with torch.no_grad():
        for part, array in zip(model.parameters(), arrays, strict=True):
            array = array.T.copy() if part.shape != array.shape else array
            part.copy_(torch.from_numpy(array).reshape(part.shape))
    return model.eval().to(memory_format=torch.channels_last)
