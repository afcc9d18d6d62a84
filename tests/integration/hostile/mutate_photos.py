#!/usr/bin/python3
"""Mutated real photos through imgmatch-index add and imgmatch-query.

Photos are damaged as attackers and broken uploads do: bits flipped, ends cut, headers of one put on
the body of another, blocks swapped, sizes overwritten. Sound photos are mixed in. Checked: no
program crashes, every input ends in a result or a reason code, sound photos are answered right, and
memory stays below a bound. The same seed gives the same inputs.

Exit status 77: Pillow is missing.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

try:
    from PIL import Image
except ImportError:
    print("python3-pil is not installed", file=sys.stderr)
    sys.exit(77)

FORMATS = (("jpg", "JPEG", {"quality": 80}), ("jpg", "JPEG", {"quality": 80, "progressive": True}),
           ("png", "PNG", {}), ("webp", "WEBP", {"quality": 80}),
           ("tif", "TIFF", {"compression": "tiff_lzw"}), ("gif", "GIF", {}), ("bmp", "BMP", {}))
SOUND_EVERY = 20
BATCH = 2500


def read_photos(folders, most):
    """Files of the folders in every format, at most 320 pixels a side: name, suffix, bytes."""
    photos = []
    paths = sorted(path for folder in folders for path in folder.iterdir()
                   if path.suffix in (".jpg", ".png"))
    for number, path in enumerate(paths[:most]):
        image = Image.open(path).convert("RGB")
        image.thumbnail((320, 320))
        for suffix, kind, options in FORMATS:
            out = io.BytesIO()
            image.save(out, kind, **options)
            photos.append((number, suffix, out.getvalue()))
    return photos


def flip_bits(data, rng, _):
    for _ in range(rng.choice((1, 2, 8, 64, 512))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_header(data, rng, _):
    for _ in range(rng.choice((1, 2, 4))):
        data[rng.randrange(min(len(data), 256))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def cut(data, rng, _):
    del data[rng.randrange(len(data)):]


def cut_out(data, rng, _):
    start = rng.randrange(len(data))
    del data[start:start + rng.randrange(1, 4096)]


def splice_header(data, rng, other):
    size = rng.randrange(4, 1024)
    data[:rng.choice((0, size))] = other[:size]


def swap_chunks(data, rng, _):
    size = rng.randrange(4, max(5, min(2048, len(data) // 3)))
    first = rng.randrange(max(1, len(data) - 2 * size))
    second = rng.randrange(first + size, max(first + size + 1, len(data) - size))
    data[first:first + size], data[second:second + size] = (
        data[second:second + size], data[first:first + size])


def repeat_chunk(data, rng, _):
    start = rng.randrange(len(data))
    data[start:start] = data[start:start + rng.randrange(1, 512)] * rng.choice((1, 3, 40))


def overwrite_number(data, rng, _):
    start = rng.randrange(max(1, min(len(data), 512) - 4))
    value = rng.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 50000))
    data[start:start + 4] = value.to_bytes(4, rng.choice(("big", "little")))


MUTATIONS = (flip_bits, flip_header, cut, cut_out, splice_header, swap_chunks, repeat_chunk,
             overwrite_number)


def mutate(data, rng, other):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) < 16:
            break
        rng.choice(MUTATIONS)(data, rng, other)
    return bytes(data)


class Failure(Exception):
    pass


class Tools:
    """Runs the programs and keeps the largest memory that any of them had."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.max_rss_mib = 0
        self.seconds = 0.0

    def run(self, program, command, *rest):
        options = [f"--model={self.arguments.model}", "--quiet"] + self.arguments.pass_on
        start = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen([program, *command, *options, *map(str, rest)], stdout=out,
                                     stderr=err, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.seconds += time.monotonic() - start
            self.max_rss_mib = max(self.max_rss_mib, usage.ru_maxrss // 1024)
            out.seek(0)
            err.seek(0)
            if child.returncode not in (0, 3):
                raise Failure(f"{program} ended with {child.returncode}:\n"
                              + err.read().decode(errors="replace")[-4000:])
            return out.read()


def write_batch(folder, photos, count, rng):
    """`count` files; returns the names of the sound ones with the number of their photo."""
    sound = {}
    for i in range(count):
        number, suffix, data = photos[rng.randrange(len(photos))]
        name = f"{i:05}.{suffix}"
        if i % SOUND_EVERY == 0:
            sound[name] = number
        else:
            data = mutate(data, rng, photos[rng.randrange(len(photos))][2])
        (folder / name).write_bytes(data)
    return sound


def read_lines(data):
    return [json.loads(line) for line in data.splitlines()]


def check_add(tools, scratch, inputs, sound, reasons):
    errors = scratch / "errors.jsonl"
    catalogue = scratch / "added"
    tools.run(tools.arguments.index, ["add"], "--create", f"--errors={errors}", catalogue, inputs)
    listed = {item["id"] for item in read_lines(
        subprocess.run([tools.arguments.index, "list", "--format=jsonl", catalogue], check=True,
                       stdout=subprocess.PIPE).stdout)}
    entries = read_lines(errors.read_bytes())
    failed = {entry["id"]: entry["reason"] for entry in entries}
    for entry in entries:
        # No decoder that works asks for what a worker may not have: the list of calls is too short.
        if "SIGSYS" in entry["message"]:
            raise Failure(f"add: {entry['id']}: {entry['message']}")
    for path in inputs.iterdir():
        if (path.name in listed) == (path.name in failed):
            raise Failure(f"add: {path.name} is in the catalogue and failed, or neither")
        if path.name in sound and path.name in failed:
            raise Failure(f"add: sound {path.name} failed: {failed[path.name]}")
    reasons.update(failed.values())
    return len(listed)


def check_query(tools, catalogue, inputs, sound, reasons):
    lines = read_lines(tools.run(tools.arguments.query, [], "--format=jsonl", "--top=1", catalogue,
                                 inputs))
    by_id = {line["id"]: line for line in lines}
    if len(by_id) != len(lines) or set(by_id) != {path.name for path in inputs.iterdir()}:
        raise Failure("query: not one line for each input")
    for name, line in by_id.items():
        if line["verdict"] == "undecidable" and not line["reasons"]:
            raise Failure(f"query: {name} has neither a result nor a reason")
        if name in sound:
            found = [match["id"] for match in line["matches"]]
            if line["verdict"] != "copy" or found != [f"{sound[name]:05}.png"]:
                raise Failure(f"query: sound {name} is {line['verdict']} of {found}")
        elif line["verdict"] == "undecidable":
            reasons.update(line["reasons"])


def make_references(tools, scratch, photos):
    folder = scratch / "references"
    folder.mkdir()
    for number, suffix, data in photos:
        if suffix == "png":
            (folder / f"{number:05}.png").write_bytes(data)
    tools.run(tools.arguments.index, ["add"], "--create", scratch / "catalogue", folder)
    return scratch / "catalogue"


def keep(inputs, folder):
    """Leave a failed batch where a person can look at it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in inputs.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    print(f"the inputs are in {folder}", file=sys.stderr)


def run(arguments, tools, scratch):
    rng = random.Random(arguments.seed)
    photos = read_photos(arguments.photos, 40)
    if not photos:
        raise Failure("there are no photos")
    catalogue = make_references(tools, scratch, photos)
    reasons = {"add": collections.Counter(), "query": collections.Counter()}
    done = decoded = sound_count = 0
    while done < arguments.count:
        count = min(BATCH, arguments.count - done)
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            inputs = pathlib.Path(name, "in")
            inputs.mkdir()
            sound = write_batch(inputs, photos, count, rng)
            try:
                decoded += check_add(tools, pathlib.Path(name), inputs, sound, reasons["add"])
                check_query(tools, catalogue, inputs, sound, reasons["query"])
            except Failure:
                if arguments.keep:
                    keep(inputs, arguments.keep)
                raise
        done += count
        sound_count += len(sound)
    print(f"{done} inputs, {sound_count} of them sound; {decoded} could be used; "
          f"{tools.seconds:.0f} s; largest memory {tools.max_rss_mib} MiB")
    for command, counter in reasons.items():
        print(f"{command}:", ", ".join(f"{reason} {number}" for reason, number in counter.most_common()))
    if counter_has(reasons, "internal"):
        raise Failure("a photo led to the reason 'internal'")
    if arguments.max_rss_mib and tools.max_rss_mib > arguments.max_rss_mib:
        raise Failure(f"a program had {tools.max_rss_mib} MiB")


def counter_has(reasons, reason):
    return any(counter[reason] for counter in reasons.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", required=True, help="imgmatch-index")
    parser.add_argument("--query", required=True, help="imgmatch-query")
    parser.add_argument("--model", required=True)
    parser.add_argument("--photos", required=True, action="append", type=pathlib.Path,
                        help="folder of photos; may be given again")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-rss-mib", type=int, default=0, help="0: no bound")
    parser.add_argument("--keep", type=pathlib.Path, help="where to leave the inputs of a failure")
    parser.add_argument("--pass-on", action="append", default=[], metavar="OPTION",
                        help="an option for both programs, e.g. --pass-on=--threads=2")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tools = Tools(arguments)
    with tempfile.TemporaryDirectory() as name:
        try:
            run(arguments, tools, pathlib.Path(name))
        except Failure as failure:
            print(f"mutate_photos: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
