#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Ways past the proxy itself: a parent proxy, a unix socket, proxies of the user's own.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

NEXT=$BUILD/tests/integration/helpers/next_proxy
fetch='curl -sS --noproxy "" -m 20'

start_next() { # start_next NAME: its port in $NEXT_PORT, what it hears in NAME.log
	"$NEXT" tcp "$PWD/$1.port" "$PWD/$1.log" &
	wait_for test -s "$1.port" || fail "no proxy"
	NEXT_PORT=$(<"$1.port")
	: >>"$1.log"
}

# Settings that allow DOMAINS, with further members of network: network DOMAINS JSON
network() {
	settings "" "" "" "" "$1"
	jq --argjson more "$2" '.network += $more' settings.json >more.json
	mv more.json settings.json
}

a_parent_carries_it() {
	start_origin
	start_next parent
	network "127.0.0.1 allowed.test past.test" \
		"{\"parentProxy\": {\"http\": \"http://us%40er:pa%3ass@127.0.0.1:$NEXT_PORT\", \"noProxy\": \"past.test\"}}"
	run -s settings.json -m enforce -- sh -c "
		$fetch http://allowed.test/plain
		$fetch --proxytunnel http://allowed.test:81/tunnel
		$fetch -x socks5h://\${http_proxy#http://} http://allowed.test:82/socks
		$fetch http://127.0.0.1:$PORT/loopback
		$fetch -o /dev/null -w '%{http_code}\n' http://past.test:1/
		$fetch -o /dev/null -w '%{http_code}\n' http://unlisted.test/"
	is "$(<out)" "next: GET http://allowed.test/plain HTTP/1.1
next: GET /tunnel HTTP/1.1
next: GET /socks HTTP/1.1
origin: GET /loopback
502
403" "output"
	# us@er:pa:ss
	is "$(grep -ci '^proxy-authorization: Basic dXNAZXI6cGE6c3M=$' parent.log)" 3 "requests with credentials"
	has "$(<parent.log)" "CONNECT allowed.test:81 HTTP/1.1
Host: allowed.test:81" "the request for a tunnel"
	has "$(<parent.log)" "CONNECT allowed.test:82" "the request for a tunnel, by SOCKS"
	# The session's own token stays here.
	is "$(grep -ci proxy-authorization parent.log)" 3 "credentials on the way"
	has_not "$(<parent.log)" unlisted "requests that arrived"
	has_not "$(<parent.log)" past.test "requests that arrived"
	must_be_denied connect unlisted.test:80
	must_not_be_denied allowed.test:81
}

a_parent_that_is_gone_is_not_gone_around() {
	network "localhost.test" '{"parentProxy": {"http": "http://127.0.0.1:1"}}'
	run -s settings.json -m enforce -- sh -c "$fetch -o /dev/null -w '%{http_code}\n' http://localhost.test/"
	is "$(<out)" 502 "output"
}

variables_name_no_parent() {
	start_origin
	start_next parent
	network "127.0.0.1 allowed.invalid" '{}'
	export HTTP_PROXY=http://secret:word@127.0.0.1:$NEXT_PORT
	run -s settings.json -m enforce -- sh -c "
		$fetch -o /dev/null -w '%{http_code}\n' http://allowed.invalid/; env"
	has "$(<out)" 502 "output"
	has_not "$(<out)" secret "the environment inside"
	is "$(<parent.log)" "" "requests that arrived"
}

