"""usage: terminal.py COMMAND...: run a command on a terminal, and print what is left standing there."""
import os
import pty
import re
import subprocess
import sys

ours, theirs = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                           env=dict(os.environ, TERM="xterm"))
os.close(theirs)
written = b""
try:
    while chunk := os.read(ours, 65536):
        written += chunk
except OSError:  # How Linux says that the other side is closed.
    pass
status = process.wait()
# Back to the start, and the line is blank again: of a line only what comes behind is to be seen.
seen = [re.sub(r".*\r\x1b\[K", "", line).rstrip("\r") for line in written.decode().split("\n")]
print("\n".join(seen[:-1]))
print("behind it:", repr(seen[-1]), "status", status)
print("progress was", "drawn" if re.search(rb"\d/s", written) else "not drawn")
