#!/usr/bin/env python3
"""Write an export with one kind of damage a line: each copy of the first item has another id."""
import base64
import json
import struct
import sys

header = sys.stdin.readline()
item = json.loads(sys.stdin.readline())
dimension = json.loads(header)["dimension"]


def changed(name, **members):
    return json.dumps({**item, "id": name, **members})


def view(**members):
    return [{**item["views"][0], **members}]


long = base64.b64encode(struct.pack(f"<{dimension}e", *[1.0] * dimension)).decode()
nan = base64.b64encode(struct.pack(f"<{dimension}e", *[float("nan")] * dimension)).decode()
short = base64.b64encode(b"\0" * (2 * dimension - 2)).decode()
missing = {key: value for key, value in item.items() if key != "product"}
lines = [
    changed("good-1"),
    "{",
    "[1]",
    "\x00\xff",
    changed(""),
    changed("x" * 513),
    json.dumps(missing),
    changed("a", metadata=[1]),
    changed("b", size_bytes=-1),
    changed("c", width=2**32),
    changed("d", features=1000000),
    changed("e", sha256="zz"),
    changed("f", remarks=["nonsense"]),
    changed("g", views=[]),
    changed("h", views=item["views"][:1] * 3),
    changed("i", views=view(pdq="00")),
    changed("j", views=view(quality=101)),
    changed("k", views=view(unstable="1")),
    changed("l", views=view(embedding=short)),
    changed("m", views=view(embedding=long)),
    changed("n", views=view(embedding=nan)),
    changed("o", views=view(embedding="!!!!")),
    changed("p", sketch="AAAA"),
    changed("q", sketch=5),
    changed("r", metadata={"text": "x" * 70000}),
    changed("s", metadata={"text": "x" * 1100000}),
    changed("t", added_at="yesterday"),
    changed("u", added_at="2026-02-29T12:00:00Z"),
    changed("v", added_at=20260101),
    changed("good-1", brand="another"),
    changed("good-2"),
]
print(json.dumps({**json.loads(header), "items": len(lines)}))
for line in lines:
    print(line)
