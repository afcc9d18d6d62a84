"""usage: interrupt_command.py [--when=FILE] [--signal=NAME] COMMAND...: stop a command as soon as it
can be stopped, or when a file has come up.

It has taken SIGINT over, the last of its signals, when the kernel says so; before that, a signal
would just end it.
"""
import pathlib
import re
import signal
import subprocess
import sys
import time

command = sys.argv[1:]
awaited = command.pop(0).partition("=")[2] if command[0].startswith("--when=") else "/"
name = command.pop(0).partition("=")[2] if command[0].startswith("--signal=") else "SIGINT"
process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
status = pathlib.Path(f"/proc/{process.pid}/status")
deadline = time.monotonic() + 60
while process.poll() is None and time.monotonic() < deadline:
    caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(encoding="ascii"), re.MULTILINE)
    if int(caught[1], 16) >> (signal.SIGINT - 1) & 1 and pathlib.Path(awaited).exists():
        break
    time.sleep(0.005)
process.send_signal(signal.Signals[name])
sys.exit(process.wait(timeout=60))