variables_name_the_parent_of_srt() {
	local log

	start_origin
	start_next plain
	export HTTP_PROXY=u:p@127.0.0.1:$NEXT_PORT
	start_next tunnels
	export https_proxy=http://127.0.0.1:$NEXT_PORT NO_PROXY=past.test,10.0.0.0/8 no_proxy=a.test
	network "127.0.0.1 a.test past.test" '{}'
	"$SRT" -s settings.json -c "
		$fetch http://a.test/plain
		$fetch --proxytunnel http://a.test/tunnel
		$fetch http://127.0.0.1:$PORT/loopback
		$fetch -o /dev/null -w '%{http_code}\n' http://unlisted.test/
		$fetch -o /dev/null -w '%{http_code}\n' http://past.test:1/" >out 2>err
	is "$(<out)" "next: GET http://a.test/plain HTTP/1.1
next: GET /tunnel HTTP/1.1
origin: GET /loopback
403
502" "output"
	# u:p
	has "$(tr '[:upper:]' '[:lower:]' <plain.log)" "proxy-authorization: basic dtpw" "credentials"
	has "$(<tunnels.log)" "CONNECT a.test:80 HTTP/1.1" "the request for a tunnel"
	has_not "$(tr '[:upper:]' '[:lower:]' <tunnels.log)" proxy-authorization "credentials of the other one"
	for log in plain.log tunnels.log; do
		has_not "$(<"$log")" past.test "requests that arrived"
		has_not "$(<"$log")" unlisted "requests that arrived"
	done

	export HTTP_PROXY=socks5://127.0.0.1:1 https_proxy=
	"$SRT" -s settings.json -c "$fetch http://127.0.0.1:$PORT/ignored" >out 2>err
	is "$(<out)" "origin: GET /ignored" "output where the variable names no HTTP proxy"
	export HTTP_PROXY=https://127.0.0.1:1
	"$SRT" -s settings.json -c "touch $PWD/ran" >out 2>err
	is "$?" 1 "exit status with a parent in TLS"
	has "$(<err)" "Error: HTTP_PROXY names a parent proxy by a URL other than http://" "what it says"
}

a_socket_gets_its_domains() {
	start_origin
	"$NEXT" unix "$PWD/mitm.sock" "$PWD/mitm.log" &
	wait_for test -S mitm.sock || fail "no socket"
	network "127.0.0.1 a.seen.test" \
		"{\"mitmProxy\": {\"socketPath\": \"$PWD/mitm.sock\", \"domains\": [\"*.seen.test\"]},
		  \"parentProxy\": {\"http\": \"http://127.0.0.1:1\"}}"
	run -s settings.json -m enforce -- sh -c "
		$fetch http://A.Seen.Test:8080/plain
		$fetch --proxytunnel http://a.seen.test/tunnel
		$fetch -x socks5h://\${http_proxy#http://} http://a.seen.test/socks
		$fetch http://127.0.0.1:$PORT/other
		$fetch -o /dev/null -w '%{http_code}\n' http://b.seen.test/"
	is "$(<out)" "next: GET http://a.seen.test:8080/plain HTTP/1.1
next: GET /tunnel HTTP/1.1
next: GET /socks HTTP/1.1
origin: GET /other
403" "output"
	has "$(<mitm.log)" "CONNECT a.seen.test:80 HTTP/1.1" "the request for a tunnel"
	has_not "$(<mitm.log)" b.seen "requests that arrived"
	has_not "$(tr '[:upper:]' '[:lower:]' <mitm.log)" proxy-authorization "credentials on the way"
	must_be_denied connect b.seen.test:80
}

the_users_proxies_take_the_ports() {
	local http

	start_next http
	http=$NEXT_PORT
	start_next socks
	network "" "{\"httpProxyPort\": $http, \"socksProxyPort\": $NEXT_PORT}"
	run -s settings.json -m enforce -- sh -c "
		curl -sS -m 20 http://not.listed.test/plain
		$fetch -x http://localhost:1080 http://not.listed.test/other
		echo \$http_proxy \$FTP_PROXY \${GIT_CONFIG_PARAMETERS-none}"
	is "$(<out)" "next: GET http://not.listed.test/plain HTTP/1.1
next: GET http://not.listed.test/other HTTP/1.1
http://localhost:3128 socks5h://localhost:1080 none" "output"
	"$SRT" -s settings.json env >out 2>err
	has "$(<out)" "CLAUDE_CODE_HOST_HTTP_PROXY_PORT=$http" "the environment inside"
	must_not grep -E 'proxyauth|:[0-9a-f]{32}@' out
	has "$(<http.log)" "GET http://not.listed.test/plain HTTP/1.1
Host: not.listed.test" "the request as it was sent"
	has "$(<socks.log)" "GET http://not.listed.test/other" "the request to the other port"
	must_not_be_denied not.listed.test:80
}

