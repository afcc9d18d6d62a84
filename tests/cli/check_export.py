#!/usr/bin/env python3
"""Read an export on standard input and print what a reader of the format has to find in it."""
import base64
import json
import math
import struct
import sys

header = json.loads(sys.stdin.readline())
print(sorted(header))
count = 0
for line in sys.stdin:
    item = json.loads(line)
    count += 1
    for view in item["views"]:
        assert len(view["pdq"]) == 64 and int(view["pdq"], 16) >= 0
        if view["embedding"] is not None:
            halves = struct.unpack(f"<{header['dimension']}e", base64.b64decode(view["embedding"]))
            assert math.isclose(sum(value * value for value in halves), 1, abs_tol=0.01)
    print(item["id"], len(item["sha256"]), len(item["views"]) > 0, item["sketch"] is not None,
          item["remarks"])
assert count == header["items"]
