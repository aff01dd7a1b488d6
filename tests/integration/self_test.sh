#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The self-test at each start: what is blind is said, and nothing inside or in the history shows it.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# The banner of the session that runs, "none" for null.
banner() {
	"$SRT_TOP" sessions --json | jq -r 'select(.live) | .banner // "none"'
}

runs() {
	[ -n "$(banner)" ] && [ "$("$SRT_TOP" sessions --json | jq -r 'select(.live) | .state')" = running ]
}

has_banner() { # has_banner TEXT
	[[ $(banner) == *"$1"* ]]
}

banner_of() { # banner_of ARGUMENT...: of a run with these, in $BANNER; with $WANTED, once it has that
	mkfifo hold
	# What the network does not see is known when there is one.
	run_bg "$@" -- sh -c 'getent hosts a.test >/dev/null; echo up; read -r line <hold'
	wait_for test -s out || fail "did not start: $(<err)"
	wait_for runs || fail "not among the sessions"
	# On a busy machine it is told a little later.
	wait_for has_banner "${WANTED:-}" || fail "banner: <$(banner)> has no <$WANTED>"
	BANNER=$(banner)
	echo >hold
	wait_run
	rm hold
	is "$STATUS" 0 status
}

# Something is hidden, so that reading is watched.
here_writable() {
	mkdir -p hidden
	settings "$PWD" "" "$PWD/hidden"
}

sees_all() {
	here_writable
	for arguments in "-m ask" "-m enforce" "-m enforce --network proxy"; do
		# shellcheck disable=SC2086 # words
		banner_of -s settings.json $arguments
		# Kernels before 6.6 are slower, not blind.
		[[ $BANNER == none || $BANNER == *"Before Linux"* ]] || fail "$arguments: $BANNER"
		has_not "$BANNER" unseen "$arguments"
	done
}

is_blind_and_says_so() {
	here_writable
	SRT_TOP_WITHOUT=path-notices banner_of -s settings.json -m enforce
	has "$BANNER" 'Writes are refused unseen.' banner
	has "$BANNER" 'Reads of what is hidden are refused unseen.' banner
	has_not "$BANNER" 'Calls that no sandbox allows' banner
	settings "$PWD"
	SRT_TOP_WITHOUT=path-notices banner_of -s settings.json -m enforce
	has "$BANNER" 'Writes are refused unseen.' banner
	has_not "$BANNER" 'Reads of what is hidden' "banner where nothing is"
	here_writable
	SRT_TOP_WITHOUT=veth WANTED='No veth devices' banner_of -s settings.json -m enforce
	has "$BANNER" 'No veth devices' banner
	has_not "$BANNER" unseen banner
	SRT_TOP_WITHOUT=sync-wake-up,veth WANTED='No veth devices' banner_of -s settings.json -m enforce
	has "$BANNER" 'Before Linux 6.6' banner
	has "$BANNER" 'No veth devices' banner
}

leaves_no_trace() {
	here_writable
	run -s settings.json -m enforce -- sh -c 'ls -d /proc/[0-9]*; echo $$; ls -A .'
	is "$STATUS" 0 status
	is "$(grep -c "^/proc/[0-9]*$" out)" 2 "processes inside: the first and the shell"
	has "$(<out)" $'\n2\n' "the program is the second process"
	is "$(events)" "" events
	[ -z "$(find "$SRT_TOP_RUNTIME_DIR" -name '*test*')" ] || fail "something was made outside"
}

# One's own program is readable by capability, whatever its mode, so it takes a foreign one, and a
# root that has no capability over it.
an_unreadable_program_is_said() {
	here_writable
	chmod 755 . ..
	cp "$(type -P cat)" ./unreadable && chown 65534 unreadable && chmod 111 unreadable
	mkfifo hold
	SRT_TOP_PLAIN=$SRT_TOP
	SRT_TOP=$PWD/without_ptrace
	printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_ptrace %s "$@"\n' "$SRT_TOP_PLAIN" >"$SRT_TOP"
	chmod 755 "$SRT_TOP"
	SRT_TOP_WITHOUT=fuse run_bg -s settings.json -m enforce -- sh -c 'echo up; ./unreadable /etc/hostname >/dev/null; read -r line <hold'
	SRT_TOP=$SRT_TOP_PLAIN
	wait_for test -s out
	says() { [[ $(banner) == *"cannot be read"* ]]; }
	WAIT_SECONDS=5 wait_for says || fail "banner: $(banner)"
	echo >hold
	wait_run
}

