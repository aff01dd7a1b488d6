#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Programs that know of no proxy: names, connections by name, what is refused and seen.
HOSTS="good.test other.test a.sub.test b.sub.test"
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

NET_PROBE=$BUILD/tests/integration/helpers/net_probe

# Without the variables a program has no idea of a proxy.
direct() { # direct COMMAND...: run it in enforce mode with the settings, and no proxy variables
	run -s settings.json "${MODE[@]}" -- env -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u http_proxy \
		-u https_proxy -u all_proxy "$@"
}
MODE=(-m enforce)

allow() { # allow ENTRY...: these hosts; the origin's address is one that names may lead to
	# Inside, the names are to come from the stub and not from the host's file.
	settings "" "" /etc/hosts "" "127.0.0.1:${PORT:-1} $*"
}

names_have_addresses() {
	allow
	direct sh -c 'getent ahostsv4 good.test; getent ahostsv6 good.test; getent hosts no.such.test
		getent ahostsv4 good.test'
	is "$STATUS" 0 "status"
	is "$(grep -c '^198[.]18[.]' out)" 6 "IPv4 addresses"
	has "$(<out)" 'fd00:5372:7400::' "IPv6 addresses"
	is "$(grep '^198' out | awk '{ print $1 }' | sort -u | wc -l)" 1 "addresses of one name"
}

names_come_by_tcp_and_back() {
	allow
	direct sh -c 'RES_OPTIONS=use-vc getent -s dns ahostsv4 good.test; getent -s dns hosts 198.18.0.1'
	is "$(awk '/STREAM/ { print $1 }' out)" 198.18.0.1 "the address, by TCP"
	is "$(awk 'END { print $1, $2 }' out)" "198.18.0.1 good.test" "the name of the address"
}

every_address_is_a_name_server() {
	allow
	direct sh -c "for server in 192.0.2.53 2001:db8::53 ::ffff:192.0.2.53; do $NET_PROBE ask \$server; done"
	is "$(<out)" $'198.18.0.1\n198.18.0.1\n198.18.0.1' "the answers"
}

# The kernel may be busy with others' networks: what is asked first is lost where nobody waits for
# its end of the pair.
the_first_question_is_answered() {
	local i pids=()

	allow
	for i in {1..96}; do
		"$SRT_TOP" run -n "t$i" -s settings.json -m enforce -- "$NET_PROBE" ask 192.0.2.53 >"answer.$i" 2>&1 &
		pids+=($!)
		[ $((i % 8)) -ne 0 ] || { wait "${pids[@]}"; pids=(); }
	done
	is "$(sort answer.* | uniq -c | tr -s ' ')" " 96 198.18.0.1" "the answers"
}

node_s_resolvers() {
	type -P node >/dev/null || skip "node is not there"
	cat >names.js <<-'END'
		const dns = require('dns').promises;
		const other = new dns.Resolver();
		other.setServers(['192.0.2.53', '[2001:db8::53]']);
		(async () => {
			console.log('lookup', (await dns.lookup('good.test', { family: 4 })).address);
			console.log('c-ares', await dns.resolve4('good.test'), await dns.resolve6('good.test'));
			console.log('other server', await other.resolve4('good.test'), await other.reverse('198.18.0.1'));
			for (const type of ['TXT', 'MX', 'SRV', 'CAA'])
				console.log(type, await dns.resolve('good.test', type).catch((e) => e.code));
			const answer = await fetch('http://good.test:' + process.argv[2] + '/node');
			console.log('fetch', answer.status);
		})();
	END
	start_origin
	allow good.test
	direct node names.js "$PORT"
	is "$(<out)" "lookup 198.18.0.1
c-ares [ '198.18.0.1' ] [ 'fd00:5372:7400::1' ]
other server [ '198.18.0.1' ] [ 'good.test' ]
TXT ENODATA
MX ENODATA
SRV ENODATA
CAA ENODATA
fetch 200" "what node finds: $(<err)"
	is_event connect "good.test:$PORT" allow '.exe | endswith("/node")' || fail "no event: $(events)"
}

python_s_resolver() {
	local python

	python=$(PATH=/usr/bin:/bin command -v python3) || skip "python3 is not there"
	cat >names.py <<-'END'
		import socket, sys, urllib.request
		print(sorted({a[4][0] for a in socket.getaddrinfo("good.test", 80)}))
		print(urllib.request.urlopen("http://good.test:%s/python" % sys.argv[1]).status)
	END
	start_origin
	allow good.test
	direct "$python" names.py "$PORT"
	is "$(<out)" "['198.18.0.1', 'fd00:5372:7400::1']
200" "what python finds: $(<err)"
}

