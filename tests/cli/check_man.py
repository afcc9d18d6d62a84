"""usage: check_man.py FOLDER: compare the options in manual pages and --help texts."""
import pathlib
import re
import subprocess
import sys

COMMANDS = ["create", "add", "remove", "list", "show", "stat", "verify", "compact",
            "export", "import", "merge", "reindex"]


def help_options(*command):
    text = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^  (?:-(\w), |    )--([\w-]+)", text, re.MULTILINE))


def man_options(text):
    entries = re.findall(r"^\.TP\n(\.BR? .*)$", text.replace("\\-", "-"), re.MULTILINE)
    found = [re.match(r'\.BR? (?:-(\w) ", " )?--([\w-]+)', entry) for entry in entries]
    return {(match[1] or "", match[2]) for match in found if match}


def compare(name, in_help, in_man):
    for letter, option in sorted(in_help ^ in_man):
        where = "the help only" if (letter, option) in in_help else "the manual page only"
        print(f"{name}: -{letter} --{option} is in {where}")
    print(f"{name}: {len(in_help)} options checked")


folder = pathlib.Path(sys.argv[1])
compare("imgmatch-query", help_options("imgmatch-query"),
        man_options((folder / "imgmatch-query.1").read_text(encoding="utf-8")))
parts = re.split(r"^\.S[SH] (.*)$", (folder / "imgmatch-index.1").read_text(encoding="utf-8"),
                 flags=re.MULTILINE)
sections = dict(zip(parts[1::2], parts[2::2]))
common = man_options(sections["OPTIONS OF ALL COMMANDS"])
for command in COMMANDS:
    compare(f"imgmatch-index {command}", help_options("imgmatch-index", command),
            man_options(sections[command]) | common)
