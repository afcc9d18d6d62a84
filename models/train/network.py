"""The network: MobileNetV2 with its batch norms folded away, GeM pooling, a linear projection.

The trunk is described once, as a list of layers in the order in which the data passes through
them. Training (here) and the ONNX writer (onnx_file.py) both walk that list, so that the exported
file cannot differ from what was trained.
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# MobileNetV2 1.0 (Sandler et al. 2018): expansion, channels, repeats, stride.
STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]
FEATURES = 1280
GEM_P = 3  # Fixed: x * x * x is cheaper than a power, and training hardly moves it.
GEM_FLOOR = 1e-6
NORM_MOMENTUM = 0.05
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]


class Block(nn.Module):
    """Inverted residual: widen (1x1), filter each channel (3x3), narrow (1x1)."""

    def __init__(self, inputs, outputs, expand, stride):
        super().__init__()
        middle = inputs * expand
        self.widen = nn.Conv2d(inputs, middle, 1) if expand > 1 else None
        self.filter = nn.Conv2d(middle, middle, 3, stride, 1, groups=middle)
        self.narrow = nn.Conv2d(middle, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = x if self.widen is None else F.relu6(self.widen(x), True)
        y = self.narrow(F.relu6(self.filter(y), True))
        return x + y if self.residual else y


class PlainConv(nn.Module):
    """A convolution with ReLU6: the first and the last layer."""

    def __init__(self, inputs, outputs, side, stride):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, side, stride, side // 2)

    def forward(self, x):
        return F.relu6(self.conv(x), True)


class NormedConv(nn.Module):
    """A convolution with a batch norm behind it, for training only: see `with_norms`."""

    def __init__(self, conv):
        super().__init__()
        self.conv = conv
        norm = nn.BatchNorm2d(conv.out_channels, momentum=NORM_MOMENTUM)
        self.norm = norm.to(conv.weight.device)

    def forward(self, x):
        return self.norm(self.conv(x))

    @torch.no_grad()
    def folded(self):
        """One convolution that computes the same in evaluation."""
        norm, conv = self.norm, copy.deepcopy(self.conv)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        conv.weight.mul_(scale.view(-1, 1, 1, 1))
        conv.bias.copy_((conv.bias - norm.running_mean) * scale + norm.bias)
        return conv


class Embedder(nn.Module):
    """Pictures (N, 3, H, W), normalised with MEAN and STD, to embeddings of length 1."""

    def __init__(self, dimension):
        super().__init__()
        layers = [PlainConv(3, 32, 3, 2)]
        channels = 32
        for expand, outputs, repeats, stride in STAGES:
            for index in range(repeats):
                layers.append(Block(channels, outputs, expand, stride if index == 0 else 1))
                channels = outputs
        layers.append(PlainConv(channels, FEATURES, 1, 1))
        self.trunk = nn.Sequential(*layers)
        self.projection = nn.Linear(FEATURES, dimension)

    def pool(self, x, frozen=0):
        """Pictures to GeM features of length 1; the first `frozen` layers get no gradient."""
        with torch.no_grad():
            x = self.trunk[:frozen](x)
        x = self.trunk[frozen:](x).clamp(min=GEM_FLOOR)
        x = (x * x * x).mean((2, 3)).pow(1.0 / GEM_P)
        return F.normalize(x)

    def forward(self, x, frozen=0):
        return F.normalize(self.projection(self.pool(x, frozen)))


def replace_parts(model, kind, make):
    """Put make(part) in the place of every part of that kind."""
    for parent in list(model.modules()):
        for name, part in list(parent.named_children()):
            if isinstance(part, kind) and not isinstance(parent, NormedConv):
                setattr(parent, name, make(part))


@torch.no_grad()
def with_norms(model, frozen, batches):
    """Give every convolution behind the first `frozen` layers a batch norm, without changing what
    the network computes.

    The start network comes with its norms folded away, and without norms it hardly learns: one rate
    is too high for some layers and too low for others. `batches` (normalised pictures) show what
    mean and variance each convolution puts out; the new norm takes them away and gives them back.
    """
    replace_parts(model.trunk[frozen:], nn.Conv2d, NormedConv)
    norms = [part for part in model.modules() if isinstance(part, NormedConv)]
    seen = {}

    def record(conv, inputs, output):
        values = output.float()
        mean, square = values.mean((0, 2, 3)), (values * values).mean((0, 2, 3))
        old = seen.get(conv, (0, 0, 0))
        seen[conv] = (old[0] + mean, old[1] + square, old[2] + 1)

    for part in norms:
        part.norm.running_var.fill_(1 - part.norm.eps)  # Identity until the statistics are known.
    hooks = [part.conv.register_forward_hook(record) for part in norms]
    model.eval()
    for batch in batches:
        model(batch)
    for hook in hooks:
        hook.remove()
    for part in norms:
        mean, square, count = seen[part.conv]
        mean = mean / count
        variance = square / count - mean * mean
        part.norm.running_mean.copy_(mean)
        part.norm.running_var.copy_(variance)
        part.norm.bias.copy_(mean)
        part.norm.weight.copy_((variance + part.norm.eps).sqrt())
    return model


def without_norms(model):
    """A copy of the network with its norms folded into the convolutions."""
    plain = copy.deepcopy(model).eval()
    replace_parts(plain, NormedConv, NormedConv.folded)
    return plain


def read_checkpoint(path):
    """What train.py saved. Those of version 1.0's recipe, which had no norms, are refused."""
    saved = torch.load(path, map_location="cpu")
    if "folded" not in saved:
        raise ValueError(f"{path}: a checkpoint of a network without norms; train anew")
    return saved