# Nothing of the C library's name service that others have, and nothing that could be preloaded.
a_static_program_of_another_library() {
	type -P musl-gcc >/dev/null || skip "machine: no musl-gcc"
	must musl-gcc -static -std=gnu11 -D_GNU_SOURCE -Dstrerrorname_np=strerror -w -o static_probe \
		"$TOP/tests/integration/helpers/net_probe.c"
	start_origin
	allow good.test
	direct sh -c "./static_probe get good.test $PORT; ./static_probe parallel good.test $PORT 5; ./static_probe get other.test $PORT"
	has "$(<out)" 'HTTP/1.1 200' "the answer"
	has "$(<out)" 'answered 5' "answers at once"
	is_event connect "good.test:$PORT" allow '.exe | endswith("/static_probe")' || fail "no event: $(events)"
	must_be_denied connect "other.test:$PORT" '.exe | endswith("/static_probe")'
}

# Its resolver asks the name servers by itself, and its calls are its own.
a_static_go_program() {
	type -P go >/dev/null || skip "machine: no go"
	mkdir probe
	cat >probe/main.go <<-'END'
		package main

		import (
			"fmt"
			"net"
			"net/http"
			"os"
		)

		func main() {
			addresses, err := net.LookupHost("good.test")
			fmt.Println(addresses, err)
			for _, host := range []string{"good.test", "other.test"} {
				answer, err := http.Get("http://" + host + ":" + os.Args[1] + "/go")
				if err != nil {
					fmt.Println("failed")
				} else {
					fmt.Println(answer.Status)
				}
			}
		}
	END
	(cd probe && printf 'module probe\n' >go.mod && CGO_ENABLED=0 GOCACHE=$PWD/cache go build -o ../go_probe .) ||
		fail "go cannot build it"
	start_origin
	allow good.test
	direct ./go_probe "$PORT"
	has "$(<out)" 198.18.0. "the address"
	has "$(<out)" "200 OK" "the answer"
	has "$(<out)" failed "the refusal"
	is_event connect "good.test:$PORT" allow '.exe | endswith("/go_probe")' || fail "no event: $(events)"
	must_be_denied connect "other.test:$PORT" '.exe | endswith("/go_probe")'
}

allowed_by_name() {
	start_origin
	allow good.test
	direct sh -c "$NET_PROBE get good.test $PORT; curl -sS -4 http://good.test:$PORT/four; curl -sS -6 http://good.test:$PORT/six"
	has "$(<out)" 'peer is as wanted, TCP_NODELAY is on' "the socket"
	has "$(<out)" 'HTTP/1.1 200' "the answer"
	has "$(<origin.log)" /four "IPv4"
	has "$(<origin.log)" /six "IPv6"
	must_not_be_denied "good.test:$PORT"
	is_event connect "good.test:$PORT" allow '(.exe | length) > 0' || fail "no event: $(events)"
}

nothing_is_paced_on_the_way_to_us() {
	allow
	direct sh -c 'getent hosts good.test >/dev/null; cat /proc/sys/net/ipv4/tcp_congestion_control'
	is "$(<out)" reno "congestion control inside"
}

refused_by_name() {
	start_origin
	allow good.test
	direct sh -c "curl -sS -m 20 http://other.test:$PORT/; echo \$?; curl -sS -m 20 http://192.0.2.77:81/; echo \$?"
	is "$(tail -n 1 out)" 56 "curl's status for a reset"
	has_not "$(<out)" 28 "a timeout"
	must_be_denied connect "other.test:$PORT" '(.exe | endswith("/curl")) and .pid > 0'
	must_be_denied connect "192.0.2.77:81"
	is "$(<origin.log)" "" "what the origin saw"
}

the_host_that_is_named_inside_counts_too() {
	start_origin
	allow good.test
	direct sh -c "curl -sS -m 20 -H 'Host: other.test' http://good.test:$PORT/; echo \$?
		curl -sS -m 20 -k --connect-to other.test:443:good.test:$PORT https://other.test/; echo \$?
		printf 'GET / HTTP/1.1\r\nHost: other.test\r\n\r\n' >request
		(sleep 0.3; cat request) | timeout 20 bash -c 'exec 3<>/dev/tcp/good.test/$PORT; cat >&3; cat <&3'; true"
	is "$(<origin.log)" "" "what the origin saw"
	must_be_denied connect "other.test:$PORT"
}

