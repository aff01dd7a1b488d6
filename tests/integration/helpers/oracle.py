#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Says which system calls of a trace failed only because of the sandbox, and compares that with the
denials of the history.

  oracle.py LEVEL FIXTURE TRACE EVENTS HIDDEN...

TRACE was written by strace -f -y inside the sandbox. FIXTURE is the tree that the program worked in,
made anew: each call is made again here, outside, in the order of the trace. What succeeded inside
is repeated, so that the tree is at each step what it was inside; what failed inside and succeeds
here is a denial, and is undone. Outside the fixture nothing is changed: there access(2) is asked.
HIDDEN directories are shown empty: to open one is a denial that no error tells.
"""
import ctypes
import errno
import json
import os
import re
import shutil
import stat
import sys
from collections import Counter

level, fixture, trace_path, events_path = sys.argv[1:5]
hidden = [os.path.realpath(path) for path in sys.argv[5:]]
spare = fixture + ".spare"
libc = ctypes.CDLL(None, use_errno=True)
descriptors = {}  # of (pid, number): its path
directories = {}  # of a pid: where it stands

LOOKS = {"stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
         "readlinkat", "chdir", "statfs", "getxattr", "lgetxattr", "listxattr", "llistxattr"}
AT = {"openat": 0, "newfstatat": 0, "statx": 0, "faccessat": 0, "faccessat2": 0, "readlinkat": 0,
      "mkdirat": 0, "mknodat": 0, "unlinkat": 0, "fchmodat": 0, "fchmodat2": 0, "fchownat": 0,
      "utimensat": 0, "execveat": 0}


def split_arguments(text):
    """Arguments of a call as strace writes them, nested braces and strings kept whole."""
    out, depth, quoted, start, i = [], 0, False, 0, 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c == "\\":
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "{[<(":
            depth += 1
        elif c in "}]>)":
            depth -= 1
        elif c == "," and depth == 0:
            out.append(text[start:i].strip())
            start = i + 1
        i += 1
    out.append(text[start:].strip())
    return out


def unquote(word):
    if not word.startswith('"'):
        return None
    return word[1:word.rindex('"')].encode().decode("unicode_escape").encode("latin-1").decode(
        "utf-8", "surrogateescape")


def calls():
    """(pid, name, arguments, result, errno name or None) of each call, in the order of their ends."""
    waiting = {}
    line_form = re.compile(r"^(\d+)\s+(.*)$")
    with open(trace_path, encoding="utf-8", errors="surrogateescape") as trace:
        for line in trace:
            match = line_form.match(line.rstrip("\n"))
            if not match:
                continue
            pid, text = int(match[1]), match[2]
            if text.endswith("<unfinished ...>"):
                waiting[pid] = text[:-len("<unfinished ...>")].rstrip()
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)$", text)
            if resumed:
                text = waiting.pop(pid, "") + resumed[1]
            match = re.match(r"^(\w+)\((.*)\)\s+= (-?\d+)(?:<(.*)>)?(?: (E\w+).*)?$", text)
            if match:
                if match[4] is not None:
                    descriptors[pid, int(match[3])] = match[4]
                yield pid, match[1], split_arguments(match[2]), int(match[3]), match[5]


def directory_of(word, here):
    match = re.match(r"^(?:AT_FDCWD|\d+)<(.*)>$", word)
    return match[1] if match else here


def lead(pid, path, here):
    """Past the links of /proc, which lead elsewhere for us."""
    if path.startswith("/dev/fd/"):
        path = "/proc/self/fd/" + path[8:]
    match = re.match(r"^/proc/(self|\d+)/(cwd|root|fd/(\d+))(/.*|)$", path)
    if not match:
        return path
    who = pid if match[1] == "self" else int(match[1])
    if match[2] == "root":
        return match[4] or "/"
    if match[2] == "cwd":
        return directories.get(who, here) + match[4]
    return descriptors.get((who, int(match[3])), path[:len(path) - len(match[4])]) + match[4]


def open_flags(text):
    return sum(getattr(os, name, 0) for name in re.findall(r"O_\w+", text)) if text else 0


def inside_fixture(path):
    path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return path == fixture or path.startswith(fixture + "/")


def own(path):
    """The name itself, in its directory's real place."""
    path = path.rstrip("/") or "/"
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def attempt(action):
    try:
        action()
        return None
    except OSError as error:
        return error.errno


def rename2(old, new, flags):
    if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags):
        raise OSError(ctypes.get_errno(), "renameat2")


def make_open(path, flags):
    def action():
        os.close(os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, 0o666))
    return action


