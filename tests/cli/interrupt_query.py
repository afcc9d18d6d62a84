"""usage: interrupt_query.py CATALOGUE PHOTO: stop a query in the middle of a list, then go on.

As in interrupt.py the list comes through a pipe that stays open; the first 256 answers say that the
program is waiting for more of it.
"""
import json
import re
import signal
import subprocess
import sys

ENTRIES, BATCH = 300, 256
catalogue, photo = sys.argv[1:]
lines = [json.dumps({"path": photo, "id": f"id-{i:03}"}) + "\n" for i in range(ENTRIES)]
command = ["imgmatch-query", catalogue, "--manifest=-", "--format=jsonl", "--effort=fast"]

process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
process.stdin.write("".join(lines))
process.stdin.flush()
answers = [process.stdout.readline() for _ in range(BATCH)]
process.send_signal(signal.SIGINT)
output, errors = process.communicate(timeout=60)
print(errors, end="")
print("status", process.returncode, "answers", len(answers) + output.count("\n"))
skip = re.search(r"--skip=\d+", errors).group()
again = subprocess.run(command + [skip], input="".join(lines), check=False, capture_output=True,
                       text=True)
answers += again.stdout.splitlines()
print(again.stderr, end="")
print("status", again.returncode, "ids in order",
      [json.loads(line)["id"] for line in answers] == [f"id-{i:03}" for i in range(ENTRIES)])