# Before it was judged: the rules say all the same what it would have been.
who_hangs_up_at_once_is_judged() {
	start_origin
	allow good.test
	direct sh -c "$NET_PROBE reset good.test $PORT; $NET_PROBE reset other.test $PORT"
	must_be_denied connect "other.test:$PORT"
	must_not_be_denied "good.test:$PORT"
	is_event connect "good.test:$PORT" allow '.count == 1' || fail "no event: $(events)"
}

an_address_is_judged_as_one() {
	start_origin
	settings "" "" "" "" "192.0.2.9:$PORT"
	direct sh -c "curl -sS -m 20 http://192.0.2.8:$PORT/; true"
	must_be_denied connect "192.0.2.8:$PORT"
}

asked_and_allowed_while_it_waits() {
	start_origin
	allow
	run_bg -s settings.json --hold 60 -- env -u http_proxy -u HTTP_PROXY -u all_proxy -u ALL_PROXY \
		"$NET_PROBE" parallel good.test "$PORT" 5
	wait_for waiters 5 || fail "not five connections wait for one question: $(pending)"
	is "$(pending | wc -l)" 1 "questions"
	has "$(pending | jq -c .scopes)" '"exact","host"' "scopes"
	answer connect "good.test:$PORT" allow --scope host --for always
	wait_run
	is "$(<out)" "answered 5" "connections"
	run -s settings.json -m enforce -- env -u http_proxy "$NET_PROBE" get good.test "$PORT"
	has "$(<out)" 'HTTP/1.1 200' "the next run"
}

many_at_once() {
	start_origin
	allow good.test
	direct "$NET_PROBE" parallel good.test "$PORT" 64
	is "$(<out)" "answered 64" "connections"
}

no_data_in_the_first_packet() {
	start_origin
	allow good.test
	direct "$NET_PROBE" fastopen good.test "$PORT"
	is "$(<out)" "fastopen: EOPNOTSUPP" "fast open"
}

datagrams_are_refused_and_seen() {
	allow good.test
	direct sh -c "$NET_PROBE udp good.test 443; $NET_PROBE udp 192.0.2.5 5060"
	is "$(<out)" $'answer: ECONNREFUSED\nanswer: ECONNREFUSED' "what the program sees"
	must_be_denied connect good.test:443 '.why | startswith("UDP")'
	must_be_denied connect 192.0.2.5:5060 '.why | startswith("UDP")'
}

no_packets_of_its_own_making() {
	allow
	direct "$NET_PROBE" packets
	is "$(<out)" "raw: EPERM
raw6: EPERM
icmp: EACCES
icmp6: EACCES
packet: EPERM
netlink: ok" "what the program sees"
	must_be_denied unix 'socket(AF_INET, SOCK_RAW)' '.count == 1 and (.exe | endswith("/net_probe"))'
	must_be_denied unix 'socket(AF_INET6, SOCK_RAW)' '.count == 1'
	must_be_denied unix 'socket(AF_INET, IPPROTO_ICMP)' '.count == 1'
	must_be_denied unix 'socket(AF_INET6, IPPROTO_ICMPV6)' '.count == 1'
	must_be_denied unix 'socket(AF_PACKET)' '.count == 1'
	has_not "$(events)" NETLINK "events"
}

its_own_servers_are_its_own() {
	start_origin
	allow good.test
	direct "$NET_PROBE" serve "$PORT" good.test
	is "$(<out)" "HTTP/1.1 200 OK" "the answer of the origin, not of its own server"
}

the_network_cannot_be_undone() {
	allow
	direct sh -c 'ip link set eth0 down; ip route del default; ip addr add 192.0.2.1/24 dev eth0; ip link add x type dummy
		echo 1 >/proc/sys/net/ipv4/ip_forward
		unshare -Urn ip link set lo up; nsenter -t 1 -n true; grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status'
	has_not "$(<out)" "dummy" "links"
	if [ "$(id -u)" -ne 0 ]; then
		is "$(awk '{ print $2 }' out | sort -u)" 0000000000000000 "capabilities"
	fi
	direct sh -c 'getent hosts good.test >/dev/null; cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d " \n"'
	is "$(<out)" "loeth0" "interfaces"
}

the_proxy_is_there_as_well() {
	start_origin
	allow good.test
	run -s settings.json -m enforce -- sh -c "curl -sS --noproxy '' http://good.test:$PORT/proxied; echo \$?"
	has "$(<origin.log)" /proxied "the request"
}

