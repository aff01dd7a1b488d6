# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the integration scripts share. A script defines functions, names them with test_case, and
# ends with test_end. Each case runs in a subshell of its own, with a directory of its own in
# $CASE (the working directory), a fresh home directory, state and control sockets; an assertion
# that fails ends it. What it started is ended after it.
#
# The scripts know srt-top by its command line alone. They run as root and as a normal user, and
# want no other network than loopback.
# shellcheck disable=SC2013,SC2034,SC2119,SC2120 # lists of /proc files; variables for the scripts
set -u
export LC_ALL=C.UTF-8

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
BUILD=${SRT_TEST_BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
SRT_TOP=$BUILD/srt-top
SRT=$TOP/srt
# shellcheck disable=SC2034 # for the scripts
DEMO=$BUILD/tests/demo PROBE=$BUILD/tests/integration/helpers/probe

for variable in HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy \
	XDG_RUNTIME_DIR XDG_STATE_HOME XDG_CONFIG_HOME SRT_TOP_DB SRT_TOP_RUNTIME_DIR TMPDIR; do
	unset "$variable"
done

WORK=$(mktemp -d /tmp/srt-top-case.XXXXXX) || exit 1
# Nothing is ever written there: to wait for it is a pause that needs no process.
PAUSE=$WORK/pause
mkfifo "$PAUSE" || exit 1
NUMBER=0
FAILED=0

# --- running cases ---

# What proc_pid_stat(5) has behind the name, in ${STAT[@]}; false where there is no such process.
stat_of() { # stat_of PID
	local stat=

	read -r -d '' stat 2>/dev/null <"/proc/$1/stat"
	# The name may hold anything.
	read -ra STAT <<<"${stat##*) }"
	[ ${#STAT[@]} -gt 0 ]
}

# When a process was started: with its number, nobody else's. In $BORN.
born() { # born PID
	stat_of "$1" && BORN=${STAT[19]}
}

remember() { # remember PID: it is ended with the case
	! born "$1" || echo "$1 $BORN" >>"$CASE/started"
}

# Ends everything that carries this script's own directory in its command line or environment:
# a case that failed half way leaves supervisors and servers behind.
end_leftovers() {
	local file pid start

	# By their numbers too: a supervisor may keep its environment to itself.
	file=${CASE:-$WORK}/started
	[ ! -e "$file" ] || while read -r pid start; do
		! born "$pid" || [ "$BORN" != "$start" ] || kill -KILL "$pid" 2>/dev/null
	done <"$file"
	for file in $(grep -lsaF -- "$WORK" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null); do
		pid=${file#/proc/}
		pid=${pid%%/*}
		case " $$ $BASHPID $PPID " in
		*" $pid "*) ;;
		# The number may be somebody else's by now.
		*) ! grep -qsaF -- "$WORK" "/proc/$pid/environ" "/proc/$pid/cmdline" || kill -KILL "$pid" 2>/dev/null ;;
		esac
	done
}

remove() { # remove DIRECTORY: with what may not be read in it
	rm -rf "$1" 2>/dev/null || {
		chmod -R u+rwx "$1" 2>/dev/null
		rm -rf "$1"
	}
}

clean_up() {
	trap - EXIT INT TERM HUP
	end_leftovers
	remove "$WORK"
}
trap clean_up EXIT
trap 'exit 143' INT TERM HUP

test_case() { # test_case "what holds" FUNCTION [ARGUMENT...]
	local name=$1 status log

	shift
	if [ -n "${SRT_TEST_CASE:-}" ] && [[ ! $name =~ $SRT_TEST_CASE ]]; then
		return 0
	fi
	NUMBER=$((NUMBER + 1))
	CASE=$WORK/$NUMBER
	log=$WORK/$NUMBER.log
	# shellcheck disable=SC2174 # the mode is that of these two alone
	mkdir -p -m 700 "$CASE/home" "$CASE/run"
	(
		export HOME=$CASE/home
		export SRT_TOP_RUNTIME_DIR=$CASE/run
		cd "$CASE" || exit 1
		"$@"
	) >"$log" 2>&1
	status=$?
	end_leftovers
	case $status in
	0) echo "ok $NUMBER - $name" ;;
	77) echo "ok $NUMBER - $name # SKIP $(tail -n 1 "$CASE.why")" ;;
	*)
		FAILED=$((FAILED + 1))
		echo "not ok $NUMBER - $name"
		cat "$log" "$CASE.why" 2>/dev/null | tail -n 120 | sed 's/^/# /'
		for log in "$CASE"/err*; do
			[ ! -s "$log" ] || tail -n 40 "$log" | sed "s|^|# ${log##*/}: |"
		done
		;;
	esac
	remove "$CASE"
}

test_end() {
	echo "1..$NUMBER"
	[ $FAILED -eq 0 ]
	exit
}

# --- assertions: each ends the case where it does not hold ---

# To a file: the output of the command at fault may be redirected, and this with it.
fail() {
	echo "$*" >>"$CASE.why"
	exit 1
}

skip() {
	echo "$*" >>"$CASE.why"
	exit 77
}

is() { # is GOT WANTED WHAT
	[ "$1" = "$2" ] || fail "$3: got <$1>, wanted <$2>"
}

has() { # has TEXT PART WHAT
	[[ $1 == *"$2"* ]] || fail "$3: <$2> is not in <$1>"
}

has_not() { # has_not TEXT PART WHAT
	[[ $1 != *"$2"* ]] || fail "$3: <$2> is in <$1>"
}

must() { # must COMMAND...
	"$@" || fail "failed with status $?: $*"
}

must_not() { # must_not COMMAND...
	if "$@"; then
		fail "should have failed: $*"
	fi
}

# --- waiting: for what happens, never for a time ---

pause() { # pause SECONDS
	read -rt "$1" <>"$PAUSE" || true
}

wait_for() { # wait_for COMMAND...
	local last=$((SECONDS + ${WAIT_SECONDS:-30}))

	until "$@"; do
		if [ $SECONDS -ge $last ]; then
			echo "waited in vain for: $1 ${2-} ${3-}"
			return 1
		fi
		pause 0.02
	done
}

gone() { # gone PID
	! stat_of "$1" || [[ ${STAT[0]} == [ZX] ]]
}

said() { # said TEXT [FILE]: the file, or else out, has it
	local -a parts=() # by the zero bytes that a file has where it was cut while written

	mapfile -d '' parts 2>/dev/null <"${2:-out}"
	[[ ${parts[*]} == *"$1"* ]]
}

# Pids on the host of the processes whose command line has TEXT, without this shell's own.
pids_with() { # pids_with TEXT
	local file pid

	for file in $(grep -lsaF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null); do
		pid=${file#/proc/}
		pid=${pid%%/*}
		[ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || echo "$pid"
	done
}

no_pids_with() {
	[ -z "$(pids_with "$1")" ]
}

# --- srt-top ---

run() { # run ARGUMENT...: srt-top run under the name t; output to files out and err, status in $STATUS
	"$SRT_TOP" run -n t "$@" >out 2>err
	STATUS=$?
}

run_bg() { # the same in the background; its pid in $RUN
	"$SRT_TOP" run -n t "$@" >out 2>err &
	RUN=$!
	remember "$RUN"
}

wait_run() { # waits for the end of run_bg; status in $STATUS
	wait_for gone "$RUN" || fail "srt-top run did not end"
	wait "$RUN"
	STATUS=$?
}

# The words of a text as an array of strings, in $ARRAY.
json_array() { # json_array TEXT
	local - IFS=' ' word

	set -f
	ARRAY=
	for word in $1; do
		word=${word//\\/\\\\}
		word=${word//\"/\\\"}
		word=${word//$'\t'/\\t}
		ARRAY+=${ARRAY:+,}\"${word//$'\n'/\\n}\"
	done
	ARRAY="[$ARRAY]"
}

# A settings file in ./settings.json: settings ALLOW_WRITE DENY_WRITE DENY_READ ALLOW_READ DOMAINS
# DENIED_DOMAINS, each a list of words.
settings() {
	local words
	local -a lists=()

	for words in "${1-}" "${2-}" "${3-}" "${4-}" "${5-}" "${6-}"; do
		json_array "$words"
		lists+=("$ARRAY")
	done
	printf '{"filesystem": {"allowWrite": %s, "denyWrite": %s, "denyRead": %s, "allowRead": %s},
 "network": {"allowedDomains": %s, "deniedDomains": %s}}\n' "${lists[@]}" >settings.json
}

events() { # events [ARGUMENT...]: JSON, an event a line
	"$SRT_TOP" events --json --name t "$@"
}

# Events of this kind, object and verdict for which the jq condition holds.
event_rows() { # event_rows KIND OBJECT VERDICT [CONDITION]
	events | select_rows "$@"
}

select_rows() {
	jq -c --arg kind "$1" --arg object "$2" --arg verdict "$3" \
		"select(.kind == \$kind and .object == \$object and .verdict == \$verdict)
		 | select(${4:-true})"
}

# Whether jq is worth its start: the event is there, written as srt-top writes it. Where the text
# would be written otherwise, it may be.
may_be_in() { # may_be_in ROWS KIND OBJECT
	[[ $3 == *[!\ -~]* || $3 == *[\\\"]* || $1 == *"\"kind\":\"$2\",\"object\":\"$3\","* ]]
}

is_event() {
	local rows

	rows=$(events 2>/dev/null)
	may_be_in "$rows" "$1" "$2" && [ -n "$(select_rows "$@" <<<"$rows")" ]
}

# A refusal is in the history, and says who, what and why.
must_be_denied() { # must_be_denied KIND OBJECT [CONDITION]
	local complete='.v == 1 and (.id | length) > 0 and (.t | test("^[0-9-]+T[0-9:]+[.][0-9]{3}Z$"))
		and .server == "t" and (.session | length) > 0 and (.why // "" | length) > 0
		and .count >= 1'

	WAIT_SECONDS=5 wait_for is_event "$1" "$2" deny "$complete and (${3:-true})" || {
		fail "no denial of this kind in the events: $*"$'\n'"$(events)"
	}
}

must_not_be_denied() { # must_not_be_denied OBJECT
	local rows

	rows=$(events | jq -c --arg object "$1" 'select(.object == $object and .verdict == "deny")')
	[ -z "$rows" ] || fail "this is no denial, but stands in the events: $rows"
}

pending() {
	"$SRT_TOP" pending --json
}

is_asked() { # is_asked KIND OBJECT: a question about it waits; its id in $QUESTION
	local rows

	QUESTION=
	rows=$(pending 2>/dev/null)
	may_be_in "$rows" "$1" "$2" || return
	QUESTION=$(jq -nr --arg kind "$1" --arg object "$2" \
		'first(inputs | select(.kind == $kind and .object == $object) | .id)' <<<"$rows")
	[ -n "$QUESTION" ]
}

question_id() { # question_id KIND OBJECT: id of the question about it that waits, if there is one
	! is_asked "$@" || echo "$QUESTION"
}

waiters() { # waiters NUMBER: so many connections wait for one answer
	local rows

	rows=$(pending 2>/dev/null)
	# jq -e takes no input at all for success.
	[[ $rows == *"\"waiters\":$1"[,\}]* ]] && [ -n "$(jq --arg n "$1" \
		'select(.kind == "connect" and .waiters == ($n | tonumber))' <<<"$rows")" ]
}

# Waits for the question and prints its id.
wait_question() { # wait_question KIND OBJECT
	wait_for is_asked "$@" >&2 || {
		pending >&2
		fail "never asked: $*"
	}
	echo "$QUESTION"
}

answer() { # answer KIND OBJECT ALLOW|DENY [ARGUMENT...]
	local kind=$1 object=$2 id

	shift 2
	id=$(wait_question "$kind" "$object") || exit 1
	must "$SRT_TOP" answer "$id" "$@"
}

# A line of what probe said.
probe_says() { # probe_says OPERATION ARGUMENT WANTED [FILE]
	local got='' line

	while IFS= read -r line; do
		[[ $line != *"$1 $2: "* ]] || {
			got=${line##*: }
			break
		}
	done <"${4:-out}"
	[ "$got" = "$3" ] || {
		cat "${4:-out}"
		fail "$1 $2: got <$got>, wanted <$3>"
	}
}

start_origin() { # a loopback HTTP server; its port in $PORT, its requests in file origin.log
	"$DEMO/origin" "$PWD/origin.port" "$PWD/origin.log" &
	wait_for test -s origin.port || fail "the HTTP server did not start"
	PORT=$(<origin.port)
	: >>origin.log
}