nonsense_is_not_unseen() {
	here_writable
	mkfifo hold
	run_bg -s settings.json -m enforce -- sh -c 'python3 -c "
import ctypes
libc = ctypes.CDLL(None)
for path in (None, b\"\"):
    print(libc.open(path, 1))
"; read -r line <hold'
	wait_for said -1 || fail "did not run: $(<err)"
	is "$(banner | grep -c unseen)" 0 "in the banner: $(banner)"
	echo >hold
	wait_run
}

nested_is_refused() {
	jq -n --arg here "$PWD" '{network: {allowedDomains: [], deniedDomains: []},
		filesystem: {allowWrite: [$here], denyWrite: [], denyRead: []},
		allowNestedUserNamespaces: true}' >settings.json
	for file in "$PWD/settings.json" ""; do
		run ${file:+-s "$file"} -m enforce -- env SRT_TOP_RUNTIME_DIR=/dev/shm/tmp/run HOME="$PWD" \
			sh -c 'mkdir -m 700 -p /dev/shm/tmp/run; "$@"; echo status $?' sh \
			"$SRT_TOP" run -m enforce -- sh -c 'echo RAN'
		has "$(<out)" 'status 125' "status of the inner one"
		has_not "$(<out)" RAN "the inner command"
		has "$(<err)" 'the inside of a sandbox that is watched already' "what is said"
	done
}

doctor_says() {
	"$SRT_TOP" doctor --json >doctor.json
	jq -e '.items[] | select(.item == "self-test") | .ok' doctor.json >/dev/null || fail "$(<doctor.json)"
	SRT_TOP_WITHOUT=path-notices "$SRT_TOP" doctor --json >doctor.json
	has "$(jq -r '.items[] | select(.item == "sight") | .found' doctor.json)" 'Writes are refused unseen.' sight
	is "$(jq '.items[] | select(.item == "sight") | .ok' doctor.json)" false sight
	is "$("$SRT_TOP" sessions --json)" "" "sessions in the history"
	no_pids_with "$PWD/run" || fail "left running"
}

# What keeps a program from starting where the sandbox does not hold is the shim, which is told to
# start it before anybody has heard how the test went.
nothing_starts_where_a_call_is_not_refused() {
	local drive=$BUILD/tests/integration/helpers/drive_shim shim=$BUILD/srt-shim

	must "$drive" "$shim" refuses 1 sh -c ': >ran; exit 7' >out
	is "$(tr '\n' ' ' <out)" "listener 0 tested 0 started 2 ended 7 exit 7 " "where it is refused"
	must rm ran
	must "$drive" "$shim" allows 1 sh -c ': >ran; exit 7' >out
	is "$(tr '\n' ' ' <out)" "listener 0 tested 1 exit 125 " "where it is not"
	must_not test -e ran
	# The network is tested when there is one.
	must "$drive" "$shim" allows-late 1 sleep 600 >out
	is "$(tr '\n' ' ' <out)" "listener 0 started 2 tested 1 exit 125 " "where it is not, later"
}

test_case 'each sensor sees its test' sees_all
test_case 'what is blind is in the banner' is_blind_and_says_so
test_case 'the program and the history see nothing of it' leaves_no_trace
[ "$(id -u)" -ne 0 ] || test_case 'a program that cannot be read is in the banner' an_unreadable_program_is_said
test_case 'nothing starts where a call is not refused' nothing_starts_where_a_call_is_not_refused
test_case 'a call that names nothing is not unseen' nonsense_is_not_unseen
test_case 'a sandbox in a watched sandbox is refused with a reason' nested_is_refused
test_case 'doctor tells what is blind' doctor_says
test_end