names_work_without_a_configuration() {
	settings "" "" /etc "" good.test
	direct sh -c 'getent -s dns ahostsv4 good.test | head -n 1; ls /etc'
	has "$(<out)" 198.18. "the address"
}

the_host_has_no_search_list_inside() {
	allow
	direct cat /etc/resolv.conf
	is "$(<out)" "nameserver 198.19.255.1" "the configuration"
}

# A host with a name service of its own, as far as programs see it; then a command.
with_name_service() { # with_name_service COMMAND...
	local map=(--map-current-user --keep-caps)
	[ "$(id -u)" -ne 0 ] || map=()
	# shellcheck disable=SC2016 # for the other shell
	unshare "${map[@]}" --mount bash -c 'mount -t tmpfs tmpfs /run && mkdir /run/nscd || exit 1
		"$1" /run/nscd/socket & server=$!
		until [ -S /run/nscd/socket ]; do kill -0 $server || exit 1; done
		shift; setpriv --inh-caps=-all "$@"; status=$?; kill $server; exit $status' bash \
		"$BUILD/tests/integration/helpers/unix_server" "$@"
}

the_hosts_name_services_are_not_there() {
	allow good.test
	with_name_service "$SRT_TOP" run -n t -s settings.json -m learn --hold 20 -- sh -c \
		"$PROBE unix /run/nscd/socket , unix /var/run/nscd/socket; getent ahostsv4 good.test" >out 2>err
	probe_says unix /run/nscd/socket ENOENT
	has "$(<out)" 198.18. "names are the session's"
	has_not "$(events)" nscd "events: there would be one for every name"
	# Judged like any other where names are the host's affair, and where the settings name it.
	with_name_service "$SRT_TOP" run -n t -s settings.json -m enforce --network proxy -- \
		"$PROBE" unix /run/nscd/socket >out 2>err
	probe_says unix /run/nscd/socket EACCES
	jq '.network.allowUnixSockets = ["/run/nscd"]' settings.json >named.json
	with_name_service "$SRT_TOP" run -n t -s named.json -m enforce -- "$PROBE" greeting /run/nscd/socket >out 2>err
	probe_says greeting /run/nscd/socket ok
	jq '.network.allowAllUnixSockets = true' settings.json >all.json
	with_name_service "$SRT_TOP" run -n t -s all.json -m enforce -- "$PROBE" unix /run/nscd/socket >out 2>err
	probe_says unix /run/nscd/socket ECONNREFUSED
}

published_ports_are_reached() {
	local port

	start_origin # for a free port
	port=$PORT
	kill "$(jobs -p | tail -n 1)"
	wait_for port_is_free "$port" || fail "the port is not free"
	settings "" "" "" "" ""
	run_bg -s settings.json -m enforce -p "$port:8000" -- "$DEMO/origin" /dev/shm/port /dev/shm/log 8000
	wait_for curl -sSf -m 5 -o answer "http://127.0.0.1:$port/visit" || fail "not reached: $(<err)"
	has "$(<answer)" /visit "the answer"
	kill "$RUN"
	wait_run
	run -p "x:1" -- true
	is "$STATUS" 125 "status for a bad port"
}

