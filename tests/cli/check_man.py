"""usage: check_man.py FOLDER PHOTO: compare the manual pages in FOLDER with the programs: options with
those of --help, columns with those of the answer for a photo, names with those in the sources."""
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


def compare_synopses(program, commands):
    """Which commands are said to take options."""
    page = (folder / f"{program}.1").read_text(encoding="utf-8")
    forms = page.split("\n.SH SYNOPSIS\n")[1].split("\n.SH ")[0].split("\n.br\n")
    in_man = [form.split()[2] for form in forms if "OPTION" in form]
    usages = {command: subprocess.run([program, command, "--help"], check=True, capture_output=True,
                                      text=True).stdout.split("\n", 1)[0] for command in commands}
    compare_lists(f"{program} with options", [command for command in commands
                                              if "[OPTION...]" in usages[command]], in_man)


def entries(page, section):
    """What the paragraphs of a section begin with, in order."""
    text = page.replace("\\-", "-").split(f"\n.SH {section}\n")[1].split("\n.SH ")[0]
    return re.findall(r"^\.TP\n\.B (.*)$", text, re.MULTILINE)


def compare_lists(name, in_program, in_man):
    if in_program != in_man:
        print(f"{name}: the program has {in_program}, the manual page {in_man}")
    print(f"{name}: {len(in_program)} checked")


def check_answers(photo):
    page = (folder / "imgmatch-query.1").read_text(encoding="utf-8")
    source = folder.parent.parent
    answer = subprocess.run(["imgmatch-query", "--compare", "--format=csv", photo, photo],
                            check=True, capture_output=True, text=True).stdout
    compare_lists("columns", answer.splitlines()[0].split(","), entries(page, "CSV COLUMNS"))
    code = (source / "imgmatch/match/alterations.c").read_text(encoding="utf-8")
    names = set(re.findall(r'\bname\(out, "([^"]*)"', code))
    names = {re.sub("%l?d", "N", name).replace("%%", "%") for name in names}
    compare_lists("alterations", sorted(names), sorted(entries(page, "ALTERATIONS")))
    header = (source / "include/imgmatch/status.h").read_text(encoding="utf-8")
    remarks = re.findall(r'IMGMATCH_REASON_\w+ = (?:3[2-9]|[4-6]\d),? +/\*\*< "(\w+)"', header)
    compare_lists("remarks", remarks, entries(page, "LOW INFORMATION"))


check_answers(sys.argv[2])
compare_commands("imgmatch-index", COMMANDS, {
    "OPTIONS OF ALL COMMANDS": COMMANDS,
    "OPTIONS OF ADD, CALIBRATE, REINDEX AND VERIFY": ["add", "calibrate", "reindex", "verify"],
    "OPTIONS OF ADD, CALIBRATE, IMPORT, REINDEX AND VERIFY":
        ["add", "calibrate", "import", "reindex", "verify"]})
compare_commands("imgmatch-eval", EVAL_COMMANDS, {"OPTIONS OF ALL COMMANDS": EVAL_COMMANDS,
                                                  "OPTIONS OF MAKE, RUN AND SCORE":
                                                      ["make", "run", "score"],
                                                  "OPTIONS OF RUN AND SCORE": ["run", "score"]})
compare_synopses("imgmatch-index", COMMANDS)
compare_synopses("imgmatch-eval", EVAL_COMMANDS)
