#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Makes calls at random, each outside and then in a sandbox of its own, on the same tree made anew, and
compares: what fails inside and not outside is one denial in the report, and nothing else is.

  random_calls.py SRT_TOP RAW_CALL LEVEL SEED COUNT

Works in ./everything/tree, by ./settings.json. At level full some calls that were wrong once come first. Prints what differs,
then how many calls and denials there were. Exit status 1 where anything differs.
"""
import json
import os
import random
import shutil
import subprocess
import sys

srt_top, raw_call, level, seed, count = sys.argv[1:6]
chosen = random.Random(int(seed))
everything = os.path.join(os.getcwd(), "everything")  # of "..", too
top = os.path.join(everything, "tree")
SETTINGS, REPORT = os.path.join(os.getcwd(), "settings.json"), os.path.join(os.getcwd(), "report.json")
DENIED_READ = ["secret", "open/token"]
DENIED_WRITE = ["work/kept", "work/never"]
WRITABLE = ["work", "other", "tmp"]

DIRECTORIES = ["secret/deep", "open/sub", "fixed/full", "work/src", "work/sub", "other/dir", "tmp", "locked", "closed"]
FILES = ["secret/key", "secret/deep/key", "open/token", "open/file", "open/sub/file", "fixed/file",
         "fixed/full/file", "fixed/none", "work/file", "work/kept", "work/none", "work/src/main.c", "work/sub/file",
         "other/file", "locked/file"]
PROGRAMS = ["secret/tool", "work/run"]
LINKS = {"work/to_key": "../secret/key", "work/to_secret": "../secret", "work/to_deep": top + "/secret/deep",
         "work/to_fixed": "../fixed/file", "work/to_fixed_directory": "../fixed", "work/dangling": "nowhere",
         "work/to_here": "/proc/self/cwd", "work/loop": "loop", "work/to_token": "../open/token",
         "fixed/to_work": "../work/file"}
MODES = {"locked/file": 0o000, "work/none": 0o000, "fixed/none": 0o000, "open/file": 0o444, "closed": 0o555}

PLACES = sorted(set(DIRECTORIES + ["secret", "open", "fixed", "work", "other", ".", "..", "/proc/self/cwd",
                                   "work/to_secret", "work/to_deep", "work/to_here/work", "work/loop",
                                   "work/to_fixed_directory"]))
NAMES = ["key", "file", "token", "tool", "deep", "kept", "never", "new", "nothing", "main.c", "to_key", "to_fixed",
         "to_token", "to_work", "to_secret", "dangling", "sub", "full", "src", "none", "run", "dir", ".", ".."]
BASES = ["work", "fixed", "open", "other", "work/src", "."]

O_PATH, O_TMPFILE = os.O_PATH, os.O_TMPFILE
LOOKS = {"stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
         "chdir", "statfs", "getxattr", "listxattr"}


def make_tree():
    # Before it is looked into.
    for directory, _, _ in os.walk(everything):
        for name in os.scandir(directory):
            if name.is_dir(follow_symlinks=False):
                os.chmod(name.path, 0o700)
    shutil.rmtree(everything, ignore_errors=True)
    for name in DIRECTORIES:
        os.makedirs(os.path.join(top, name))
    for name in FILES + PROGRAMS:
        with open(os.path.join(top, name), "w") as file:
            file.write("#!/bin/true\n" if name in PROGRAMS else name + "\n")
    for name, target in LINKS.items():
        os.symlink(target, os.path.join(top, name))
    for name in PROGRAMS:
        os.chmod(os.path.join(top, name), 0o755)
    for name, mode in MODES.items():
        os.chmod(os.path.join(top, name), mode)


def sometimes(share):
    return chosen.random() < share


def path():
    kind = chosen.random()
    if kind < 0.5:
        out = chosen.choice(FILES + DIRECTORIES + sorted(LINKS) + PROGRAMS + ["work/never", "work/new", "secret/new"])
    else:
        out = chosen.choice(PLACES)
        if sometimes(0.85):
            out += "/" + chosen.choice(NAMES)
    if sometimes(0.05):
        out += "/" + chosen.choice(NAMES)
    if sometimes(0.05):
        out = out.replace("/", "//", 1)
    if sometimes(0.06):
        out += "/"
    if not out.startswith("/") and sometimes(0.15):
        out = chosen.choice([top + "/", "secret/../", "/proc/self/root" + top + "/"]) + out
    return out


def at():
    """A directory and a path, as the calls with "at" in their names have them."""
    if sometimes(0.5):
        return ["n:-100", "s:" + path()]
    base, name = chosen.choice(BASES), path()
    if not name.startswith("/"):
        up = "" if base == "." else "../" * (base.count("/") + 1)
        name = chosen.choice(NAMES) if sometimes(0.4) else up + name
    return ["d:" + base, "s:" + name]


def open_flags():
    flags = chosen.choice([os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_RDWR])
    for flag, share in ((os.O_CREAT, 0.3), (os.O_EXCL, 0.12), (os.O_TRUNC, 0.15), (os.O_DIRECTORY, 0.15),
                        (os.O_NOFOLLOW, 0.25), (O_PATH, 0.1), (os.O_APPEND, 0.1)):
        if sometimes(share):
            flags |= flag
    if sometimes(0.04):
        flags = O_TMPFILE | chosen.choice([os.O_WRONLY, os.O_RDWR])
    return flags | os.O_CLOEXEC


def number(*values):
    return "n:%d" % chosen.choice(values)


def how():
    flags = open_flags()
    makes = flags & os.O_CREAT or flags & O_TMPFILE == O_TMPFILE
    # RESOLVE_CACHED is left out: what is cached is nobody's doing.
    return "h:%d,%d,%d" % (flags, 0o644 if makes else 0, chosen.choice([0, 0, 1, 2, 4, 8, 16]))


NOFOLLOW, EMPTY = 0x100, 0x1000
MAKERS = [
    lambda: ["open", "s:" + path(), "n:%d" % open_flags(), "n:0644"],
    lambda: ["openat"] + at() + ["n:%d" % open_flags(), "n:0644"],
    lambda: ["openat"] + at() + ["n:%d" % open_flags(), "n:0644"],
    lambda: ["openat2"] + at() + [how()],
    lambda: ["creat", "s:" + path(), "n:0644"],
    lambda: ["stat", "s:" + path(), "b:"],
    lambda: ["lstat", "s:" + path(), "b:"],
    lambda: ["newfstatat"] + at() + ["b:", number(0, NOFOLLOW)],
    lambda: ["statx"] + at() + [number(0, NOFOLLOW), "n:0x7ff", "b:"],
    lambda: ["access", "s:" + path(), number(*range(8))],
    lambda: ["faccessat2"] + at() + [number(*range(8)), number(0, NOFOLLOW, 0x200)],
    lambda: ["readlink", "s:" + path(), "b:", "n:4000"],
    lambda: ["readlinkat"] + at() + ["b:", "n:4000"],
    lambda: ["chdir", "s:" + path()],
    lambda: ["statfs", "s:" + path(), "b:"],
    lambda: ["getxattr", "s:" + path(), "s:user.a", "b:", "n:100"],
    lambda: ["listxattr", "s:" + path(), "b:", "n:100"],
    lambda: ["truncate", "s:" + path(), number(0, 2)],
    lambda: ["rename", "s:" + path(), "s:" + path()],
    lambda: ["rename", "s:" + path(), "s:" + path()],
    lambda: ["renameat2"] + at() + at() + [number(0, 1, 2)],
    lambda: ["mkdir", "s:" + path(), "n:0755"],
    lambda: ["mkdirat"] + at() + ["n:0700"],
    lambda: ["unlink", "s:" + path()],
    lambda: ["unlinkat"] + at() + [number(0, 0x200)],
    lambda: ["rmdir", "s:" + path()],
    lambda: ["link", "s:" + path(), "s:" + path()],
    lambda: ["linkat"] + at() + at() + [number(0, 0x400)],
    lambda: ["symlink", "s:" + path(), "s:" + path()],
    lambda: ["symlinkat", "s:x"] + at(),
    lambda: ["chmod", "s:" + path(), "n:0644"],
    lambda: ["fchmodat2"] + at() + ["n:0755", number(0, NOFOLLOW)],
    lambda: ["chown", "s:" + path(), "n:%d" % os.getuid(), "n:-1"],
    lambda: ["fchownat"] + at() + ["n:-1", "n:-1", number(0, NOFOLLOW)],
    lambda: ["utimensat"] + at() + ["n:0", number(0, NOFOLLOW)],
    lambda: ["mknod", "s:" + path(), number(0o010644, 0o100644), "n:0"],
    lambda: ["setxattr", "s:" + path(), "s:user.a", "s:v", "n:1", "n:0"],
    lambda: ["removexattr", "s:" + path(), "s:user.a"],
    lambda: ["execve", "s:" + path(), "v:"],
]
CREATES_DIRECTORY = os.O_CREAT | os.O_DIRECTORY
KNOWN = [
    ["openat", "n:-100", "s:fixed/new", "n:%d" % (os.O_RDWR | CREATES_DIRECTORY), "n:0644"],
    ["openat", "n:-100", "s:secret/deep/key", "n:%d" % (os.O_RDWR | os.O_DIRECTORY), "n:0"],
    ["openat", "n:-100", "s:fixed/new/", "n:%d" % (os.O_WRONLY | os.O_CREAT), "n:0644"],
    ["openat", "n:-100", "s:work/to_secret/", "n:%d" % os.O_NOFOLLOW, "n:0"],
    ["openat2", "n:-100", "s:fixed/new", "h:%d,%d,%d" % (os.O_WRONLY | os.O_CREAT, 0o644, 0x20)],
    ["openat2", "n:-100", "s:other/dir/new", "h:%d,%d,%d" % (os.O_WRONLY | os.O_CREAT, 0o644, 1)],
    ["openat2", "n:-100", "s:fixed/..", "h:%d,%d,%d" % (os.O_CREAT, 0o644, 1)],
    ["truncate", "s:fixed/full", "n:0"],
    ["truncate", "s:secret/deep", "n:0"],
    ["renameat2", "n:-100", "s:.", "n:-100", "s:other/new", "n:0"],
    ["renameat2", "n:-100", "s:work/file", "n:-100", "s:fixed/file/", "n:0"],
    ["renameat2", "n:-100", "s:secret/key", "n:-100", "s:work/new/", "n:0"],
    ["renameat2", "n:-100", "s:work/file", "n:-100", "s:work/never", "n:2"],
    ["renameat2", "n:-100", "s:fixed/full", "n:-100", "s:fixed/full/new", "n:0"],
    ["renameat2", "n:-100", "s:closed", "n:-100", "s:fixed/new", "n:0"],
    ["renameat2", "n:-100", "s:closed", "n:-100", "s:new", "n:0"],
    ["linkat", "n:-100", "s:work/file", "n:-100", "s:fixed/new/", "n:0"],
    ["linkat", "n:-100", "s:work/to_deep", "n:-100", "s:work/new", "n:0x400"],
    ["setxattr", "s:work/to_key/", "s:user.a", "s:v", "n:1", "n:0"],
    ["removexattr", "s:fixed/file", "s:user.a"],
    ["removexattr", "s:secret/key", "s:user.a"],
    ["fchmodat2", "n:-100", "s:fixed/to_work", "n:0755", "n:0x100"],
    ["unlinkat", "n:-100", "s:fixed/full/", "n:0"],
    ["mknodat", "n:-100", "s:fixed/new/", "n:010644", "n:0"],
    ["mkdirat", "n:-100", "s:fixed/new/", "n:0755"],
]


def is_look(call):
    if call[0] in ("open", "openat", "openat2"):
        flags = call[-1][2:].split(",")[0] if call[0] == "openat2" else call[-2][2:]
        return int(flags) & O_PATH != 0
    return call[0] in LOOKS


def outcome(words):
    """What raw_call says; nothing = another program took its place."""
    done = subprocess.run(words, cwd=top, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stdout.strip() or ("ok" if done.returncode == 0 else "%d: %s" % (done.returncode, done.stderr))


def as_inside(words):
    """Root has capabilities over files there, and no others."""
    kept = "-all,+chown,+dac_override,+fowner,+fsetid"
    return words if os.getuid() else ["setpriv", "--bounding-set=" + kept, "--inh-caps=-all"] + words


def opens_hidden_directory(call, denials):
    """It is there, and empty: no error tells."""
    return call[0].startswith("open") and [row["errno"] for row in denials] == [None]


def compare(call):
    words = [raw_call] + call
    make_tree()
    outside = outcome(as_inside(words))
    make_tree()
    inside = outcome([srt_top, "run", "-n", "random", "-s", SETTINGS, "-m", "enforce", "--watch", level,
                      "--report", REPORT, "--"] + words)
    with open(REPORT) as file:
        report = file.read()
    if not report:
        return 0, "no report: %s" % inside
    denials = json.loads(report)["refused"]
    # EINVAL is readlink's word for what is no link: realpath(3) goes on then, and ends at ENOENT.
    fine = ["ok", "EINVAL"] if call[0].startswith("readlink") else ["ok"]
    refused = outside in fine and inside not in fine
    if refused and level != "full" and is_look(call):
        return 0, None
    if len(denials) == int(refused) or (inside == outside == "ok" and opens_hidden_directory(call, denials)):
        return len(denials), None
    return len(denials), "%s: %s outside, %s inside, denials: %s" % (
        " ".join(call).replace(top, "TOP"), outside, inside,
        [(row["kind"], row["object"].replace(top, "TOP"), row["syscall"], row["errno"]) for row in denials])


def main():
    policy = {"network": {"allowedDomains": [], "deniedDomains": []},
              "filesystem": {"denyRead": [top + "/" + name for name in DENIED_READ],
                             "allowWrite": [top + "/" + name for name in WRITABLE],
                             "denyWrite": [top + "/" + name for name in DENIED_WRITE]}}
    with open(SETTINGS, "w") as file:
        json.dump(policy, file)
    total = differences = 0
    calls = (KNOWN if level == "full" else []) + [chosen.choice(MAKERS)() for _ in range(int(count))]
    for call in calls:
        denials, difference = compare(call)
        total += denials
        if difference:
            differences += 1
            print(difference, flush=True)
    print("%d calls, %d denials, %d different" % (len(calls), total, differences))
    return 1 if differences else 0


sys.exit(main())