port_is_free() {
	! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Whoever looks for addresses first, by netlink, finds them: the C library asks for none that it could not use.
made_when_it_is_wanted() {
	allow good.test
	direct sh -c 'tail -n +3 /proc/net/dev | wc -l; ls /proc/self/fd >/dev/null'
	is "$(<out)" 1 "interfaces of who has no use for them"
	direct sh -c "$NET_PROBE addresses; tail -n +3 /proc/net/dev | wc -l"
	is "$(tail -n 1 out)" 2 "interfaces of who looks for them"
	[ "$(grep -vc -e '^127\.' -e '^::1$' -e '^fe80:' out)" -gt 1 ] || fail "addresses: $(<out)"
	must_not_be_denied '*'
}

# A socket of TCP alone is no reason; a connection of it is, and waits, however many there are.
made_for_the_first_connection() {
	local probe="$NET_PROBE get 192.0.2.8 81"

	allow
	direct sh -c "$NET_PROBE get 127.0.0.1 1; tail -n +3 /proc/net/dev | wc -l"
	is "$(<out)" "connected: ECONNREFUSED
1" "interfaces of who stays inside"
	direct sh -c "$probe & $probe & $probe & wait; tail -n +3 /proc/net/dev | wc -l"
	is "$(grep -c '^peer is as wanted' out)" 3 "connections that were taken: $(<out)"
	is "$(tail -n 1 out)" 2 "interfaces of who connects"
	must_be_denied connect "192.0.2.8:81" '(.why | startswith("nobody listens")) | not'
}

# Many at once, before there is one.
all_wait_for_it() {
	start_origin
	allow good.test
	direct sh -c "for i in 1 2 3 4 5 6 7 8; do $NET_PROBE get good.test $PORT & done; wait"
	is "$(grep -c 'HTTP/1.1 200' out)" 8 "answers: $(<out)"
}

without_one_the_program_goes_on() {
	start_origin
	allow good.test
	SRT_TOP_WITHOUT=network run -s settings.json -m enforce -- \
		sh -c "$NET_PROBE get good.test $PORT; curl -sS http://good.test:$PORT/by-proxy"
	has_not "$(<out)" 'peer is' "what does without the proxy"
	has "$(<origin.log)" /by-proxy "what does not: $(<out) $(<err)"
	must_be_denied connect '*' '.why | startswith("there is no network: ")'
}

the_proxy_alone_if_wanted() {
	allow
	run -s settings.json -m enforce --network proxy -- sh -c 'tail -n +3 /proc/net/dev | wc -l; getent ahostsv4 good2.test; true'
	is "$(<out)" 1 "interfaces, and no names"
}

as_upstream_unless_wanted() {
	"$SRT" -c 'tail -n +3 /proc/net/dev | wc -l' >out 2>err
	is "$(<out)" 1 "interfaces of srt"
	SRT_TOP_NETWORK=transparent "$SRT" -c 'getent ahostsv4 good.test | head -n 1; tail -n +3 /proc/net/dev | wc -l' >out 2>err
	is "$(tail -n 1 out)" 2 "interfaces with SRT_TOP_NETWORK"
	has "$(<out)" 127.0.0.1 "names of the hosts file"
}

without_veth() {
	export SRT_TOP_WITHOUT=veth

	start_origin
	allow good.test
	direct sh -c "tail -n +3 /proc/net/dev | wc -l; $NET_PROBE get x.good.test $PORT; curl -sS http://good.test:$PORT/four
		$NET_PROBE udp good.test 443"
	is "$(head -n 1 out)" 1 "interfaces"
	must_be_denied connect "x.good.test:$PORT"
	must_be_denied connect good.test:443 '.why | startswith("UDP")'
}

test_case "every name has addresses, always the same" names_have_addresses
test_case "names come by TCP too, and addresses have theirs" names_come_by_tcp_and_back
test_case "whatever name server is asked answers" every_address_is_a_name_server
test_case "the first question of each of many is answered" the_first_question_is_answered
test_case "node's resolvers, the C library's and its own" node_s_resolvers
test_case "python's resolver" python_s_resolver
test_case "a static program of another C library" a_static_program_of_another_library
test_case "a static Go program" a_static_go_program
test_case "a connection is allowed by its name" allowed_by_name
test_case "what a program sends is not paced" nothing_is_paced_on_the_way_to_us
test_case "a connection is refused by its name, at once" refused_by_name
test_case "the host that a connection names inside is judged, too" the_host_that_is_named_inside_counts_too
test_case "who hangs up at once is judged all the same" who_hangs_up_at_once_is_judged
test_case "an address is judged as an address" an_address_is_judged_as_one
test_case "five connections wait for one question" asked_and_allowed_while_it_waits
test_case "64 connections at once" many_at_once
test_case "no data in the first packet" no_data_in_the_first_packet
test_case "datagrams are refused at once and seen" datagrams_are_refused_and_seen
test_case "raw, packet and ICMP sockets are refused and seen" no_packets_of_its_own_making
test_case "a program's own servers keep their ports" its_own_servers_are_its_own
test_case "a program cannot undo its network" the_network_cannot_be_undone
test_case "the proxy is there as well" the_proxy_is_there_as_well
test_case "names work where the resolver's configuration is hidden" names_work_without_a_configuration
test_case "the host's search list is not shown" the_host_has_no_search_list_inside
test_case "the host's name services are not there" the_hosts_name_services_are_not_there
test_case "-p publishes a port" published_ports_are_reached
test_case "it is made when somebody wants one" made_when_it_is_wanted
test_case "a connection by TCP is when that is" made_for_the_first_connection
test_case "and however many do, they all wait" all_wait_for_it
test_case "where it cannot be made the proxies are left" without_one_the_program_goes_on
test_case "--network proxy leaves it away" the_proxy_alone_if_wanted
test_case "srt has upstream's network unless told otherwise" as_upstream_unless_wanted
test_case "without veth" without_veth
test_end