def execute(path):
    if not stat.S_ISREG(os.stat(path).st_mode) or not os.access(path, os.X_OK):
        raise OSError(errno.EACCES, "exec")


def check(path, mode):
    if not os.access(path, mode):
        os.stat(path)
        raise OSError(errno.EACCES, "access")


def understand(pid, name, arguments, here):
    """(kind, object after it is resolved, action, whether it changes the tree), or None."""
    at = name in AT
    base = directory_of(arguments[0], here) if at else here
    words = arguments[1:] if at else arguments
    if name in ("symlink", "symlinkat"):
        link = unquote(arguments[-1])
        base = directory_of(arguments[1], here) if name == "symlinkat" else here
        path = os.path.join(base, link)
        return "write", own(path), lambda: os.symlink(unquote(arguments[0]), path), True
    if name in ("rename", "renameat", "renameat2", "link", "linkat"):
        if name in ("rename", "link"):
            old, new = (os.path.join(here, unquote(word)) for word in arguments[:2])
        else:
            old = os.path.join(directory_of(arguments[0], here), unquote(arguments[1]))
            new = os.path.join(directory_of(arguments[2], here), unquote(arguments[3]))
        if name.startswith("link"):
            return "write", (own(old), own(new)), lambda: os.link(
                old, new, follow_symlinks="AT_SYMLINK_FOLLOW" in arguments[-1]), True
        flags = 1 if "NOREPLACE" in arguments[-1] else 2 if "EXCHANGE" in arguments[-1] else 0
        return "write", (own(old), own(new)), lambda: rename2(old, new, flags), True
    if name in ("fchmod", "fchown", "fsetxattr"):
        path = directory_of(arguments[0], None)
        return ("write", path, lambda: os.utime(path), False) if path else None
    text = unquote(words[0]) if words else None
    if text is None:
        return None
    if text == "":
        return None
    path = lead(pid, os.path.join(base, text), here)
    # The fixture's own link to /proc/self/cwd.
    before, link, behind = path.partition("/work/to_cwd/")
    if link and before == fixture:
        path = os.path.join(here, behind)
    if name in ("open", "openat", "creat"):
        flags = open_flags(words[1]) if name != "creat" else os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        kind = "write" if flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC) else "read"
        if flags & os.O_CREAT and not os.path.exists(path):
            kind = "write"
        shown = own(path) if flags & os.O_NOFOLLOW else os.path.realpath(path)
        return kind, shown, make_open(path, flags), bool(writes)
    if name in ("mkdir", "mkdirat"):
        return "write", own(path), lambda: os.mkdir(path), True
    if name in ("mknod", "mknodat"):
        # A device can only be made with a capability that no program in a sandbox has.
        if "S_IFCHR" in words[1] or "S_IFBLK" in words[1]:
            return None
        return "write", own(path), lambda: os.mknod(path), True
    if name == "rmdir" or name == "unlinkat" and "AT_REMOVEDIR" in words[-1]:
        return "write", own(path), lambda: os.rmdir(path), True
    if name in ("unlink", "unlinkat"):
        return "write", own(path), lambda: os.unlink(path), True
    if name == "truncate":
        return "write", os.path.realpath(path), lambda: os.truncate(path, 0), True
    if name in ("chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime", "utimes",
                "utimensat", "futimesat", "setxattr", "lsetxattr", "removexattr"):
        follow = name not in ("lchown", "lsetxattr") and "AT_SYMLINK_NOFOLLOW" not in words[-1]
        shown = os.path.realpath(path) if follow else own(path)
        return "write", shown, lambda: os.utime(path, follow_symlinks=follow), False
    if name in ("execve", "execveat"):
        return "exec", os.path.realpath(path), lambda: execute(path), False
    if name in ("access", "faccessat", "faccessat2"):
        mode = sum(getattr(os, word) for word in re.findall(r"[RWX]_OK", words[1]))
        kind = "write" if mode & os.W_OK else "exec" if mode & os.X_OK else "read"
        return kind, os.path.realpath(path), lambda: check(path, mode), False
    if name in ("getxattr", "lgetxattr"):
        attribute = unquote(words[1])
        return "read", os.path.realpath(path) if name[0] == "g" else own(path), lambda: os.getxattr(
            path, attribute, follow_symlinks=name[0] == "g"), False
    if name in ("lstat", "readlink", "readlinkat", "llistxattr") or (
            name in ("newfstatat", "statx") and "AT_SYMLINK_NOFOLLOW" in " ".join(words)):
        if name.startswith("readlink"):
            return "read", own(path), lambda: os.readlink(path), False
        return "read", own(path), lambda: os.lstat(path), False
    if name == "chdir":
        return "read", os.path.realpath(path), lambda: os.listdir(path), False
    if name in LOOKS:
        return "read", os.path.realpath(path), lambda: os.stat(path), False
    return None


