#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Connections of programs that know of no proxy, asked about: what each answer covers, and when.
HOSTS="good.test other.test sub.test a.sub.test b.sub.test"
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

NET_PROBE=$BUILD/tests/integration/helpers/net_probe
FLOOD=$BUILD/tests/integration/helpers/net_flood

begin() { # begin ALLOWED...: an origin and settings
	start_origin
	settings "" "" /etc/hosts "" "127.0.0.1:$PORT $*"
}

direct() { # direct HOLD COMMAND...: asking, without the proxy variables
	local hold=$1

	shift
	run_bg -s settings.json -m ask --hold "$hold" -- env -u HTTP_PROXY -u http_proxy -u ALL_PROXY -u all_proxy "$@"
}

once_is_for_what_waits() {
	begin
	direct 60 sh -c "$NET_PROBE parallel other.test $PORT 3; $NET_PROBE get other.test $PORT; echo end"
	wait_for waiters 3 || fail "not three wait: $(pending)"
	answer connect "other.test:$PORT" allow --for once
	wait_for said 'answered 3' || fail "not all were let through: $(<out)"
	wait_for waiters 1 || fail "the next was not asked about: $(pending)"
	answer connect "other.test:$PORT" deny --for once
	wait_for said end || fail "it did not end"
	has_not "$(<out)" 'HTTP/1.1 200' "the next one's answer"
	wait_run
}

a_late_answer_counts_for_the_next_try() {
	begin
	direct 1 sh -c "until $NET_PROBE get other.test $PORT; do :; done"
	wait_for tried_again || fail "the question does not outlive what was held: $(pending)"
	answer connect "other.test:$PORT" allow --for session
	wait_run
	has "$(<out)" 'HTTP/1.1 200' "the answer"
	is "$(pending)" "" "questions left"
	# And for that session alone.
	run -s settings.json -m enforce -- env -u HTTP_PROXY "$NET_PROBE" get other.test "$PORT"
	has_not "$(<out)" 'HTTP/1.1 200' "the answer in the next one"
}

tried_again() {
	[ -n "$(pending 2>/dev/null | jq 'select(.kind == "connect" and .count > 1)')" ]
}

who_gave_up_is_dropped() {
	begin good.test
	direct 60 sh -c "$FLOOD hold other.test $PORT 2 -; $NET_PROBE get good.test $PORT; exec sleep 60"
	wait_for waiters 2 || fail "not two wait: $(pending)"
	kill "$(pending | jq .pid)"
	wait_for waiters 0 || fail "those that are gone still wait: $(pending)"
	wait_for said 'HTTP/1.1 200' || fail "the bystander: $(<out)"
	kill "$RUN"
	wait_run
}

who_only_ended_its_sending_waits_on() {
	begin
	direct 60 bash -c "exec 3<>/dev/tcp/other.test/$PORT; printf 'GET /half HTTP/1.0\r\n\r\n' >&3; head -n 1 <&3"
	wait_for waiters 1 || fail "it does not wait: $(pending)"
	answer connect "other.test:$PORT" allow
	wait_run
	has "$(<out)" 'HTTP/1.1 200' "the answer"
}

a_domain_covers_its_hosts() {
	begin
	direct 60 sh -c "for host in a.sub.test b.sub.test sub.test; do $NET_PROBE get \$host $PORT; done"
	answer connect "a.sub.test:$PORT" allow --scope domain --for session
	answer connect "sub.test:$PORT" deny
	wait_run
	is "$(grep -c 'HTTP/1.1 200' out)" 2 "answers"
	must_not_be_denied "b.sub.test:$PORT"
}

a_host_covers_its_ports() {
	local first

	begin
	first=$PORT
	rm origin.port
	start_origin
	settings "" "" /etc/hosts "" "127.0.0.1"
	direct 60 sh -c "$NET_PROBE get other.test $first; $NET_PROBE get other.test $PORT"
	answer connect "other.test:$first" allow --scope host --for session
	wait_run
	is "$(grep -c 'HTTP/1.1 200' out)" 2 "answers"
}

always_is_for_the_next_run_too() {
	begin
	direct 60 "$NET_PROBE" get other.test "$PORT"
	answer connect "other.test:$PORT" allow --for always
	wait_run
	run -s settings.json -m enforce -- env -u http_proxy "$NET_PROBE" get other.test "$PORT"
	has "$(<out)" 'HTTP/1.1 200' "the next run"
}

a_row_says_how_it_was_come_by() {
	begin good.test
	run -s settings.json -m enforce -- env -u http_proxy -u HTTP_PROXY -u all_proxy -u ALL_PROXY sh -c \
		"curl -sS -m 20 -H 'Host: inside.test' http://good.test:$PORT/; $NET_PROBE get other.test $PORT"
	must_be_denied connect "other.test:$PORT" \
		'.syscall == "connect" and (.why | endswith("; the program ignored the proxy variables"))'
	must_be_denied connect "inside.test:$PORT" '.why | contains("named inside a connection to good.test")'
	is_event connect "good.test:$PORT" allow '.why | contains("inside.test is named inside")' ||
		fail "the name does not say what was seen: $(events)"
	run -s settings.json -m enforce -- curl -sS -m 20 "http://other.test:$PORT/"
	is_event connect "other.test:$PORT" deny '.syscall == null and (.why | contains("ignored") | not)' ||
		fail "the proxy was used: $(events)"
}

test_case "once is for what waits, and the next is asked about again" once_is_for_what_waits
test_case "a late answer counts for the next try" a_late_answer_counts_for_the_next_try
test_case "who gave up is dropped from the question" who_gave_up_is_dropped
test_case "who reads on is not taken for gone" who_only_ended_its_sending_waits_on
test_case "a domain covers its hosts, and not itself" a_domain_covers_its_hosts
test_case "a host covers its ports" a_host_covers_its_ports
test_case "always is for the next run, too" always_is_for_the_next_run_too
test_case "a row says that the proxy variables were ignored, and which host was seen" a_row_says_how_it_was_come_by
test_end
