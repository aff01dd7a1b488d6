#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Programs that do their worst to the network they are given: it stays bounded, and a bystander in the
# same sandbox gets its answer. Nothing here is about time.
HOSTS="good.test other.test"
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

NET_PROBE=$BUILD/tests/integration/helpers/net_probe
FLOOD=$BUILD/tests/integration/helpers/net_flood

begin() { # begin ALLOWED...: an origin for the bystander, one that takes and says nothing, settings
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 9500 ] || skip "too few descriptors"
	start_origin
	"$FLOOD" "${SINK_MODE:-sink}" sink.port &
	wait_for test -s sink.port || fail "no sink"
	SINK=$(<sink.port)
	settings "" "" /etc/hosts "" "127.0.0.1 $*"
}

flood() { # flood MODE COMMAND...: under srt-top, without the proxy variables
	local mode=$1

	shift
	run_bg -s settings.json -m "$mode" --hold 60 -- env -u http_proxy -u all_proxy -u ALL_PROXY "$@"
}

done_or_gone() {
	said "done" || gone "$RUN"
}

descriptors() {
	find "/proc/$RUN/fd" -mindepth 1 | wc -l
}

# Of what the supervisor keeps itself; the socket buffers are the kernel's.
kilobytes() {
	awk '/^Pss:/ { print $2 }' "/proc/$RUN/smaps_rollup"
}

bounded() { # bounded KILOBYTES DESCRIPTORS
	# A sanitizer keeps what was freed.
	grep -qa __asan_init "$SRT_TOP" || [ "$(kilobytes)" -lt "$1" ] || fail "memory: $(kilobytes) kB, not below $1"
	[ "$(descriptors)" -lt "$2" ] || fail "descriptors: $(descriptors), not below $2"
}

end() {
	kill "$RUN"
	wait_run
}

a_thousand_are_held() {
	begin good.test
	flood ask "$FLOOD" hold other.test "$SINK" 1000 - "$NET_PROBE" get good.test "$PORT"
	wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	wait_for waiters 1000 || fail "not all are held: $(pending)"
	bounded 20480 1200
	is "$(pending | wc -l)" 1 "questions"
	answer connect "other.test:$SINK" deny
	wait_for said "ended: 1000" || fail "not all were refused"
	wait_run
}

more_are_refused_and_counted() {
	begin good.test
	flood ask "$FLOOD" hold other.test "$SINK" 1500 - "$NET_PROBE" get good.test "$PORT"
	wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	wait_for waiters 1024 || fail "not 1024 are held: $(pending)"
	must_be_denied connect "other.test:$SINK" '(.why | startswith("too many connections wait")) and .count >= 1'
	bounded 20480 1300
	end
}

slow_clients_of_the_proxy() {
	begin good.test
	flood enforce sh -c "$FLOOD proxy 6000 'GET http://good.test/ HT' \
		curl -sS --noproxy '' -x \$HTTP_PROXY http://good.test:$PORT/bystander"
	wait_for done_or_gone
	has "$(<out)" 'origin: GET /bystander' "the bystander's answer"
	must_be_denied connect "*" '.why | startswith("too many connections: one that asked for nothing")'
	bounded 40960 5500
	end
}

oversized_heads() {
	begin good.test
	flood enforce sh -c "head -c 60000 /dev/zero | tr '\0' x >/dev/shm/x; \
		$FLOOD proxy 1000 \"GET http://good.test/\$(cat /dev/shm/x)\" \
		curl -sS --noproxy '' -x \$HTTP_PROXY http://good.test:$PORT/bystander"
	wait_for said "ended: 1000" || fail "not all were refused"
	has "$(<out)" 'origin: GET /bystander' "the bystander's answer"
	wait_run
}

slow_connections_without_a_proxy() {
	begin good.test
	flood enforce "$FLOOD" hold good.test "$SINK" 1000 'GET / HTTP/1.1\nHost: go' \
		"$NET_PROBE" get good.test "$PORT"
	wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	bounded 30720 2300
	end
}

half_open_connections() {
	begin good.test
	flood enforce "$FLOOD" half good.test "$SINK" 1000 "$NET_PROBE" get good.test "$PORT"
	wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	bounded 20480 2300
	end
}

all_ports() {
	begin good.test
	flood enforce sh -c "$FLOOD ports other.test; $NET_PROBE get good.test $PORT; echo done; sleep 60"
	WAIT_SECONDS=120 wait_for done_or_gone
	has "$(<out)" 'tried: 65535' "the flood"
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	bounded 40960 1300
	must_be_denied connect "other.test:65535"
	end
}

datagrams() {
	begin good.test
	flood enforce sh -c "$FLOOD udp other.test 300000; $NET_PROBE get good.test $PORT; echo done; sleep 60"
	WAIT_SECONDS=120 wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	must_be_denied connect "*" '.why == "more packets than are shown one by one"'
	[ "$(events | grep -c UDP)" -lt 100000 ] || fail "an event for every packet"
	bounded 30720 200
	end
}

connections_that_come_and_go() {
	SINK_MODE=drain
	begin good.test
	flood enforce sh -c "$FLOOD churn good.test $SINK 5000; $FLOOD churn other.test $SINK 5000
		$NET_PROBE get good.test $PORT; echo done; sleep 60"
	WAIT_SECONDS=120 wait_for done_or_gone
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	must_be_denied connect "other.test:$SINK"
	wait_for few_descriptors || fail "descriptors: $(descriptors)"
	bounded 20480 200
	end
}

few_descriptors() {
	[ "$(descriptors)" -lt 200 ]
}

names_without_end() {
	begin good.test
	flood enforce sh -c "getent ahostsv4 good.test >/dev/null; $FLOOD names 24000
		$NET_PROBE get good.test $PORT; echo done; sleep 60"
	WAIT_SECONDS=120 wait_for done_or_gone
	has "$(<out)" 'some refused: yes' "the flood"
	has "$(<out)" 'HTTP/1.1 200' "the bystander's answer"
	must_be_denied connect "*" '.why | startswith("more names")'
	bounded 20480 200
	end
}

test_case "1000 connections are held in less than 20 MiB" a_thousand_are_held
test_case "beyond 1024 held connections, more are refused and counted" more_are_refused_and_counted
test_case "slow clients of the proxy make room" slow_clients_of_the_proxy
test_case "oversized heads are refused" oversized_heads
test_case "slow connections without a proxy" slow_connections_without_a_proxy
test_case "half-open connections" half_open_connections
test_case "a connection to every port" all_ports
test_case "a flood of datagrams" datagrams
test_case "connections that come and go as fast as they can" connections_that_come_and_go
test_case "more names than there may be" names_without_end
test_end