def allowed_elsewhere(kind, path):
    """Outside the fixture nothing is tried, only asked."""
    if isinstance(path, tuple):
        return all(os.access(os.path.dirname(p), os.W_OK) for p in path) and os.path.lexists(path[0])
    if kind != "write":
        return None
    return os.access(path if os.path.exists(path) else os.path.dirname(path), os.W_OK)


def save():
    shutil.rmtree(spare, ignore_errors=True)
    shutil.copytree(fixture, spare, symlinks=True)


def restore():
    shutil.rmtree(fixture)
    os.rename(spare, fixture)


def truth():
    found, explained = Counter(), {}
    log = list(calls())
    # A child's calls can stand before the line that tells of it.
    parents = {result: pid for pid, name, _, result, _ in log
               if name in ("clone", "clone3", "fork", "vfork") and result > 0}
    descriptors.clear()
    for pid, name, arguments, result, error in calls():
        if pid not in directories:
            directories[pid] = directories.get(parents.get(pid), fixture)
            for (owner, number), path in list(descriptors.items()):
                if owner == parents.get(pid):
                    descriptors[pid, number] = path
        here = directories[pid]
        if name == "fchdir" and not error:
            directories[pid] = directory_of(arguments[0], here)
        understood = understand(pid, name, arguments, here)
        if name == "chdir" and not error:
            directories[pid] = os.path.realpath(os.path.join(here, unquote(arguments[0])))
        if not understood:
            continue
        kind, shown, action, changes = understood
        # A look that finds nothing at all, where there is something, is refused: whether the host would
        # answer that it is no symlink, or has no such attribute, is another matter.
        if error == "ENOENT" and name in ("readlink", "readlinkat", "getxattr", "lgetxattr"):
            follow = name == "getxattr"
            action = lambda: os.stat(shown, follow_symlinks=follow)
        paths = shown if isinstance(shown, tuple) else (shown,)
        # The sandbox's own trees: nothing of them is the host's.
        if any(re.match(r"/(dev|proc|sys)(/|$)", path) for path in paths):
            continue
        mine = all(inside_fixture(path) for path in paths)
        if level != "full" and name in LOOKS:
            continue
        if not error:
            if name in ("open", "openat") and kind == "read" and os.path.isdir(shown) and any(
                    shown == h or shown.startswith(h + "/") for h in hidden) and "O_PATH" not in arguments[-1]:
                found[kind, shown] += 1
                explained[kind, shown] = "shown empty"
            elif changes and mine:
                attempt(action)
            continue
        if changes and not mine:
            denied = allowed_elsewhere(kind, shown)
        elif changes:
            save()
            denied = attempt(action) is None
            if denied:
                restore()
        else:
            denied = attempt(action) is None
        if denied:
            # What is not there for the program is refused for reading it, whatever it asks for.
            if error == "ENOENT" and name in LOOKS:
                kind = "read"
            found[kind, shown] += 1
            if os.environ.get("ORACLE_DEBUG"):
                print("denied:", kind, shown, name, arguments, error)
            explained[kind, shown] = "%d %s(%s) = %s" % (pid, name, ", ".join(arguments), error)
    return found, explained


def seen():
    found = Counter()
    with open(events_path, encoding="utf-8", errors="surrogateescape") as events:
        for line in events:
            event = json.loads(line)
            if event["verdict"] == "deny" and event["kind"] in ("read", "write", "exec"):
                found[event["kind"], event["object"]] += event["count"]
    return found


wanted, why = truth()
got = seen()
# A call with two paths is one event, for one of them: whichever is left when the others are counted.
for key in [key for key in wanted if isinstance(key[1], tuple)]:
    for path in key[1]:
        for kind in ("write", "read"):
            single = kind, path
            taken = max(0, min(wanted[key], got[single] - wanted[single]))
            wanted[key] -= taken
            wanted[single] += taken
total, hit, reported = sum(wanted.values()), sum((wanted & got).values()), sum(got.values())
for key, count in sorted((wanted - got).items(), key=str):
    print("not seen: %d x %s   %s" % (count, key, why.get(key, "")))
for key, count in sorted((got - wanted).items(), key=str):
    print("not true: %d x %s" % (count, key))
print("%d denials, %d events; recall %.1f %%, precision %.1f %%" % (
    total, reported, 100 * hit / total if total else 100, 100 * hit / reported if reported else 100))
sys.exit(0 if hit == total == reported else 1)
