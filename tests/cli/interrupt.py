"""usage: interrupt.py CATALOGUE PHOTO: stop an add in the middle of a list, then run it again.

The list comes through a pipe that stays open, so the program is certain to be waiting for more of
it when the signal comes: 256 entries make a full batch, of which it then knows that it is in.
"""
import json
import signal
import subprocess
import sys
import time

ENTRIES = 300
catalogue, photo = sys.argv[1:]
lines = [json.dumps({"path": photo, "id": f"id-{i:03}"}) + "\n" for i in range(ENTRIES)]
command = ["imgmatch-index", "add", catalogue, "--manifest=-"]


def count_items():
    text = subprocess.run(["imgmatch-index", "stat", catalogue, "--format=json"], check=True,
                          capture_output=True, text=True).stdout
    return json.loads(text)["items"]


before = count_items()
process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
process.stdin.write("".join(lines))
process.stdin.flush()
deadline = time.monotonic() + 120
while count_items() < before + 256 and time.monotonic() < deadline and process.poll() is None:
    time.sleep(0.1)
process.send_signal(signal.SIGINT)
try:
    process.wait(timeout=60)
except subprocess.TimeoutExpired:
    print("the signal did not stop it")
    process.kill()
output, errors = process.communicate()
print(output, end="")
print(errors, end="", file=sys.stderr)
print("status", process.returncode, "items", count_items() - before)
again = subprocess.run(command, input="".join(lines), check=False, capture_output=True, text=True)
print(again.stdout, end="")
print("status", again.returncode, "items", count_items() - before)
