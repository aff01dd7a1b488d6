#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A name service of the host's that never answers: whoever waits for it waits alone, and not for ever.
# The script's own network namespace has a server that swallows every query, and a configuration that
# would have the C library wait for it longer than srt-top does.
HOSTS="good.test"
if [ -z "${SRT_TEST_SILENT:-}" ]; then
	resolver=$(mktemp /tmp/srt-top-resolver.XXXXXX) || exit 1
	trap 'rm -f "$resolver"' EXIT
	printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:3\n' >"$resolver"
	chmod 644 "$resolver"
	map=(--map-current-user --keep-caps)
	[ "$(id -u)" -ne 0 ] || map=()
	SRT_TEST_SILENT=1 unshare "${map[@]}" --mount --net bash -c '
		mount --bind "$1" /etc/resolv.conf && echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start &&
		python3 -c "
import fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
    fcntl.ioctl(any, 0x8914, struct.pack(\"16sh14x\", b\"lo\", 0x49)) # SIOCSIFFLAGS: up
" && shift && exec "$@"' bash "$resolver" "$0" "$@"
	exit
fi
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

NET_PROBE=$BUILD/tests/integration/helpers/net_probe
FLOOD=$BUILD/tests/integration/helpers/net_flood

start_silence() { # the names that were asked for go to file asked
	cat >silence.py <<-'END'
		import socket
		silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		silent.bind(("127.0.0.1", 53))
		print("up", flush=True)
		while True:
		    query = silent.recv(512)[12:]
		    print(query[1:1 + query[0]].decode(), flush=True)
	END
	python3 silence.py "$PWD" >asked &
	wait_for said up asked || fail "no name service"
}

descriptors() {
	find "/proc/$RUN/fd" -mindepth 1 | wc -l
}

kilobytes() {
	awk '/^Pss:/ { print $2 }' "/proc/$RUN/smaps_rollup"
}

# Two hundred connections by name and a few requests to the proxy, of names that nobody tells; then of one that
# is known.
who_waits_waits_alone() {
	start_silence
	start_origin
	settings "" "" /etc/hosts "" "127.0.0.1 good.test *.silent.test"
	run_bg -s settings.json -m enforce -- sh -c '
		for i in 1 2 3 4; do
			curl -sS --noproxy "" -o /dev/null -w "proxied: %{http_code}\n" http://p$i.silent.test/ &
		done
		http_proxy= HTTP_PROXY= ALL_PROXY= all_proxy= "$1" hold x.silent.test 80 200 - "$2" get good.test "$3"
		wait; echo all ended' - "$FLOOD" "$NET_PROBE" "$PORT"
	wait_for said 'HTTP/1.1 200' || fail "the bystander has no answer: $(<err)"
	wait_for said x asked || fail "the held name was not asked for: $(<asked)"
	wait_for said p4 asked || fail "not asked for all names: $(<asked)"
	has_not "$(<out)" proxied output
	[ "$(descriptors)" -lt 500 ] || fail "descriptors: $(descriptors)"
	[ "$(find "/proc/$RUN/task" -mindepth 1 -maxdepth 1 | wc -l)" -lt 16 ] || fail "threads: $(ls "/proc/$RUN/task")"
	grep -qa __asan_init "$SRT_TOP" || [ "$(kilobytes)" -lt 20480 ] || fail "memory: $(kilobytes) kB"
	# Nobody waits longer than the limit: the C library would, for three times as long.
	SECONDS=0
	WAIT_SECONDS=60 wait_for said 'all ended' || fail "they wait on: $(<out)"
	[ "$SECONDS" -lt 50 ] || fail "it took $SECONDS s"
	is "$(grep -c 'proxied: 502' out)" 4 "the proxy's answers: $(<out)"
	has "$(<out)" 'ended: 200' output
	wait_run
}

test_case "a name service that never answers holds up who waits for it" who_waits_waits_alone
test_end