# The other port is ours still: it filters, and wants no credentials, since programs have none.
one_users_proxy_leaves_the_other_port() {
	start_origin
	start_next http
	network "127.0.0.1:$PORT" "{\"httpProxyPort\": $NEXT_PORT}"
	run -s settings.json -m enforce -- sh -c "
		$fetch http://unlisted.test/external
		$fetch -x socks5h://localhost:1080 http://127.0.0.1:$PORT/socks
		$fetch -x http://localhost:1080 http://127.0.0.1:$PORT/mux
		$fetch -x http://localhost:1080 -o /dev/null -w '%{http_code}\n' http://unlisted.test/"
	is "$(<out)" "next: GET http://unlisted.test/external HTTP/1.1
origin: GET /socks
origin: GET /mux
403" "output"
	must_be_denied connect unlisted.test:80

	network "127.0.0.1:$PORT" "{\"socksProxyPort\": $NEXT_PORT}"
	run -s settings.json -m enforce -- sh -c "
		$fetch http://127.0.0.1:$PORT/own
		$fetch -x http://localhost:3128 -o /dev/null -w '%{http_code}\n' http://127.0.0.1:$PORT/
		$fetch -x http://localhost:1080 http://unlisted.test/external"
	is "$(<out)" "origin: GET /own
407
next: GET http://unlisted.test/external HTTP/1.1" "output"
}

opaque_tunnels_are_refused() {
	start_origin
	network "127.0.0.1" '{"refuseOpaqueTunnels": true, "requireHostMatch": true, "stripResponseHeaders": ["content_TYPE"]}'
	run -s settings.json -m enforce -- sh -c "
		$fetch -i http://127.0.0.1:$PORT/plain
		$fetch -o /dev/null -w '%{http_code}\n' -H 'Host: other.test' http://127.0.0.1:$PORT/
		$fetch -o /dev/null -w '%{http_connect}\n' --proxytunnel http://127.0.0.1:$PORT/tunnel"
	has "$(<out)" "origin: GET /plain" "output"
	has "$(<out)" $'421\n403' "output"
	has_not "$(tr '[:upper:]' '[:lower:]' <out)" content-type "output"
	is "$(<origin.log)" "origin: GET /plain" "requests that arrived"
	must_be_denied connect "127.0.0.1:$PORT" '.why | contains("cannot inspect")'
}

a_tls_parent_is_refused() {
	network "" '{"parentProxy": {"https": "https://127.0.0.1:1"}}'
	run -s settings.json -m enforce -- touch "$PWD/ran"
	is "$STATUS" 125 "exit status"
	has "$(<err)" "network.parentProxy with a URL other than http://" "what it says"
}

test_case "a parent proxy gets what is allowed, with its credentials" a_parent_carries_it
test_case "a parent proxy that is gone is not gone around" a_parent_that_is_gone_is_not_gone_around
test_case "the proxy variables of srt-top run name no parent, and stay outside" variables_name_no_parent
test_case "the proxy variables of srt name the parent" variables_name_the_parent_of_srt
test_case "a unix socket gets the domains that are named for it" a_socket_gets_its_domains
test_case "the user's own proxies take the place of ours" the_users_proxies_take_the_ports
test_case "the user's own proxy on one port leaves the other to ours" one_users_proxy_leaves_the_other_port
test_case "tunnels, foreign Host fields and response fields can be refused" opaque_tunnels_are_refused
test_case "a parent proxy that would need TLS is refused by name" a_tls_parent_is_refused
test_end
