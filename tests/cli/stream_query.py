"""usage: stream_query.py CATALOGUE PHOTO: look photos up that somebody names one after the other.

Each answer has to be there before the next photo is named, through a pipe that stays open. A query
that is killed then leaves all its answers, and the failures, in their files.
"""
import json
import pathlib
import subprocess
import sys
import threading
import time

SECONDS = 60  # For what must not take for ever.
catalogue, photo = sys.argv[1:]


def start(command, **options):
    process = subprocess.Popen(["imgmatch-query", catalogue, "--min-score=0.99", *command],
                               stdin=subprocess.PIPE, text=True, **options)
    watch = threading.Timer(SECONDS, process.kill)
    watch.daemon = True
    watch.start()
    return process


def name(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


def ask_one_by_one(form, lines, heads, answers):
    process = start(["--manifest=-", "--format=" + form], stdout=subprocess.PIPE)
    came = 0
    for line in lines:
        name(process, line)
        for _ in range(heads):
            process.stdout.readline()
        heads = 0
        came += bool(process.stdout.readline())
    process.stdin.close()
    print(form, "answers that came at once:", came, "of", answers, "status", process.wait())


def await_lines(path, count):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and path.read_text(encoding="utf-8").count("\n") < count:
        time.sleep(0.05)
    text = path.read_text(encoding="utf-8")
    print(path, "lines", text.count("\n"), "whole", text.endswith("\n"))


def kill_in_between():
    answers, failures = pathlib.Path("killed.csv"), pathlib.Path("killed.jsonl")
    with answers.open("w", encoding="utf-8") as out:
        process = start(["--manifest=-", "--format=csv", f"--errors={failures}"], stdout=out)
        for path in (photo, "missing.png", photo):
            name(process, json.dumps({"path": path}))
        await_lines(answers, 4)
        await_lines(failures, 1)
        process.kill()
        process.wait()


ask_one_by_one("jsonl", [json.dumps({"path": photo})] * 3, 0, 3)
# The header of the list alone has no answer: it comes with the first photo.
ask_one_by_one("csv", ["path\n" + photo, photo, f'"{photo}"'], 1, 3)
ask_one_by_one("table", [json.dumps({"path": photo})] * 2, 1, 2)
kill_in_between()
