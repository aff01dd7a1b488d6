#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Who did it: process, executable, command line and parents, live and in the history.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

chain_is_recorded() {
	local row shell cat

	mkdir secret && echo hidden >secret/file
	settings "" "" "$PWD/secret" "" ""
	run -s settings.json -m enforce -- bash -c 'sh -c "cat secret/file; :"; :'
	must_be_denied read "$PWD/secret/file" '.chain | length == 3'
	row=$(event_rows read "$PWD/secret/file" deny)
	cat=$(readlink -f "$(type -P cat)")
	shell=$(readlink -f "$(type -P sh)")
	is "$(jq -c .chain <<<"$row")" "[\"$cat\",\"$shell\",\"$(readlink -f "$(type -P bash)")\"]" chain
	is "$(jq -r .exe <<<"$row")" "$cat" exe
	is "$(jq -r .command_line <<<"$row")" 'cat secret/file' "command line"
	is "$(jq -r .request <<<"$row")" null "request without --tap"
	# The members of the contract stand where they stood.
	is "$(jq -c 'keys_unsorted | .[:15]' <<<"$row")" \
		'["v","id","t","session","server","kind","object","verdict","why","rule","pid","exe","syscall","errno","count"]' members
}

a_long_chain_is_bounded() {
	mkdir secret && echo hidden >secret/file
	settings "" "" "$PWD/secret" "" ""
	# shellcheck disable=SC2016 # for the shells inside
	echo 'if [ "$1" -gt 0 ]; then sh deep.sh $(($1 - 1)); else cat secret/file; fi; :' >deep.sh
	run -s settings.json -m enforce -- sh deep.sh 30
	must_be_denied read "$PWD/secret/file" '(.chain | length) == 8'
}

questions_have_it() {
	mkdir "$HOME/.ssh" && echo hidden >"$HOME/.ssh/id_ed25519"
	run_bg --hold 30 -- bash -c 'cat ~/.ssh/id_ed25519; :'
	wait_question read "$HOME/.ssh/id_ed25519" >id
	is "$(pending | jq -c '[(.chain | length), .command_line]')" "[2,\"cat $HOME/.ssh/id_ed25519\"]" question
	must "$SRT_TOP" answer "$(<id)" deny
	wait_run
}

test_case 'an event has the chain of its process' chain_is_recorded
test_case 'a chain is bounded' a_long_chain_is_bounded
test_case 'a question has it, too' questions_have_it
test_end
