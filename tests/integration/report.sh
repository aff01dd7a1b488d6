#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --report: what a run came to, in a file that nothing inside can send elsewhere.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

tells_what_happened() {
	start_origin
	mkdir secret open && echo hidden >secret/file
	settings "$PWD/open" "" "$PWD/secret" "" "127.0.0.1:$PORT"
	run -s settings.json -m enforce --report report.json -- sh -c \
		"cat secret/file; cat secret/file; echo x >closed; echo y >open/new; curl -sS --noproxy '' http://127.0.0.1:$PORT/; curl -sS http://other.test/; exit 5"
	is "$STATUS" 5 "exit status"
	must jq -e . report.json >/dev/null
	is "$(jq -c '[.v, .session.server, .session.status, .session.state]' report.json)" '[1,"t",5,"exited"]' "the run"
	is "$(jq -c --arg o "$PWD/secret/file" '.refused[] | select(.object == $o) | [.kind, .count, .asked, (.exe | endswith("/cat"))]' report.json)" \
		'["read",2,false,true]' "the refused read"
	has "$(jq -r --arg o "$PWD/secret/file" '.refused[] | select(.object == $o) | .next' report.json)" "the settings file says so" "its next step"
	is "$(jq -r '.refused[] | select(.object == "other.test:80") | .next' report.json)" \
		'srt-top rules add --name t allow connect other.test:80' "the next step of the connection"
	is "$(jq -r '.refused[] | select(.kind == "write") | .next' report.json)" \
		"srt-top rules add --name t allow write $PWD/closed" "the next step of the write"
	is "$(jq -c --arg o "127.0.0.1:$PORT" '.allowed[] | select(.object == $o) | .kind' report.json)" '"connect"' "the connection"
	is "$(jq -c --arg o "$PWD/open/new" '.accesses[] | select(.object == $o) | [.kind, .created, .count]' report.json)" '["write",true,1]' "the write"
	is "$(jq -r .export report.json)" 'srt-top export t -o srt-settings.json' "the export"
	# The same in words, and what it advises helps.
	run -s settings.json -m enforce --report report.txt -- curl -sS http://other.test/
	has "$(<report.txt)" 'to allow it: srt-top rules add --name t allow connect other.test:80' text
	eval "set -- $(sed -n 's/.*to allow it: srt-top //p' report.txt)"
	must "$SRT_TOP" "$@" >/dev/null
	run -s settings.json -m enforce --report report.txt -- curl -sS http://other.test/
	has_not "$(<report.txt)" 'to allow it' "text after the rule"
}

# Each step that is advised is enough, and opens no more than it says.
the_advice_for_what_is_new() {
	local script='mkdir d && echo x >d/f; echo y >new; echo z >other'

	settings "" ""
	run -s settings.json -m enforce --report report.json -- sh -c "$script"
	while read -r command; do
		eval "set -- ${command#srt-top }"
		must "$SRT_TOP" "$@" >/dev/null
	done < <(jq -r '.refused[] | select(.object | endswith("/other") | not) | .next' report.json)
	is "$("$SRT_TOP" rules --json --name t | jq -r .rule | sed "s|$PWD|.|" | sort)" \
		$'allow write ./d (exact), always\nallow write ./new (exact), always' rules
	run -s settings.json -m enforce --report report.json -- sh -c "$script"
	is "$(cat d/f new)" $'x\ny' "what could be made"
	is "$(jq -r '.refused[].object' report.json)" "$PWD/other" "what is still refused"
}

answers_are_in_it() {
	mkdir "$HOME/.ssh" && echo hidden >"$HOME/.ssh/id_rsa" && echo hidden >"$HOME/.npmrc"
	run_bg --hold 30 --report report.json -- sh -c 'cat ~/.ssh/id_rsa; cat ~/.npmrc'
	answer read "$HOME/.ssh/id_rsa" allow
	answer read "$HOME/.npmrc" deny
	wait_run
	is "$(<out)" hidden output
	is "$(jq -c '[.allowed[] | [.object, .asked]]' report.json)" "[[\"$HOME/.ssh/id_rsa\",true]]" allowed
	is "$(jq -c '[.refused[] | [.object, .asked]]' report.json)" "[[\"$HOME/.npmrc\",true]]" refused
}

is_refused_before_anything_runs() {
	local where

	mkdir directory
	ln -s elsewhere link
	for where in - "" . directory/ directory/.. directory missing/report link /dev/stdout /dev/null; do
		run --report "$where" -- sh -c 'echo RAN'
		is "$STATUS" 125 "exit status for <$where>"
		is "$(<out)" "" "output for <$where>"
		has "$(<err)" --report "what is said about <$where>"
	done
	[ "$(id -u)" -eq 0 ] || {
		run --report /proc/report -- echo RAN
		is "$STATUS" 125 "exit status where nothing can be written"
	}
	[ ! -e elsewhere ] || fail "a link was followed"
}

a_planted_link_leads_nowhere() {
	local mode

	mkdir work victim
	echo before >victim/report.json
	settings "$PWD/work" "" "" "" ""
	# The name itself becomes a link, to a file that the program could not write.
	run -s settings.json -m enforce --report work/report.json -- ln -s ../victim/report.json work/report.json
	is "$STATUS" 0 "exit status: $(<err)"
	is "$(<victim/report.json)" before "the file that the link led to"
	[ ! -L work/report.json ] || fail "the link is still there"
	must jq -e .session work/report.json >/dev/null
	mode=$(stat -c %a work/report.json)
	is "$mode" 600 "mode"
	# The directory is moved away and a link takes its place.
	mkdir work/sub
	run -s settings.json -m enforce --report work/sub/report.json -- \
		sh -c 'mv work/sub work/was && ln -s ../victim work/sub'
	is "$STATUS" 0 "exit status: $(<err)"
	is "$(<victim/report.json)" before "the file below the link"
	must jq -e .session work/was/report.json >/dev/null
	# A directory in the way: said, and the status stays the program's.
	run -s settings.json -m enforce --report work/third -- sh -c 'mkdir work/third; exit 4'
	is "$STATUS" 4 "exit status"
	has "$(<err)" --report "what is said"
	is "$(find . -name '.srt-top-*')" "" "left behind"
}

the_output_is_the_programs() {
	run -m enforce --report report.txt -- echo only this
	is "$(<out)" "only this" output
	is "$(<err)" "" error
	has "$(<report.txt)" "command   echo only this" report
	# What could not be started has no report.
	echo '{' >broken.json
	run -s broken.json --report other.txt -- true
	is "$STATUS" 125 status
	[ ! -e other.txt ] || fail "a report of nothing"
}

test_case "what is advised for a new file or directory opens that alone" the_advice_for_what_is_new
test_case 'the report tells what was refused and allowed, and what to do' tells_what_happened
test_case 'what was asked is marked' answers_are_in_it
test_case 'a file that cannot be one is refused before anything runs' is_refused_before_anything_runs
test_case 'links that the program plants lead nowhere' a_planted_link_leads_nowhere
test_case 'standard output and error are left alone' the_output_is_the_programs
test_end
