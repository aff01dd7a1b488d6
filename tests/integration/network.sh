#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Connections through the proxies: allowed, refused, asked about.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# The proxy variables say that loopback goes around the proxy; there is no other way out.
fetch='curl -sS --noproxy "" -m 20'

an_allowed_host_is_reached() {
	start_origin
	settings "" "" "" "" "127.0.0.1:$PORT"
	run -s settings.json -m enforce -- sh -c "$fetch http://127.0.0.1:$PORT/plain &&
		$fetch --proxytunnel http://127.0.0.1:$PORT/tunnel"
	is "$STATUS" 0 "exit status"
	is "$(<out)" $'origin: GET /plain\norigin: GET /tunnel' "output"
	must_not_be_denied "127.0.0.1:$PORT"
}

both_ports_speak_both() {
	start_origin
	settings "" "" "" "" 127.0.0.1
	# shellcheck disable=SC2016 # for the shell inside
	run -s settings.json -m enforce -- sh -c '
		own=${http_proxy#http://}
		for port in 3128 1080; do
			for kind in http socks5h; do
				curl -sS --noproxy "" -m 20 -x "$kind://${own%:*}:$port" "$0/$kind-$port"
				curl -sS --noproxy "" -m 20 -x "$kind://wrong:${own%%:*}@localhost:$port" "$0/wrong"
			done
		done' "http://127.0.0.1:$PORT"
	is "$(grep ^origin: out)" "origin: GET /http-3128
origin: GET /socks5h-3128
origin: GET /http-1080
origin: GET /socks5h-1080" "answers"
	has_not "$(<origin.log)" wrong "requests without the token"
}

what_a_rule_decides_is_counted() {
	start_origin
	must "$SRT_TOP" rules add --name t allow connect "127.0.0.1:$PORT"
	must "$SRT_TOP" rules add --name t deny write "$PWD/shut"
	: >shut
	settings "$PWD" "" "" "" ""
	run -s settings.json -m enforce -- sh -c "$fetch http://127.0.0.1:$PORT/one; $fetch http://127.0.0.1:$PORT/two
		echo x >$PWD/shut"
	is "$(<out)" $'origin: GET /one\norigin: GET /two' "output: $(<err)"
	is "$("$SRT_TOP" rules --json --name t | jq -c 'select(.kind == "connect") | [.hits, (.last_used != null)]')" \
		"[2,true]" "of the connections"
	is "$("$SRT_TOP" rules --json --name t | jq -c 'select(.kind == "write") | .hits')" 1 "of the write"
}

an_unlisted_host_is_refused() {
	start_origin
	settings "" "" "" "" "example.com"
	run -s settings.json -m enforce -- sh -c \
		"$fetch -i http://127.0.0.1:$PORT/plain; $fetch -i --proxytunnel http://127.0.0.1:$PORT/tunnel; true"
	has "$(<out)" "HTTP/1.1 403" "answer to a plain request"
	has "$(<out)" "X-Proxy-Error: blocked-by-allowlist" "the header that says who refused"
	has "$(<err)" "403" "what curl says of the tunnel"
	is "$(<origin.log)" "" "requests that arrived"
	must_be_denied connect "127.0.0.1:$PORT"
}

a_denied_host_is_refused_although_allowed() {
	local neighbour

	start_origin
	neighbour=$PORT
	rm origin.port
	start_origin
	settings "" "" "" "" "127.0.0.1" "127.0.0.1:$PORT"
	run -s settings.json -m ask -- sh -c \
		"$fetch -i http://127.0.0.1:$PORT/x; $fetch http://127.0.0.1:$neighbour/y"
	has "$(<out)" "HTTP/1.1 403" "answer"
	has "$(<out)" "origin: GET /y" "answer of the neighbour"
	has_not "$(<origin.log)" "/x" "requests that arrived"
	must_be_denied connect "127.0.0.1:$PORT"
	must_not_be_denied "127.0.0.1:$neighbour"
	is "$(pending)" "" "questions: an explicit deny is never asked about"
}

other_spellings_of_an_address_are_judged_alike() {
	start_origin
	settings "" "" "" "" "example.com"
	run -s settings.json -m enforce -- sh -c "for host in 127.1 2130706433 0x7f.0.0.1 '[::ffff:127.0.0.1]' localhost; do
		$fetch -i http://\$host:$PORT/; done; true"
	is "$(<origin.log)" "" "requests that arrived"
	has_not "$(<out)" "200 OK" "answers"
}

a_direct_connection_does_not_get_out() {
	start_origin
	settings "" "" "" "" "example.com"
	run -s settings.json -m enforce -- "$PROBE" connect 127.0.0.1 "$PORT"
	probe_says connect 127.0.0.1 ECONNREFUSED
	is "$(<origin.log)" "" "requests that arrived"
}

the_program_has_no_interface_of_the_host() {
	run -m enforce -- cat /proc/net/dev
	# Loopback, and at most one end of a pair that leads to the supervisor.
	[ "$(grep -c : out)" -le 2 ] || fail "interfaces: $(<out)"
	has "$(<out)" "lo:" "interfaces"
}

a_question_is_answered_and_the_request_goes_on() {
	start_origin
	run_bg -m ask --hold 20 -- sh -c "$fetch http://localhost:$PORT/asked; $fetch http://localhost:$PORT/again"
	answer connect "localhost:$PORT" allow
	wait_run
	is "$(<out)" $'origin: GET /asked\norigin: GET /again' "output"
	must_not_be_denied "localhost:$PORT"
	is "$(pending)" "" "questions left"
}

a_question_denied_refuses() {
	start_origin
	run_bg -m ask --hold 20 -- sh -c "$fetch -i http://localhost:$PORT/asked"
	answer connect "localhost:$PORT" deny
	wait_run
	has "$(<out)" "HTTP/1.1 403" "answer"
	is "$(<origin.log)" "" "requests that arrived"
	must_be_denied connect "localhost:$PORT"
}

a_tunnel_is_asked_about_too() {
	start_origin
	run_bg -m ask --hold 20 -- sh -c "$fetch --proxytunnel http://localhost:$PORT/tunnel"
	answer connect "localhost:$PORT" allow
	wait_run
	is "$(<out)" "origin: GET /tunnel" "output"
}

large_answers_come_whole() {
	start_origin
	settings "" "" "" "" "127.0.0.1:$PORT"
	run -s settings.json -m enforce -- sh -c \
		"$fetch -H 'X-Bytes: 20000000' http://127.0.0.1:$PORT/ | wc -c; $fetch --proxytunnel -H 'X-Bytes: 20000000' http://127.0.0.1:$PORT/ | wc -c"
	is "$(tr -d ' ' <out)" $'20000000\n20000000' "bytes"
}

a_unix_socket_of_the_host_is_out_of_reach() {
	local path

	# The control socket of the session itself is such a socket.
	mkdir "$HOME/work"
	settings "$HOME/work"
	run_bg -s settings.json -m enforce -- sh -c "while [ ! -e ~/work/go ]; do sleep 0.05; done; exec $PROBE unix \$(cat ~/work/go)"
	wait_for has_socket || fail "no control socket"
	path=$(echo "$SRT_TOP_RUNTIME_DIR"/*.sock)
	echo "$path" >"$HOME/work/go.new"
	mv "$HOME/work/go.new" "$HOME/work/go"
	wait_run
	must_not grep -q ': ok' out
	must grep -q "unix $path: E" out
}

has_socket() {
	compgen -G "$SRT_TOP_RUNTIME_DIR/*.sock" >/dev/null
}

test_case "an allowed host is reached by GET and by CONNECT" an_allowed_host_is_reached
test_case "HTTP and SOCKS, with the session's token, on either port" both_ports_speak_both
test_case "what a rule decides is counted" what_a_rule_decides_is_counted
test_case "an unlisted host is refused, and the refusal is in the history" an_unlisted_host_is_refused
test_case "deniedDomains beats allowedDomains" a_denied_host_is_refused_although_allowed
test_case "other spellings of an address do not get round the lists" \
	other_spellings_of_an_address_are_judged_alike
test_case "a connection around the proxies does not get out" a_direct_connection_does_not_get_out
test_case "no interface of the host is visible" the_program_has_no_interface_of_the_host
test_case "a request is held, allowed, and goes on" a_question_is_answered_and_the_request_goes_on
test_case "a request is held, denied, and refused" a_question_denied_refuses
test_case "a tunnel is held, allowed, and goes on" a_tunnel_is_asked_about_too
test_case "20 MB come whole, plain and through a tunnel" large_answers_come_whole
test_case "a unix socket of the host is out of reach" a_unix_socket_of_the_host_is_out_of_reach
test_end
