#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `srt-top check`: what a settings file says, in words and for machines, and nothing of it obeyed by
# the terminal.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

check() { # check ARGUMENT...: STATUS, out, err
	"$SRT_TOP" check "$@" >out 2>err
	STATUS=$?
}

says() { # says HEADING FACT: a row, or one of the rows without a heading that go on with it
	awk -v heading="$1  " -v fact="  $2" '
		/^[^ ]/ { within = index($0, heading) == 1 }
		within && index($0, fact) { found = 1 }
		END { exit !found }' out || fail "no <$2> under <$1> in: $(<out)"
}

fields() { # fields JQ-EXPRESSION: true of the line of --json
	jq -e "$1" out >/dev/null || fail "not so: $1 in: $(<out)"
}

write_settings() { # write_settings NETWORK FILESYSTEM TOP: members beyond the required ones
	cat >s.json <<-END
		{"network": {"allowedDomains": ["api.example.com:443"], "deniedDomains": ["*:22"]$1},
		 "filesystem": {"denyRead": ["~/.ssh", "~/none"], "allowWrite": ["~/work", "~/link", "~/missing"],
			"denyWrite": ["~/work/fixed"]$2}$3}
	END
}

prepare() {
	mkdir -p "$HOME/.ssh" "$HOME/work"
	ln -s work "$HOME/link"
	cd "$HOME/work" || exit 1
}

a_valid_file_is_explained() {
	prepare
	write_settings "" "" ', "credentials": {"envVars": [{"name": "TOKEN", "mode": "deny"}]}'
	check s.json
	is "$STATUS" 0 "exit status"
	says reading "every file but what is hidden"
	says hidden "~/.ssh"
	says hidden "~/none: nothing of this name is there now"
	says writing "~/work"
	says "never written" "~/work/fixed"
	says "always protected" "~/work/.bashrc"
	says network "api.example.com:443"
	says "hosts denied" "*:22"
	says "unix sockets" "none can be made"
	says credentials "TOKEN is taken out of the environment"
	says note "allowWrite ~/link: left out: it leads through a symbolic link"
	says note "allowWrite ~/missing: left out: does not exist"
	is "$(<err)" "" "standard error"
}

what_is_unused_is_named() {
	prepare
	write_settings ', "allowLocalBinding": true, "alowUnixSockets": []' ', "denyread": []' \
		', "windows": {}, "allowedDomains": []'
	check s.json
	is "$STATUS" 0 "exit status"
	says "unused on Linux" network.allowLocalBinding
	says "unused on Linux" windows
	says warning 'unknown key "network.alowUnixSockets" is ignored; did you mean "network.allowUnixSockets"?'
	says warning 'unknown key "filesystem.denyread" is ignored; did you mean "filesystem.denyRead"?'
	says warning 'unknown key "allowedDomains" is ignored; did you mean "network.allowedDomains"?'
}

machines_get_one_line() {
	prepare
	write_settings ', "nettwork": 1' "" ', "allowPty": true, "credentials": {"files": [{"path": "~/.netrc", "mode": "deny"}]}'
	check --json s.json
	is "$STATUS" 0 "exit status"
	is "$(wc -l <out)" 1 "lines"
	fields '.v == 1 and .valid and .error == null and .file == "s.json"'
	fields ".hidden | index(\"$HOME/.ssh\") != null"
	fields ".writable == [\"$HOME/work\"]"
	fields ".protected | index(\"$HOME/work/.mcp.json\") != null"
	fields '.denyRead == ["~/.ssh", "~/none"] and .denyWrite == ["~/work/fixed"] and .filesystemDisabled == false'
	fields '.allowedDomains == ["api.example.com:443"] and .deniedDomains == ["*:22"] and .unixSockets == false'
	fields '.credentials == [{"kind": "file", "name": "~/.netrc", "mode": "deny", "injectHosts": []}]'
	fields '.ignored == ["allowPty"] and .unsupported == []'
	fields '.unknown == [{"key": "network.nettwork", "suggestion": null}]'
	fields '.notes | length == 2'
}

