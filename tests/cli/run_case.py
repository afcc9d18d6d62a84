#!/usr/bin/env python3
"""Run one command-line case and compare its transcript with the expected one.

A case is cases/NAME.sh, run by bash behind prelude.sh; cases/NAME.expected is what it prints, with
everything that differs from run to run replaced by a word in capitals. --update writes it anew.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77  # A case exits with it when the machine cannot run it.

NORMALISED = [
    (rb'"timing_ms":\{[^}]*\}', b'"timing_ms":TIMES'),
    (rb"\b[0-9a-f]{64}\b", b"HEX64"),
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", b"DATE"),
    (rb"((?:database|index|features|views|dimension|format) +)\d+", rb"\1N"),
    (rb'("(?:database_bytes|index_bytes|features|views|dimension|format|pdq_quality)":)\d+', rb"\1N"),
    (rb"quality \d+", b"quality N"),
]


def run_case(case, folder, arguments):
    here = pathlib.Path(__file__).resolve().parent
    scratch = folder / "scratch"
    home = folder / "work"
    scratch.mkdir()
    home.mkdir()
    environment = dict(
        os.environ,
        # Cases call python3: let it be the interpreter that sees the modules they need.
        PATH=os.pathsep.join([arguments.index, arguments.query, arguments.eval,
                              os.path.dirname(sys.executable), os.environ["PATH"]]),
        LC_ALL="C.UTF-8",
        HERE=str(here),
        SOURCE=str(here.parent.parent),
        SCRATCH=str(scratch),
        PICTURES=arguments.pictures,
        MODEL=arguments.model,
        FAULTY_WORKER=arguments.faulty_worker,
        IMGMATCH_MODEL=arguments.model,
    )
    script = f". '{here}/prelude.sh'\n. '{case}'\n"
    done = subprocess.run(["bash", "-c", script], cwd=home, env=environment, timeout=arguments.seconds,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def normalise(transcript, folder):
    transcript = transcript.replace(str(folder).encode(), b"TMP")
    for pattern, word in NORMALISED:
        transcript = re.sub(pattern, word, transcript)
    return transcript


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, help="folder of imgmatch-index")
    parser.add_argument("--query", required=True, help="folder of imgmatch-query")
    parser.add_argument("--eval", required=True, help="folder of imgmatch-eval")
    parser.add_argument("--faulty-worker", required=True, help="a worker that fails for marked photos")
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seconds", type=int, default=250, help="for the whole case")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("case", type=pathlib.Path)
    arguments = parser.parse_args()
    case = arguments.case.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        status, transcript = run_case(case, folder, arguments)
        transcript = normalise(transcript, folder)
        subprocess.run(["chmod", "-R", "u+rwx", name], check=False)
    if status == SKIPPED:
        print(transcript.decode(errors="backslashreplace"))
        return 0 if arguments.update else SKIPPED
    expected_path = case.with_suffix(".expected")
    if arguments.update:
        expected_path.write_bytes(transcript)
        return 0
    expected = expected_path.read_bytes() if expected_path.exists() else b""
    if status != 0:
        print(f"the case ended with status {status}")
    if transcript == expected and status == 0:
        return 0
    lines = [text.decode(errors="backslashreplace").splitlines() for text in (expected, transcript)]
    print("\n".join(difflib.unified_diff(*lines, "expected", "printed", lineterm="")))
    return 1


if __name__ == "__main__":
    sys.exit(main())