def load_start(model, path):
    """Fill the trunk from an .npz of conv_<n>_weight and conv_<n>_bias in network order, or from a
    checkpoint (.pt) of train.py."""
    if path.endswith(".pt"):
        folded = read_checkpoint(path)["folded"]
        trunk = {name[6:]: value for name, value in folded.items() if name.startswith("trunk.")}
        model.trunk.load_state_dict(trunk)
        return
    arrays = np.load(path)
    numbers = sorted({int(name.split("_")[1]) for name in arrays.files})
    convolutions = [part for part in model.trunk.modules() if isinstance(part, nn.Conv2d)]
    if len(numbers) != len(convolutions):
        raise ValueError(f"{path}: {len(numbers)} convolutions, {len(convolutions)} expected")
    with torch.no_grad():
        for number, part in zip(numbers, convolutions):
            weight = torch.from_numpy(arrays[f"conv_{number}_weight"])
            part.weight.copy_(weight.reshape(part.weight.shape))
            part.bias.copy_(torch.from_numpy(arrays[f"conv_{number}_bias"]))


def to_tensor(pictures):
    """A list of uint8 arrays (H, W, 3), RGB, to the network's input."""
    stacked = torch.from_numpy(np.stack(pictures))
    return normalise(stacked)


def normalise(batch):
    """uint8 (N, H, W, 3) to float (N, 3, H, W) in channels-last memory."""
    x = batch.permute(0, 3, 1, 2).float().div_(255.0)
    mean = torch.tensor(MEAN, device=x.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=x.device).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def set_projection(model, matrix, offset):
    model.projection.weight.copy_(torch.as_tensor(matrix, dtype=torch.float32))
    model.projection.bias.copy_(torch.as_tensor(offset, dtype=torch.float32))


def whitening(features, dimension, shrink):
    """PCA whitening of the rows of `features`: (matrix, offset) for `dimension` outputs.

    `shrink` (0..1) pulls the variances towards their mean, so that the weakest directions, which
    are mostly noise, are not blown up.
    """
    mean = features.mean(0)
    centred = (features - mean).astype(np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(features))
    order = np.argsort(values)[::-1][:dimension]
    kept = values[order]
    kept = (1 - shrink) * kept + shrink * kept.mean()
    matrix = (vectors[:, order] / np.sqrt(kept)).T
    return matrix, -matrix @ mean
