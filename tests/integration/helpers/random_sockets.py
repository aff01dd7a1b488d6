#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Plays scripts of socket calls at random, each outside and then in a sandbox whose network leads to the same servers,
and compares what every call returned, and what the server saw. Some that were wrong once come first. Then it
connects to a host that is not allowed.

  random_sockets.py SRT_TOP SEED COUNT
  random_sockets.py play HOST       (by itself: the scripts of ./scripts.json)

good.test has to be 127.0.0.1, by a hosts file that the sandbox does not see. Prints what differs, then how many scripts
and refused connections there were. Exit status 1 where anything differs.

A script never asks for what depends on the time: it waits for what its server does first. A reset comes after
something was exchanged, since one that is quicker never reaches the server from inside.
"""
import ctypes
import errno
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import zlib

RESET = struct.pack("ii", 1, 0)
PATIENCE_S = 8
TCP, SOCKET = socket.IPPROTO_TCP, socket.SOL_SOCKET
TCP_FASTOPEN_CONNECT = 30
SETTINGS = {"filesystem": {"allowWrite": [], "denyWrite": [], "denyRead": ["/etc/hosts"], "allowRead": []},
            "network": {"allowedDomains": ["good.test", "127.0.0.1"], "deniedDomains": []}}


def error_name(number):
    return errno.errorcode.get(number, str(number))


def reset(connection):
    connection.setsockopt(SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def read_all(connection, step=65536):
    """What came, in short, and how it ended."""
    got = bytearray()
    try:
        while True:
            some = connection.recv(step)
            if not some:
                return [len(got), zlib.crc32(got), "end"]
            got += some
    except OSError as error:
        return [len(got), zlib.crc32(got), error_name(error.errno)]


# --- servers: each takes one connection and tells what it saw ---


def echo(connection):
    got = bytearray()
    try:
        while some := connection.recv(65536):
            got += some
            connection.sendall(some)
        end = "end"
    except OSError:
        end = "reset"
    return [len(got), zlib.crc32(got), end]


def count(connection, step=65536):
    seen = read_all(connection, step)
    connection.sendall(b"%9d" % seen[0])
    return seen


def banner(connection):
    connection.sendall(b"b" * 3000)


def half_close(connection):
    connection.sendall(b"h" * 100)
    connection.shutdown(socket.SHUT_WR)
    return read_all(connection)


def answer(connection):
    connection.recv(1)
    connection.sendall(b"a" * 700)
    connection.shutdown(socket.SHUT_WR)
    return read_all(connection)


def reset_after(connection):
    connection.recv(1000)
    reset(connection)


def answer_and_reset(connection):
    connection.recv(1000)
    connection.sendall(b"a" * 700)
    reset(connection)


def big(connection):
    try:
        connection.sendall(bytes(range(256)) * 8192)
    except OSError:
        pass  # it may all be in the buffers by then, or not


SERVERS = {"echo": echo, "count": count, "slow": lambda connection: count(connection, 3000), "close": lambda _: None,
           "banner": banner, "half_close": half_close, "answer": answer, "reset_after": reset_after,
           "answer_and_reset": answer_and_reset, "silent": read_all, "big": big}


class Server:
    """Listens for one script's connections, and keeps what it saw of each."""

    def __init__(self, kind):
        self.kind, self.threads, self.seen = kind, [], []
        self.listener = socket.socket()
        if kind == "slow":
            self.listener.setsockopt(SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            thread = threading.Thread(target=self.serve, args=(connection,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, connection):
        connection.setsockopt(SOCKET, socket.SO_OOBINLINE, 1)
        try:
            seen = SERVERS[self.kind](connection)
        except OSError:
            seen = "reset"
        connection.close()
        self.seen.append(seen)

    def all_seen(self):
        for thread in self.threads:
            thread.join(PATIENCE_S)
        return sorted(self.seen, key=str)


# --- the player: an operation is a method, and what it returns is compared ---


class Player:
    def __init__(self, host):
        self.host, self.libc = host, ctypes.CDLL(None, use_errno=True)

    def address(self, family, port):
        four = socket.getaddrinfo(self.host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
        if family == "four":
            return socket.AF_INET, four
        try:
            if family == "six":
                return socket.AF_INET6, socket.getaddrinfo(self.host, port, socket.AF_INET6)[0][4][:2]
        except socket.gaierror:
            pass  # outside there is no IPv6 address
        return socket.AF_INET6, ("::ffff:" + four[0], port)

    def play(self, script):
        self.family, self.to = self.address(script["family"], script["port"])
        self.socket = socket.socket(self.family, socket.SOCK_STREAM)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.socket.setsockopt(SOCKET, option, struct.pack("ll", PATIENCE_S, 0))
        results = []
        for operation, *arguments in script["operations"]:
            try:
                results.append(getattr(self, operation)(*arguments))
            except OSError as error:
                results.append(error_name(error.errno))
        self.socket.close()
        return results

    def wait(self, events):
        poll = select.poll()
        poll.register(self.socket, events)
        ready = poll.poll(PATIENCE_S * 1000)
        return ready[0][1] if ready else "nothing"

    def bind(self):
        return self.socket.bind(("0.0.0.0" if self.family == socket.AF_INET else "::", 0))

    def option(self, level, option, value):
        self.socket.setsockopt(level, option, value)
        return self.socket.getsockopt(level, option)

    def get(self, level, option):
        return self.socket.getsockopt(level, option)

    def duplicate(self):
        self.other, self.socket = self.socket, self.socket.dup()

    def connect(self):
        return error_name(self.socket.connect_ex(self.to))

    def connect_without_waiting(self, events):
        """In epoll before, or polled after."""
        self.socket.setblocking(False)
        epoll = select.epoll()
        if events == "epoll":
            epoll.register(self.socket, select.EPOLLOUT | select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        begun = error_name(self.socket.connect_ex(self.to))
        ready = "nothing"
        if events == "poll":
            ready = self.wait(select.POLLOUT) & select.POLLOUT
        while events == "epoll" and ready == "nothing":
            for _, what in epoll.poll(PATIENCE_S) or [(0, select.EPOLLOUT | select.EPOLLERR)]:
                # A socket that is not connected yet may have hung up.
                ready = what & (select.EPOLLOUT | select.EPOLLERR) if not what & select.EPOLLHUP else ready
        error = self.socket.getsockopt(SOCKET, socket.SO_ERROR)
        self.socket.setblocking(True)
        return [begun, ready, error]

    def disconnect(self):
        unspecified = struct.pack("=H14x", socket.AF_UNSPEC)
        return self.libc.connect(self.socket.fileno(), unspecified, len(unspecified))

    def peer(self):
        return self.socket.getpeername()[:2] == tuple(self.to)

    def own(self):
        host, port = self.socket.getsockname()[:2]
        return [host in ("0.0.0.0", "::"), port > 0]

    def poll(self):
        return self.wait(select.POLLIN | select.POLLOUT | select.POLLRDHUP)

    def wait_end(self):
        return self.wait(select.POLLRDHUP)

    def listen(self):
        return self.socket.listen(1)

    def accept(self):
        return self.socket.accept()

    def send(self, length):
        return self.socket.send(b"s" * length)

    def send_urgent(self):
        return self.socket.send(b"u", socket.MSG_OOB)

    def send_all(self, length):
        return self.socket.sendall(bytes(range(251)) * (length // 251) + b"x" * (length % 251))

    def receive(self, length, flags):
        got = self.socket.recv(length, flags)
        return [len(got), zlib.crc32(got)]

    def receive_all(self):
        return read_all(self.socket)

    def exchange(self, length):
        put = self.socket.send(b"e" * length)
        return [put, len(self.socket.recv(put, socket.MSG_WAITALL))]

    def exchange_in_child(self, length):
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if self.exchange(length) == [length, length] else 1)
            except OSError:
                os._exit(2)
        return os.waitpid(child, 0)[1]

    def shut(self, how):
        return self.socket.shutdown(how)

    def close(self):
        return self.socket.close()

    def reset(self):
        return reset(self.socket)


# --- scripts ---


WRONG_ONCE = [
    ("answer", "four", [["connect"], ["send", 1], ["receive_all"], ["close"]]),
    ("count", "four", [["connect"], ["send", 1], ["send_urgent"], ["send", 1], ["shut", 1], ["receive_all"]]),
    ("count", "six", [["connect"]] + 2 * [["send_all", 2000000], ["send_urgent"]] + [["shut", 1], ["receive_all"]]),
    ("echo", "four", [["connect"], ["send", 700], ["receive", 700, socket.MSG_WAITALL], ["reset"]]),
]


class Maker:
    LOOKS = [["peer"], ["own"], ["connect"], ["poll"], ["listen"], ["accept"], ["get", SOCKET, socket.SO_ERROR],
             ["get", TCP, socket.TCP_NODELAY], ["get", SOCKET, socket.SO_TYPE], ["get", SOCKET, socket.SO_DOMAIN],
             ["get", SOCKET, socket.SO_PROTOCOL], ["get", SOCKET, socket.SO_ACCEPTCONN]]
    PEEK, WHOLE = socket.MSG_PEEK, socket.MSG_WAITALL

    def __init__(self, seed):
        self.chosen = random.Random(seed)

    def sometimes(self, share):
        return self.chosen.random() < share

    def looks(self, share=0.5):
        out = []
        while self.sometimes(share):
            out.append(self.chosen.choice(self.LOOKS))
        return out

    def begin(self):
        out = []
        for operation, share in ((["bind"], 0.3), (["option", TCP, socket.TCP_NODELAY, 1], 0.3),
                                 (["option", SOCKET, socket.SO_KEEPALIVE, 1], 0.2), (["peer"], 0.1),
                                 (["receive", 10, 0], 0.1), (["poll"], 0.1), (["duplicate"], 0.2)):
            if self.sometimes(share):
                out.append(operation)
        if self.sometimes(0.1):
            return out + [["option", TCP, TCP_FASTOPEN_CONNECT, 1], ["connect"]]
        return out + [self.chosen.choice([["connect"], ["connect_without_waiting", "poll"],
                                          ["connect_without_waiting", "epoll"]])]

    def end(self, may_reset=False):
        return self.chosen.choice([[["close"]], [["shut", socket.SHUT_WR], ["close"]],
                                   [["shut", socket.SHUT_RDWR], ["close"]],
                                   [["reset"] if may_reset else ["close"]]])

    def echo(self):
        out = [["exchange", 7]] + self.looks()
        for _ in range(self.chosen.randrange(4)):
            length = self.chosen.choice([1, 5, 100, 1460, 5000, 40000])
            out.append([self.chosen.choice(["exchange", "exchange", "exchange_in_child"]), length])
            if self.sometimes(0.3):
                out += [["send", 9], ["receive", 4, self.PEEK | self.WHOLE], ["receive", 9, self.WHOLE]]
            out += self.looks(0.3)
        if self.sometimes(0.5):
            return out + [["send", 700], ["shut", socket.SHUT_WR], ["receive_all"], ["poll"], ["peer"], ["send", 3],
                          ["receive", 1, 0], ["connect"], ["close"]]
        if self.sometimes(0.3):
            out += [["disconnect"], ["peer"], ["own"], ["receive", 3, 0], ["connect"], ["peer"], ["exchange", 7]]
        return out + self.end(True)

    def count(self):
        out = [["send_all", self.chosen.choice([1, 1000, 70000, 600000])]] + self.looks(0.3)
        if self.sometimes(0.8):
            out += [["shut", socket.SHUT_WR], ["receive_all"]]
            out += [["poll"], ["send", 3], ["shut", socket.SHUT_RD]] if self.sometimes(0.5) else []
        return out + [["close"]]

    slow = count

    def close(self):
        return [["wait_end"]] + self.chosen.choice([[["receive_all"], ["poll"], ["peer"]], [["send", 5]],
                                                    [["receive", 1, self.PEEK], ["receive", 1, 0]]]) + [["close"]]

    def banner(self):
        return self.chosen.choice([[["receive_all"]], [["receive", 3000, self.WHOLE], ["receive_all"]],
                                   [["receive", 9999, self.WHOLE]], [["shut", socket.SHUT_WR], ["receive_all"]],
                                   [["wait_end"], ["receive", 10, self.PEEK], ["receive_all"]],
                                   [["shut", socket.SHUT_RD], ["wait_end"]]]) + self.end()

    def half_close(self):
        out = [self.chosen.choice([["receive_all"], ["receive", 100, self.WHOLE], ["wait_end"]])]
        if self.sometimes(0.7):
            out.append(["send_all", self.chosen.choice([1, 90000])])
        return out + self.end()

    def answer(self):
        return [["send", 1], ["receive_all"], ["poll"], ["send", 33]] + self.end()

    def reset_after(self):
        return [["send", self.chosen.choice([1, 1000])], ["wait_end"]] + self.chosen.choice(
            [[["receive", 9, 0], ["receive", 9, 0]], [["send", 9], ["send", 9]], [["shut", socket.SHUT_WR]],
             [["get", SOCKET, socket.SO_ERROR], ["receive", 9, 0]], [["peer"], ["receive_all"]],
             [["connect"], ["receive_all"]], [["poll"], ["disconnect"], ["own"]]]) + [["close"]]

    def answer_and_reset(self):
        return [["send", 20], ["wait_end"]] + self.chosen.choice(
            [[["receive_all"]], [["receive", 100, 0], ["receive", 1, self.PEEK], ["receive_all"]],
             [["get", SOCKET, socket.SO_ERROR], ["receive_all"]], [["receive", 800, self.WHOLE], ["receive", 1, 0]],
             [["send", 4], ["receive_all"]]]) + [["close"]]

    def silent(self):
        out = [["send", self.chosen.choice([1, 1000])]] + self.looks()
        return out + [["receive", 1, socket.MSG_DONTWAIT]] + self.end()

    def big(self):
        return self.chosen.choice([[["receive_all"], ["poll"]], [["receive", 100000, self.WHOLE]],
                                   [["receive", 5, self.PEEK | self.WHOLE], ["receive_all"]],
                                   [["receive", 2097152, self.WHOLE], ["receive", 1, 0]]]) + [["close"]]

    def make(self):
        kind = self.chosen.choice(sorted(SERVERS) + ["echo"] * 3)
        return kind, self.chosen.choice(["four", "six", "mapped"]), self.begin() + getattr(self, kind)()


# --- both ---


def play_all(host):
    player = Player(host)
    with open("scripts.json", encoding="ascii") as file:
        for script in json.load(file):
            print(json.dumps(player.play(script)), flush=True)


def run(prefix, host, scripts):
    with open("scripts.json", "w", encoding="ascii") as file:
        json.dump(scripts, file)
    words = prefix + [sys.executable, __file__, "play", host]
    out = subprocess.run(words, stdout=subprocess.PIPE, check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


def run_served(prefix, made):
    servers = [Server(kind) for kind, _, _ in made]
    results = run(prefix, "good.test", [{"port": server.port, "family": family, "operations": operations}
                                        for server, (_, family, operations) in zip(servers, made)])
    return results + [None] * (len(made) - len(results)), [server.all_seen() for server in servers]


def compare(made, outside, inside):
    different = 0
    for (kind, family, operations), *both in zip(made, *outside, *inside):
        results, seen, results_inside, seen_inside = both
        if results == results_inside and seen == seen_inside:
            continue
        different += 1
        print("%s, %s:" % (kind, family))
        for operation, *two in zip(operations, results, results_inside or ["?"] * len(operations)):
            print("  ", *operation, two[0] if two[0] == two[1] else "outside: %s, inside: %s" % tuple(two))
        if seen != seen_inside:
            print("   the server saw: outside %s, inside %s" % (seen, seen_inside))
    return different


def compare_refused(sandbox, events, made):
    """Each a port of its own that nobody listens on: it is reset, and one event."""
    different = 0
    scripts = [{"port": 20000 + i, "family": family, "operations": begin + [["receive_all"]]}
               for i, (family, begin) in enumerate(made)]
    for script, results in zip(scripts, run(sandbox, "other.test", scripts)):
        script["got"] = results[-1][2]
    rows = subprocess.run(events, stdout=subprocess.PIPE, check=False).stdout.splitlines()
    refused = [row for row in map(json.loads, rows) if row["verdict"] == "deny" and row["kind"] != "read"]
    for script in scripts:
        attempts = sum(row["count"] for row in refused if row["object"] == "other.test:%d" % script["port"])
        if script.get("got") != "ECONNRESET" or attempts != 1:
            different += 1
            print("refused: %s: %s, %d events" % (script["operations"], script.get("got"), attempts))
    for row in refused:
        if not row["object"].startswith("other.test:"):
            different += 1
            print("no denial: %s" % row)
    return different


def main():
    if sys.argv[1] == "play":
        play_all(sys.argv[2])
        return 0
    srt_top, seed, number = sys.argv[1:4]
    sandbox = [srt_top, "run", "-n", "t", "-s", "settings.json", "-m", "enforce", "--"]
    events = [srt_top, "events", "--json", "--name", "t"]
    maker = Maker(int(seed))
    with open("settings.json", "w", encoding="ascii") as file:
        json.dump(SETTINGS, file)
    made = WRONG_ONCE + [maker.make() for _ in range(int(number) - len(WRONG_ONCE))]
    different = compare(made, run_served([], made), run_served(sandbox, made))
    made = [(maker.chosen.choice(["four", "six", "mapped"]), maker.begin()) for _ in range(int(number) // 4)]
    different += compare_refused(sandbox, events, made)
    print("%s scripts, %d refused connections: %d differ" % (number, len(made), different))
    return 1 if different else 0


sys.exit(main())
