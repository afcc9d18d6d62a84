"""usage: check_man.py FOLDER: compare the options in manual pages and --help texts."""
import pathlib
import re
import subprocess
import sys

COMMANDS = ["create", "add", "remove", "list", "show", "stat", "verify", "compact",
            "export", "import", "merge", "reindex", "calibrate"]


EVAL_COMMANDS = ["make", "run", "score", "kinds"]


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


def compare_commands(program, commands, common_sections):
    page = (folder / f"{program}.1").read_text(encoding="utf-8")
    parts = re.split(r"^\.S[SH] (.*)$", page, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2]))
    for command in commands:
        documented = man_options(sections[command])
        for section, those in common_sections.items():
            if command in those:
                documented |= man_options(sections[section])
        compare(f"{program} {command}", help_options(program, command), documented)


compare_commands("imgmatch-index", COMMANDS, {
    "OPTIONS OF ALL COMMANDS": COMMANDS,
    "OPTIONS OF ADD, CALIBRATE, REINDEX AND VERIFY": ["add", "calibrate", "reindex", "verify"],
    "OPTIONS OF ADD, CALIBRATE, IMPORT, REINDEX AND VERIFY":
        ["add", "calibrate", "import", "reindex", "verify"]})
compare_commands("imgmatch-eval", EVAL_COMMANDS, {"OPTIONS OF ALL COMMANDS": EVAL_COMMANDS,
                                                  "OPTIONS OF MAKE, RUN AND SCORE":
                                                      ["make", "run", "score"],
                                                  "OPTIONS OF RUN AND SCORE": ["run", "score"]})
