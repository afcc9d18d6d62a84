"""usage: interrupt_query.py CATALOGUE PHOTO: stop a query in the middle of a list, then go on.

As in interrupt.py the list comes through a pipe that stays open, and not all of it. How many answers
there are by then is chance.
"""
import json
import re
import signal
import subprocess
import sys

ENTRIES, NAMED, ENOUGH = 300, 100, 20
catalogue, photo = sys.argv[1:]
lines = [json.dumps({"path": photo, "id": f"id-{i:03}"}) + "\n" for i in range(ENTRIES)]
command = ["imgmatch-query", catalogue, "--manifest=-", "--format=jsonl", "--effort=fast"]

process = subprocess.Popen(
    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
)
process.stdin.write("".join(lines[:NAMED]))
process.stdin.flush()
answers = [process.stdout.readline() for _ in range(ENOUGH)]
process.send_signal(signal.SIGINT)
# Not communicate, which passes over what readline has read ahead. What is said fits the pipe.
answers += process.stdout.read().splitlines()
errors = process.stderr.read()
process.wait(timeout=60)
done = str(len(answers))
print(re.sub(rf"\b{done}\b", "DONE", errors), end="")
print("status", process.returncode, "stopped before the end", len(answers) < ENTRIES)
again = subprocess.run(
    command + ["--skip=" + done], input="".join(lines), check=False, capture_output=True, text=True
)
answers += again.stdout.splitlines()
print(again.stderr, end="")
print(
    "status",
    again.returncode,
    "ids in order",
    [json.loads(line)["id"] for line in answers] == [f"id-{i:03}" for i in range(ENTRIES)],
)
