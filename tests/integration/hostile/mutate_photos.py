#!/usr/bin/python3
"""Mutated real photos through imgmatch-index add and imgmatch-query.

Photos of every format are damaged as attackers and broken uploads do (mutations.py, structure.py),
and sound ones are mixed in. Checked: no program crashes, every input ends in a result or a reason
code, sound photos are answered right, no decoder asks for what a worker may not have, and memory
stays below a bound. The same seed gives the same inputs, by the same encoders.

A worker that crashes is the end of one photo, as it has to be; it is a fault of a decoder all the
same, so each such photo is named and kept.

Exit status 77: Pillow is missing.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

try:
    from mutations import mutate
    from photo_files import read_photos
except ImportError as error:
    if not (error.name or "").startswith("PIL"):
        raise
    print("python3-pil is not installed", file=sys.stderr)
    sys.exit(77)

SOUND_EVERY = 20
BATCH = 2500
MOST_NAMED = 20


class Failure(Exception):
    pass


class Ended(Failure):
    """A program ended as none may; `again` runs it on some photos and raises this or nothing."""

    def __init__(self, text, again=None):
        super().__init__(text)
        self.again = again


class Kept:
    """Photos that a person should look at."""

    def __init__(self, folder):
        self.folder = folder
        self.names = set()

    def keep(self, path):
        if self.folder is None:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="imgmatch-hostile-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self.folder / path.name)
        self.names.add(path.name)
        return self.folder / path.name


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
                raise Ended(f"{program} ended with {child.returncode}:\n"
                            + err.read().decode(errors="replace")[-4000:])
            return out.read()

    def add(self, catalogue, errors, *photos):
        self.run(self.arguments.index, ["add"], "--create", f"--errors={errors}", catalogue, *photos)

    def query(self, catalogue, errors, *photos):
        return self.run(self.arguments.query, [], "--format=jsonl", "--top=1", f"--errors={errors}",
                        catalogue, *photos)


class Batch:
    """A folder of inputs, and which of them are sound: name to the number of the photo."""

    def __init__(self, folder):
        self.folder = folder
        self.sound = {}

    def write(self, photos, numbers, rng):
        for number in numbers:
            # By format first: those of which there are few photos are not the safe ones.
            kind = rng.choice(sorted(photos))
            photo, relative = rng.choice(photos[kind]), rng.choice(photos[kind])
            other = rng.choice(photos[rng.choice(sorted(photos))])
            name = f"{number:05}.{photo.suffix}"
            data = photo.data
            if number % SOUND_EVERY == 0:
                self.sound[name] = photo.number
            else:
                data = mutate(photo, rng, other, relative)
            (self.folder / name).write_bytes(data)

    def names(self):
        return {path.name for path in self.folder.iterdir()}


class Tally:
    """What became of all inputs."""

    def __init__(self, seed, kept):
        self.seed = seed
        self.kept = kept
        self.reasons = {"add": collections.Counter(), "query": collections.Counter()}
        self.read = collections.Counter()
        self.mutated = collections.Counter()
        self.sound = 0
        self.crashes = 0

    def take_failures(self, command, batch, entries):
        for entry in entries:
            name, reason, message = entry["id"], entry["reason"], entry.get("message", "")
            self.reasons[command][reason] += 1
            path = batch.folder / name
            # No decoder that works asks for what a worker may not have: the list is too short.
            if "SIGSYS" in message:
                raise Failure(f"{command}: {name}: {message}; kept as {self.kept.keep(path)}")
            if reason == "internal":
                raise Failure(f"{command}: {name}: internal: {message}; "
                              f"kept as {self.kept.keep(path)}")
            if reason == "decoder_crashed" and name not in self.kept.names:
                self.crashes += 1
                print(f"decoder_crashed: {name} of seed {self.seed}: {message}; "
                      f"kept as {self.kept.keep(path)}")

    def take_formats(self, batch, failed):
        self.sound += len(batch.sound)
        for name in batch.names() - set(batch.sound):
            suffix = name.rpartition(".")[2]
            self.mutated[suffix] += 1
            self.read[suffix] += name not in failed

    def show(self, tools):
        number = self.sound + sum(self.mutated.values())
        print(f"{number} inputs, {self.sound} of them sound; {tools.seconds:.0f} s; largest memory "
              f"{tools.max_rss_mib} MiB; workers that crashed on {self.crashes}")
        print("mutated, and read all the same:",
              ", ".join(f"{suffix} {self.read[suffix]} of {number}"
                        for suffix, number in sorted(self.mutated.items())))
        for command, counter in self.reasons.items():
            print(f"{command}:", ", ".join(f"{reason} {number}"
                                           for reason, number in counter.most_common()))


def read_lines(data):
    return [json.loads(line) for line in data.splitlines()]


def check_add(tools, scratch, batch, tally):
    errors, catalogue = scratch / "errors.jsonl", scratch / "added"
    shutil.rmtree(catalogue, ignore_errors=True)
    try:
        tools.add(catalogue, errors, batch.folder)
    except Ended as ended:
        def again(paths):
            shutil.rmtree(scratch / "again", ignore_errors=True)
            tools.add(scratch / "again", scratch / "again.jsonl", *paths)
        raise Ended(str(ended), again) from None
    listed = {item["id"] for item in read_lines(
        subprocess.run([tools.arguments.index, "list", "--format=jsonl", catalogue], check=True,
                       stdout=subprocess.PIPE).stdout)}
    entries = read_lines(errors.read_bytes())
    failed = {entry["id"]: entry["reason"] for entry in entries}
    for name in batch.names():
        if (name in listed) == (name in failed):
            raise Failure(f"add: {name} is in the catalogue and failed, or neither")
        if name in batch.sound and name in failed:
            raise Failure(f"add: sound {name} failed: {failed[name]}")
    tally.take_failures("add", batch, entries)


def check_query(tools, catalogue, scratch, batch, tally):
    errors = scratch / "query.jsonl"
    try:
        lines = read_lines(tools.query(catalogue, errors, batch.folder))
    except Ended as ended:
        raise Ended(str(ended), lambda paths: tools.query(catalogue, errors, *paths)) from None
    by_id = {line["id"]: line for line in lines}
    if len(by_id) != len(lines) or set(by_id) != batch.names():
        raise Failure("query: not one line for each input")
    entries = read_lines(errors.read_bytes())
    failed = {entry["id"]: entry["reason"] for entry in entries}
    for name, line in by_id.items():
        if line["verdict"] == "undecidable" and not line["reasons"]:
            raise Failure(f"query: {name} has neither a result nor a reason")
        if name in failed and (line["verdict"] != "undecidable" or failed[name] not in line["reasons"]):
            raise Failure(f"query: {name} failed ({failed[name]}) and is {line['verdict']}")
        if name in batch.sound:
            found = [match["id"] for match in line["matches"]]
            if line["verdict"] != "copy" or found != [f"{batch.sound[name]:05}.png"]:
                raise Failure(f"query: sound {name} is {line['verdict']} of {found}")
    tally.take_failures("query", batch, entries)
    tally.take_formats(batch, failed)


def make_references(tools, scratch, photos):
    folder = scratch / "references"
    folder.mkdir()
    for photo in photos["png"]:
        (folder / f"{photo.number:05}.png").write_bytes(photo.data)
    tools.add(scratch / "catalogue", scratch / "references.jsonl", folder)
    return scratch / "catalogue"


def culprits(paths, again):
    """Those photos of which each one alone ends the program, found by halves."""
    try:
        again(paths)
        return []
    except Failure:
        if len(paths) == 1:
            return list(paths)
    half = len(paths) // 2
    found = culprits(paths[:half], again)
    return found if len(found) >= MOST_NAMED else found + culprits(paths[half:], again)


def explain(failure, batch, tally):
    """Names and keeps the photos of a failure, all of the batch where none alone is to blame."""
    paths = sorted(batch.folder.iterdir())
    found = culprits(paths, failure.again) if getattr(failure, "again", None) else []
    for path in found:
        print(f"{path.name} of seed {tally.seed} does it; kept as {tally.kept.keep(path)}",
              file=sys.stderr)
    if not found:
        for path in paths:
            tally.kept.keep(path)
        print(f"the inputs are in {tally.kept.folder}", file=sys.stderr)


def run(arguments, tools, scratch):
    rng = random.Random(arguments.seed)
    photos = read_photos(arguments.photos)
    if not photos["png"]:
        raise Failure("there are no photos")
    print(f"{len(photos['png'])} photos, as:", ", ".join(photos))
    catalogue = make_references(tools, scratch, photos)
    tally = Tally(arguments.seed, Kept(arguments.keep))
    for start in range(0, arguments.count, BATCH):
        numbers = range(start, min(start + BATCH, arguments.count))
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            batch = Batch(pathlib.Path(name, "in"))
            batch.folder.mkdir()
            batch.write(photos, numbers, rng)
            try:
                check_add(tools, pathlib.Path(name), batch, tally)
                check_query(tools, catalogue, pathlib.Path(name), batch, tally)
            except Failure as failure:
                explain(failure, batch, tally)
                raise
    tally.show(tools)
    if arguments.max_rss_mib and tools.max_rss_mib > arguments.max_rss_mib:
        raise Failure(f"a program had {tools.max_rss_mib} MiB, more than {arguments.max_rss_mib}")
    if arguments.max_crashes >= 0 and tally.crashes > arguments.max_crashes:
        raise Failure(f"workers crashed on {tally.crashes} photos, more than "
                      f"{arguments.max_crashes}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", required=True, help="imgmatch-index")
    parser.add_argument("--query", required=True, help="imgmatch-query")
    parser.add_argument("--model", required=True)
    parser.add_argument("--photos", required=True, action="append", type=pathlib.Path,
                        help="folder of photos; may be given again")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-rss-mib", type=int, default=600, help="0: no bound")
    parser.add_argument("--max-crashes", type=int, default=-1,
                        help="photos on which workers may crash; -1: no bound")
    parser.add_argument("--keep", type=pathlib.Path,
                        help="where to leave photos that end a program or a worker")
    parser.add_argument("--pass-on", action="append", default=[], metavar="OPTION",
                        help="an option for both programs, e.g. --pass-on=--threads=2")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.reconfigure(line_buffering=True)
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
