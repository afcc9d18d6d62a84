"""What happens to photos in transit and by intent: changes of bytes, wherever they are, and of the
parts that a file is made of."""
from structure import (borrow_part, change_part, drop_part, families, repair_sums, repeat_part,
                       swap_parts)


def flip_bits(data, rng):
    for _ in range(rng.choice((1, 2, 8, 64, 512))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_header(data, rng):
    for _ in range(rng.choice((1, 2, 4))):
        data[rng.randrange(min(len(data), 256))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF,
                                                               rng.randrange(256)))


def cut(data, rng):
    del data[rng.randrange(len(data)):]


def cut_out(data, rng):
    start = rng.randrange(len(data))
    del data[start:start + rng.randrange(1, 4096)]


def splice_header(data, rng, other):
    size = rng.randrange(4, 1024)
    data[:rng.choice((0, size))] = other.data[:size]


def swap_blocks(data, rng):
    size = rng.randrange(4, max(5, min(2048, len(data) // 3)))
    first = rng.randrange(max(1, len(data) - 2 * size))
    second = rng.randrange(first + size, max(first + size + 1, len(data) - size))
    data[first:first + size], data[second:second + size] = (
        data[second:second + size], data[first:first + size])


def repeat_block(data, rng):
    start = rng.randrange(len(data))
    data[start:start] = data[start:start + rng.randrange(1, 512)] * rng.choice((1, 3, 40))


def overwrite_number(data, rng):
    start = rng.randrange(max(1, min(len(data), 512) - 4))
    value = rng.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 50000))
    data[start:start + 4] = value.to_bytes(4, rng.choice(("big", "little")))


OF_BYTES = (flip_bits, flip_header, cut, cut_out, swap_blocks, repeat_block, overwrite_number)
OF_PARTS = (swap_parts, drop_part, repeat_part, borrow_part, change_part)


def mutate(photo, rng, other, relative):
    """A damaged copy. `other` is any photo, `relative` one of the same kind."""
    data = bytearray(photo.data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) < 16:
            break
        found = families(data, photo.suffix)
        if found and rng.random() < 0.5:
            rng.choice(OF_PARTS)(data, rng, rng.choice(found), relative)
        elif rng.randrange(len(OF_BYTES) + 1) == 0:
            splice_header(data, rng, other)
        else:
            rng.choice(OF_BYTES)(data, rng)
    if rng.random() < 0.5:
        repair_sums(data)
    return bytes(data)
