#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Servers inside: seen when they listen, and published while they run.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# A port that nobody listens on, in $FREE; none that the kernel gives away meanwhile (ip_local_port_range).
free_port() {
	for try in {1..50}; do
		FREE=$((10000 + (BASHPID + RANDOM + try) % 20000))
		! port_is_free "$FREE" || return 0
	done
	fail "no port is free"
}

port_is_free() {
	! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

serve_inside() { # serve_inside ARGUMENT...: the HTTP server of the demonstration, on port 8000
	settings "" "" "" "" ""
	run_bg -s settings.json -m enforce "$@" -- "$DEMO/origin" /dev/shm/port /dev/shm/log 8000
}

# Where the kernel cannot be asked, its table is read.
listeners_in_the_table() {
	SRT_TOP_WITHOUT=socket-diag serve_inside
	wait_for is_listed 127.0.0.1:8000 'listens inside' || fail "$(events)"
	is "$(events | jq -r 'select(.kind == "bind") | .object' | sort -u)" 127.0.0.1:8000 listeners
	stop
}

stop() {
	kill "$RUN"
	wait_run
}

is_listed() { # is_listed OBJECT WORDS [SESSIONS]: by so many sessions, or one
	[ "$(event_rows bind "$1" allow "(.why | contains(\"$2\")) and .pid > 0 and (.exe | endswith(\"/origin\"))" |
		jq -s 'map(.session) | unique | length')" -ge "${3:-1}" ]
}

listeners_are_seen() {
	local sessions=0

	for network in full proxy; do
		serve_inside --network "$network"
		sessions=$((sessions + 1))
		wait_for is_listed 127.0.0.1:8000 'listens inside; publish it with -p HOSTPORT:8000' "$sessions" ||
			fail "$network: $(events)"
		is "$(event_rows bind 127.0.0.1:8000 allow | jq -sc '[length, (map(.session) | unique | length)]')" \
			"[$sessions,$sessions]" "events, and sessions that they are of"
		# Our own are none of the program's.
		is "$(events | jq -r 'select(.kind == "bind") | .object' | sort -u)" 127.0.0.1:8000 listeners
		stop
	done
}

listeners_without_veth() {
	SRT_TOP_WITHOUT=veth serve_inside
	wait_for is_listed 127.0.0.1:8000 'listens inside' || fail "$(events)"
	is "$(events | jq -r 'select(.kind == "bind") | .object' | sort -u)" 127.0.0.1:8000 listeners
	stop
}

published_while_running() {
	local session bystander

	free_port
	serve_inside
	wait_for is_listed 127.0.0.1:8000 'listens inside' || fail "$(events)"
	session=$("$SRT_TOP" sessions --json | jq -r 'select(.live) | .id')
	must "$SRT_TOP" publish "$session" "$FREE:8000" >said
	is "$(<said)" "127.0.0.1:$FREE leads to port 8000 inside" "what is said"
	must curl -sSf -m 10 -o answer "http://127.0.0.1:$FREE/visit"
	has "$(<answer)" /visit "the answer"
	wait_for is_event bind 127.0.0.1:8000 allow "(.why | contains(\"published it as 127.0.0.1:$FREE\"))" ||
		fail "$(events)"
	# Once more: the port is taken now, and the session goes on.
	must_not "$SRT_TOP" publish t "$FREE:8000" 2>said
	has "$(<said)" 'Address already in use' "the second time"
	must curl -sSf -m 10 -o answer "http://127.0.0.1:$FREE/again"
	stop
	bystander=$("$SRT_TOP" publish "$session" "$FREE:8000" 2>&1)
	is "$?" 1 "status for a session that is gone"
	has "$bystander" "no session $session runs" "what is said"
	wait_for port_is_free "$FREE" || fail "still open"
}

misuse_is_said() {
	for words in "" "x" "x 1" "x 1:" "x 0:1" "x 1:65536" "x 1:2 3"; do
		# shellcheck disable=SC2086 # words
		"$SRT_TOP" publish $words 2>said
		is "$?" 2 "status of: publish $words"
	done
	"$SRT_TOP" publish nothing 80:80 2>said
	is "$?" 1 "status without a session"
}

a_stranger_line_ends_the_client_alone() {
	local socket

	serve_inside
	wait_for is_listed 127.0.0.1:8000 'listens inside' || fail "$(events)"
	socket=$(echo "$SRT_TOP_RUNTIME_DIR"/*.sock)
	python3 - "$socket" >said <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(b'{"type":"attach","v":1,"role":"script"}\n{"type":"publish","host_port":-1,"port":1e9}\n')
		data = b''
		while chunk := s.recv(4096):
		    data += chunk
		print(data.decode())
	END
	has "$(<said)" '"type":"error"' "what the client is told"
	must kill -0 "$RUN"
	stop
}

descriptors() {
	find "/proc/$RUN/fd" -mindepth 1 | wc -l
}

has_more_descriptors_than() {
	[ "$(descriptors)" -gt "$1" ]
}

no_visitor_waits_for_a_broker_that_is_gone() {
	local broker before

	free_port
	serve_inside
	wait_for is_listed 127.0.0.1:8000 'listens inside' || fail "$(events)"
	must "$SRT_TOP" publish t "$FREE:8000" >/dev/null
	broker=$(pgrep -P "$RUN" srt-top-broker)
	kill -STOP "$broker"
	before=$(descriptors)
	curl -sS -m 30 "http://127.0.0.1:$FREE/" >/dev/null 2>&1 &
	wait_for has_more_descriptors_than "$before" || fail "nobody was let in"
	kill -KILL "$broker"
	wait "$!"
	[ $? -ne 28 ] || fail "the visitor waited until its own deadline"
	must kill -0 "$RUN"
	stop
}

no_visitor_waits_for_a_server_that_does_not_answer() {
	local python

	python=$(type -P python3) || skip "python3 is not there"
	free_port
	settings "" "" "" "" ""
	# Its queue is full, and it takes nobody out of it; the other port tells that it is.
	run_bg -s settings.json -m enforce -p "$FREE:8000" -- "$python" -c '
import signal, socket
full = socket.socket()
full.bind(("127.0.0.1", 8000))
full.listen(0)
waiting = []
for i in range(4):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", 8000))
    waiting.append(s)
told = socket.socket()
told.bind(("127.0.0.1", 8001))
told.listen(1)
signal.pause()'
	wait_for is_event bind 127.0.0.1:8001 allow || fail "$(events)"
	must python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(30)
try:
    sys.exit(s.recv(1) != b"")
except ConnectionResetError:
    pass' "$FREE"
	must kill -0 "$RUN"
	stop
}

test_case 'what listens inside is an event that tells how to publish it' listeners_are_seen
test_case 'the same without veth, where we listen beside it' listeners_without_veth
test_case 'and without asking for what listens' listeners_in_the_table
test_case 'a port is published while its server runs' published_while_running
test_case 'a visitor does not wait for a broker that is gone' no_visitor_waits_for_a_broker_that_is_gone
test_case 'a visitor does not wait for ever for a server that does not answer' \
	no_visitor_waits_for_a_server_that_does_not_answer
test_case 'wrong use is said' misuse_is_said
test_case 'a bad request ends its client alone' a_stranger_line_ends_the_client_alone
test_end
