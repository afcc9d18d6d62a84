#!/usr/bin/env python3
"""Run gcc -fanalyzer on the sources below the given folders, as a build compiles them.

Optimised by -O1: by -O2 calls are inlined until the analysis of some files has no end. A file that
takes more processor time than the limit is a failure that names it. Every suppression is a line of
analyzer.supp.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import resource
import shlex
import subprocess
import sys


def read_suppressions(path):
    suppressions = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, check = line.split()
            suppressions.setdefault(name, []).append(f"-Wno-analyzer-{check}")
    return suppressions


def analysis_of(entry, suppressions):
    """The compiler's command line of a compilation database's entry, turned into an analysis."""
    words = shlex.split(entry["command"])
    while not os.path.basename(words[0]).endswith(("gcc", "cc")):
        words.pop(0)  # What the build puts in front of its compiler.
    at = words.index("-o")
    del words[at:at + 2]
    words = [word for word in words if word not in ("-c", "-g") and not word.startswith("-O")]
    return ["gcc", *words[1:], "-O1", "-fanalyzer", "-Werror", *suppressions, "-S", "-o", "/dev/null"]


def analyse(command, folder, limit):
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)))
    return done.returncode, done.stdout.decode(errors="replace")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="folder with compile_commands.json")
    parser.add_argument("--seconds", type=int, default=120, help="processor time for a file")
    parser.add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    suppressions = read_suppressions(pathlib.Path(__file__).with_name("analyzer.supp"))
    wanted = tuple(folder.rstrip("/") + "/" for folder in arguments.folders)
    commands = {}
    for entry in json.loads(pathlib.Path(arguments.build, "compile_commands.json").read_text()):
        name = os.path.relpath(entry["file"])
        if name.startswith(wanted):
            commands[name] = (analysis_of(entry, suppressions.get(name, [])), entry["directory"])
    failed = not commands
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        runs = {name: pool.submit(analyse, *command, arguments.seconds)
                for name, command in commands.items()}
        for name, run in runs.items():
            status, text = run.result()
            if status < 0:
                text += f"{name}: no end after {arguments.seconds} s, or ended by a signal\n"
            if status != 0:
                failed = True
                sys.stderr.write(text)
    print(f"{len(commands)} files analysed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