an_invalid_file_is_refused() {
	prepare
	write_settings "" ', "allowRead": 1' ""
	check s.json
	is "$STATUS" 1 "exit status"
	is "$(<out)" "" "standard output"
	has "$(<err)" "s.json does not hold a valid config — filesystem.allowRead: Expected array, received number" "message"
	check --json s.json
	is "$STATUS" 1 "exit status"
	fields '.valid == false and (.error | test("allowRead"))'
	check --json missing.json
	is "$STATUS" 1 "exit status"
	fields '.valid == false and (.error | test("does not exist"))'
	check missing.json
	is "$STATUS" 1 "exit status"
}

wrong_use_is_told() {
	check
	is "$STATUS" 2 "without a file"
	check a b
	is "$STATUS" 2 "with two files"
	check --bogus a
	is "$STATUS" 2 "with an unknown option"
}

nothing_reaches_the_terminal() {
	prepare
	write_settings "" "" ', "x\u001b[2J\u202e": 1, "credentials": {"files": [{"path": "/\u001b]0;t\u0007", "mode": "deny"}]}'
	check s.json
	is "$STATUS" 0 "exit status"
	must_not grep -q $'\x1b\|\x07\|\u202e' out
	has "$(<out)" 'x\x1b[2J\u{202e}' "the key"
	write_settings ', "strictAllowlist\u001b": 1, "deniedDomainReasons": {"\u001b[2J": ""}' "" ""
	check s.json
	is "$STATUS" 1 "exit status"
	must_not grep -q $'\x1b' err
	check --json s.json
	must_not grep -q $'\x1b' out
}

without_file_rules_nothing_is_hidden() {
	prepare
	write_settings "" ', "disabled": true' ""
	check s.json
	says files "not restricted at all"
	check --json s.json
	fields '.filesystemDisabled and .hidden == [] and .writable == [] and .protected == []'
}

all_faults_are_named() {
	local list message

	prepare
	list=$(printf '"com",%.0s' {1..20})
	printf '{"network": {"allowedDomains": [%s], "deniedDomains": []}, "filesystem": {"denyRead": [],
		"allowWrite": [], "denyWrite": [""]}}' "${list%,}" >s.json
	check s.json
	is "$STATUS" 1 "exit status"
	message=$(<err)
	has "$message" "network.allowedDomains.19: Invalid domain pattern." "the last of many"
	has "$message" "filesystem.denyWrite.0: Path cannot be empty" "what comes behind them"
}

ways_out_are_explained() {
	prepare
	write_settings ', "httpProxyPort": 8080, "mitmProxy": {"socketPath": "/s", "domains": ["*.seen.test"]},
		"parentProxy": {"http": "http://user:secret@p.test", "https": "http://[::1]:81"}' "" ""
	check s.json
	is "$STATUS" 0 "exit status"
	says "ways out" "port 8080 of this host takes the place of the HTTP proxy: what is sent there is not held to these lists"
	says "ways out" "*.seen.test is reached through /s"
	says "ways out" "plain requests leave by the proxy at p.test:80"
	says "ways out" "tunnels leave by the proxy at [::1]:81"
	has_not "$(<out)" secret "output"
	has_not "$(<out)" "not supported" "output"
}

test_case "a valid file is explained in words" a_valid_file_is_explained
test_case "the ways out are explained, without their credentials" ways_out_are_explained
test_case "unused fields and misspelled keys are named" what_is_unused_is_named
test_case "machines get it as one line of JSON" machines_get_one_line
test_case "an invalid or missing file has status 1" an_invalid_file_is_refused
test_case "wrong use has status 2" wrong_use_is_told
test_case "text of the file is escaped" nothing_reaches_the_terminal
test_case "filesystem.disabled is said" without_file_rules_nothing_is_hidden
test_case "every fault of a file is named" all_faults_are_named
test_end
