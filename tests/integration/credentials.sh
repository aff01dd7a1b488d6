#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Masked credentials: what is seen inside, what a host gets, and what stays on the host.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# The proxy variables say that loopback goes around the proxy; there is no other way out.
fetch='curl -sS --noproxy "" -m 20'
sentinel='fake_value_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
# {"alg":"RS256","kid":"1"} . {"sub":"me","secret":"psst","n":1700000000}
token=eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJtZSIsInNlY3JldCI6InBzc3QiLCJuIjoxNzAwMDAwMDAwfQ.c2ln

# settings.json with these credentials: mask VARIABLES FILES [FILTER], the first two JSON arrays.
mask() {
	settings "${WRITE-}" "${DENY_WRITE-}" "${DENY_READ-}" "" "${DOMAINS-127.0.0.1}"
	jq --argjson vars "$1" --argjson files "${2:-[]}" \
		".credentials = {allowPlaintextInject: true, envVars: (\$vars | map({mode: \"mask\"} + .)),
		 files: (\$files | map({mode: \"mask\"} + .))} | ${3:-.}" settings.json >new.json
	mv new.json settings.json
}

run_masked() { # run_masked SHELL-TEXT [ARGUMENT...]
	local text=$1

	shift
	run -s settings.json -m enforce "$@" -- sh -c "$text"
}

start_echo() { # a server that keeps whole requests in file requests; its port in $PORT
	rm -f echo.port
	"$BUILD/tests/integration/helpers/echo_origin" "$PWD/echo.port" "$PWD/requests" &
	wait_for test -s echo.port || fail "the HTTP server did not start"
	PORT=$(<echo.port)
	: >>requests
}

no_store_is_left() { # no_store_is_left DIRECTORY
	local left=("$1"/srt-credmask-*)

	[ ! -e "${left[0]}" ] || fail "left behind: ${left[*]}"
}

matches() { # matches TEXT EXPRESSION WHAT
	[[ $1 =~ ^$2$ ]] || fail "$3: <$1> is not $2"
}

# Nothing that we print, keep or tell may hold it.
is_nowhere() { # is_nowhere SECRET
	has_not "$(<out)$(<err)" "$1" "output"
	has_not "$(events)" "$1" "events"
	! grep -rqaF -- "$1" "$HOME/.local" 2>/dev/null || fail "the state directory holds $1"
}

a_variable_is_a_sentinel_inside_and_its_value_outside() {
	start_echo
	mask '[{"name": "TOK"}, {"name": "LONG"}, {"name": "UNSET"}]'
	export TOK=s3cret LONG=a-real-value-that-is-longer-than-forty-seven-bytes-all-in-all
	run_masked "printf '%s\n' \"\$TOK\" \"\${#LONG}\" \"\${UNSET-unset}\"
		env | grep -c s3c''ret
		$fetch -H \"X-Tok: \$TOK\" -d \"a=\$TOK&b=\$LONG\" http://127.0.0.1:$PORT/\$TOK"
	is "$STATUS" 0 "exit status"
	matches "$(sed -n 1p out)" "$sentinel" "the variable"
	is "$(sed -n 2,4p out)" $'61\nunset\n0' "the other variables, and the value in the environment"
	is "$(sed -n 5p out)" ok "answer"
	has "$(<requests)" $'x-tok: s3cret\r' "a field"
	has "$(<requests)" "a=s3cret&b=$LONG" "the body"
	matches "$(head -n 1 requests)" "POST /$sentinel HTTP/1.1"$'\r' "the target stays as it is"
	is_nowhere s3cret
	is_nowhere "$LONG"
}

a_body_that_keeps_its_length_keeps_its_framing() {
	start_echo
	mask '[{"name": "LONG"}]'
	export LONG=a-real-value-that-is-longer-than-forty-seven-bytes-all-in-all
	run_masked "$fetch -d \"\$LONG\" http://127.0.0.1:$PORT/"
	has "$(<requests)" $'content-length: 61\r' "framing"
	has "$(<requests)" "$LONG" "body"
	has_not "$(<requests)" chunked "framing"
}

other_hosts_get_the_sentinel() {
	local other

	start_echo
	other=$PORT
	mv requests first
	start_echo
	DOMAINS="127.0.0.1:$PORT localhost:$PORT localhost:$other" \
		mask '[{"name": "TOK", "injectHosts": ["localhost"]}, {"name": "TOO"}]'
	export TOK=s3cret TOO=t00
	run_masked "$fetch -H \"X: \$TOK \$TOO\" -d \"\$TOK\" http://127.0.0.1:$PORT/"
	matches "$(grep ^x: requests)" "x: $sentinel t00"$'\r' "at another host"
	has "$(sed 1,/^.$/d requests)" fake_value_ "body at another host"
	has_not "$(<requests)" s3cret "what another host got"
	is_nowhere s3cret
}

a_tunnel_and_a_refusal_get_the_sentinel() {
	start_echo
	mask '[{"name": "TOK"}]'
	export TOK=s3cret
	run_masked "$fetch --proxytunnel -H \"X: \$TOK\" http://127.0.0.1:$PORT/
		$fetch -H \"X: \$TOK\" http://127.0.0.2:$PORT/"
	matches "$(grep -i ^x: requests)" "X: $sentinel"$'\r' "through a tunnel"
	has "$(<out)" "blocked by network allowlist" "another host"
	is_nowhere s3cret
	must_be_denied connect "127.0.0.2:$PORT"
}

without_permission_nothing_runs() {
	mask '[{"name": "TOK"}]' '[]' 'del(.credentials.allowPlaintextInject)'
	TOK=s3cret run_masked 'echo ran'
	is "$(<out)" "" "output"
	has "$(<err)" "credentials: " "message"
	mask '[{"name": "TOK"}]' '[]' '.network.tlsTerminate = {}'
	TOK=s3cret run_masked 'echo ran'
	is "$(<out)" "" "output"
	has "$(<err)" "network.tlsTerminate" "message"
}

a_file_is_a_fake_inside() {
	start_echo
	echo file-secret >tok
	printf 'machine h password one # one\n' >netrc
	ln -s tok link
	echo bystander >near
	mkdir store
	export TMPDIR=$PWD/store
	WRITE=. mask '[]' '[{"path": "link"}, {"path": "missing"},
		{"path": "netrc", "extract": "password (\\S+)", "maskDuplicates": true}]'
	run_masked "cat tok; echo; cat link; echo; cat netrc; stat -c %a tok
		$fetch -H \"X: \$(cat tok)\" -d \"\$(cat netrc)\" http://127.0.0.1:$PORT/
		{ echo x >tok; rm tok; mv tok old; mv near tok; ln tok hard; } 2>/dev/null
		ls -d store/srt-credmask-*/* 2>/dev/null; cat near; touch missing"
	matches "$(sed -n 1p out)" "$sentinel" "the file"
	is "$(sed -n 2p out)" "$(sed -n 1p out)" "the same through its link"
	matches "$(sed -n 3p out)" "machine h password ($sentinel) # $sentinel" "parts of a file"
	is "$(sed -n '4,$p' out)" $'600\nok\nbystander' "the rest of the output"
	is "$(grep ^x: requests)" $'x: file-secret\r' "a field: without the line end"
	has "$(<requests)" "machine h password one # one" "body"
	is "$(<tok)" file-secret "the file on the host"
	[ -e missing ] || fail "a file that is not there is no matter of masks"
	is_nowhere file-secret
	no_store_is_left store
}

the_store_is_private_hidden_and_removed() {
	mkdir store
	echo file-secret >tok
	WRITE=store mask '[]' '[{"path": "tok"}]'
	export TMPDIR=$PWD/store
	mkfifo hold
	run_bg -s settings.json -m enforce -- sh -c \
		'ls -A store/*; touch store/*/x; rm -rf store/srt*; echo >store/go; read x <hold'
	wait_for test -e store/go || fail "the program did not start"
	is "$(stat -c '%a %F' store/srt-credmask-*)" "700 directory" "the store"
	is "$(stat -c %a store/srt-credmask-*/*)" 600 "a fake"
	matches "$(cat store/srt-credmask-*/0.fake)" "$sentinel" "its content"
	kill -TERM "$RUN"
	wait_run
	has_not "$(<out)" .fake "seen inside"
	no_store_is_left store
}

a_failed_start_leaves_no_store() {
	mkdir store
	echo file-secret >tok
	ln -s loop loop
	WRITE=. DENY_WRITE=loop/x mask '[]' '[{"path": "tok"},
		{"path": "tok", "extract": "(nothing)", "onExtractNoMatch": "error"}]'
	export TMPDIR=$PWD/store
	run_masked 'echo ran'
	is "$(<out)" "" "output"
	no_store_is_left store
	jq '.credentials.files |= .[:1] | .bwrapPath = "/bin/false"' settings.json >new.json
	mv new.json settings.json
	run_masked 'echo ran'
	[ "$STATUS" -ne 0 ] || fail "ran without bwrap"
	is "$(<out)" "" "output"
	no_store_is_left store
}

no_match_is_said_or_hidden_or_ends_the_run() {
	echo plain >f
	export V=plain
	mask '[{"name": "V", "extract": "(x+)"}]' '[{"path": "f", "extract": "(\\d+)"}]'
	run_masked 'echo "$V"; cat f'
	is "$(<out)" $'plain\nplain' "output"
	is "$(grep -c 'WARNING: credentials.*UNPROTECTED' err)" 2 "warnings"
	has "$(<err)" 'credentials.envVars entry "V": extract pattern "(x+)" matched nothing' "warning"
	has "$(<err)" 'credentials.files entry "f": extract pattern "(\d+)" that matched nothing' "warning"

	mask '[{"name": "V", "extract": "(x+)", "onExtractNoMatch": "deny"}]' \
		'[{"path": "f", "extract": "(x+)", "onExtractNoMatch": "deny"}]'
	run_masked 'echo "${V-unset}"; cat f'
	is "$(<out)" unset "output"
	must_be_denied read "$PWD/f"

	mask '[{"name": "V", "extract": "(x+)", "onExtractNoMatch": "error"}]'
	run_masked 'echo ran'
	is "$(<out)" "" "output"
	[ "$STATUS" -ne 0 ] || fail "the run should have failed"
	has "$(<err)" '"(x+)" matched nothing (onExtractNoMatch: "error")' "message"
	mask '[]' '[{"path": "f", "extract": "(x+)", "onExtractNoMatch": "error"}]'
	run_masked 'echo ran'
	is "$(<out)" "" "output"
	has "$(<err)" 'credentials.files entry "f": ' "message"
}

what_cannot_be_masked_is_hidden() {
	mkdir d
	echo secret >d/f
	printf 'secret\xff\n' >binary
	mask '[]' '[{"path": "d"}, {"path": "binary"}]'
	run_masked 'cat d/f binary'
	is "$(<out)" "" "output"
	is "$(grep -c 'WARNING: credentials.files entry' err)" 2 "warnings"
	must_be_denied read "$PWD/binary"
}

tokens_are_masked_whole_or_by_claim() {
	start_echo
	export V=$token
	echo "{\"t\": \"$token\"}" >f
	mask '[{"name": "V", "decode": "jwt", "maskClaims": ["secret"]}]' \
		'[{"path": "f", "decode": "jwt"}]'
	run_masked "echo \"\$V\"; cat f
		$fetch -H \"X: \$V\" -d @f http://127.0.0.1:$PORT/"
	matches "$(sed -n 1p out)" "${token%%.*}\.[A-Za-z0-9_-]+\.c3J0LWZha2U" "by claim"
	has_not "$(<out)" "$token" "output"
	matches "$(sed -n 2p out)" \
		'\{"t": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[A-Za-z0-9_-]+\.c3J0LWZha2U"\}' "whole"
	has "$(sed -n 1p out | cut -d. -f2 | base64 -d 2>/dev/null)" '"secret":"fake_value_' "the claim"
	is "$(grep ^x: requests)" "x: $token"$'\r' "field"
	has "$(<requests)" "{\"t\": \"$token\"}" "body"
}

a_mask_holds_where_the_file_system_is_free() {
	echo file-secret >tok
	echo shown >denied
	mask '[]' '[{"path": "tok"}, {"path": "denied", "mode": "deny"}]' '.filesystem.disabled = true'
	run_masked 'cat tok; echo; cat denied; echo x >tok; echo y >new'
	matches "$(sed -n 1p out)" "$sentinel" "the masked file"
	is "$(sed -n 2p out)" shown "the denied file"
	is "$(<tok)" file-secret "the file on the host"
	is "$(<new)" y "another file"
}

a_hidden_file_is_shown_as_its_fake() {
	mkdir d
	echo secret >d/tok
	echo other >d/s
	echo secret >e
	DENY_READ="d e" mask '[]' '[{"path": "d/tok"}, {"path": "e"}]'
	run_masked 'cat d/tok e d/s'
	is "$(grep -o fake_value_ out | wc -l)" 2 "fakes"
	has_not "$(<out)" secret "output"
	has_not "$(<out)" other "output"
}

nobody_is_asked_and_a_grant_uncovers_nothing() {
	mkdir -p w/sub
	echo file-secret >w/sub/tok
	mask '[]' '[{"path": "w/sub/tok"}]'
	run_bg -s settings.json -m ask --hold 20 -- sh -c \
		'echo x >w/sub/new && cat w/sub/tok && { echo y >w/sub/tok; mv w/sub/tok w/sub/t; cat w/sub/t; }'
	answer write "$PWD/w/sub/new" allow --scope dir
	wait_run
	matches "$(sed -n 1p out)" "$sentinel" "the masked file after the grant"
	is "$(wc -l <out)" 0 "lines of output"
	is "$(<w/sub/tok)" file-secret "the file on the host"
	is "$(<w/sub/new)" x "what was granted"
	must_be_denied write "$PWD/w/sub/tok"
	is "$(pending)" "" "questions"
}

a_grant_without_its_fake_is_none() {
	local id

	mkdir -p w/sub store
	echo file-secret >w/sub/tok
	mask '[]' '[{"path": "w/sub/tok"}]'
	export TMPDIR=$PWD/store
	run_bg -s settings.json -m ask --hold 20 -- sh -c 'echo x >w/sub/new; cat w/sub/tok'
	id=$(wait_question write "$PWD/w/sub/new") || exit 1
	must rm store/srt-credmask-*/0.fake
	must_not "$SRT_TOP" answer "$id" allow --scope dir
	must "$SRT_TOP" answer "$id" deny
	wait_run
	has_not "$(<out)" file-secret "output"
	[ ! -e w/sub/new ] || fail "written without a grant"
}

test_case "a variable is a sentinel inside and its value outside" \
	a_variable_is_a_sentinel_inside_and_its_value_outside
test_case "a body that keeps its length keeps its framing" \
	a_body_that_keeps_its_length_keeps_its_framing
test_case "other hosts get the sentinel" other_hosts_get_the_sentinel
test_case "a tunnel and a refusal get the sentinel" a_tunnel_and_a_refusal_get_the_sentinel
test_case "without permission for plain HTTP nothing runs" without_permission_nothing_runs
test_case "a file is a fake inside" a_file_is_a_fake_inside
test_case "the store of fakes is private, hidden and removed" the_store_is_private_hidden_and_removed
test_case "a failed start leaves no store" a_failed_start_leaves_no_store
test_case "no match is said, hidden, or the end of the run" no_match_is_said_or_hidden_or_ends_the_run
test_case "what cannot be masked is hidden" what_cannot_be_masked_is_hidden
test_case "tokens are masked whole or by claim" tokens_are_masked_whole_or_by_claim
test_case "a mask holds where the file system is free" a_mask_holds_where_the_file_system_is_free
test_case "a hidden file is shown as its fake" a_hidden_file_is_shown_as_its_fake
test_case "nobody is asked, and a grant uncovers nothing" nobody_is_asked_and_a_grant_uncovers_nothing
test_case "a grant is none where its fake is gone" a_grant_without_its_fake_is_none
test_end
