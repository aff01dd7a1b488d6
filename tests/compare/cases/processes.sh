# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Command line, environment, namespaces, statuses.

case_words() { srt printf '<%s>' 'a  b' "c'd" '$HOME' '*' '' '!x' '=y' 'x=y' '`id`' $'l1\nl2' '~' '{a,b}' '#c' '-n' é; }
case_unknown_options() { srt echo -n x --zzz -q; }
case_double_dash() { srt -- echo -s -d -- x; srt echo -q -- -d; }
case_text() { srt -c 'echo $0 $# "$@"; set | grep -c BASH_EXECUTION' a b; }
case_statuses() { try 'exit 7'; try 'kill -9 $$'; try 'kill -TERM $$'; srt no-such-thing; srt /etc/passwd; srt /; try false; try '(exit 255)'; }
case_no_command() { srt; srt -c ''; srt -d 2>/dev/null | head -0; }
case_mistakes() { srt -s; srt --control-fd x true; srt --control-fd; srt -c; }
case_settings_errors() { srt -s /nowhere/x true; : >e; srt -s e true; printf ' \n' >e; srt -s e true; echo '{}' >e; srt -s e true; srt -s . true; }
case_default_settings_errors() { : >~/.srt-settings.json; srt true; echo '{}' >~/.srt-settings.json; srt true; rm ~/.srt-settings.json; mkdir ~/.srt-settings.json; srt true; }
case_environment() { settings; try 'env | grep -iE "proxy|sandbox|cloudsdk|GIT_CONFIG|TMPDIR" | sed -E "s/:[0-9a-f]{32}/:TOKEN/; s/=[0-9a-f]{32}/=TOKEN/; s/srt\.[A-Za-z0-9+\/=%]*/USER/" | grep -vE "CLAUDE_CODE_HOST|JAVA_TOOL" | sort'; }
case_environment_passes() { FOO='a b' try 'echo "$FOO"; echo $HOME | sed "s/.*\///"'; }
case_inherited_proxies() { HTTP_PROXY=http://192.0.2.1:1 NO_PROXY=x try 'echo "$NO_PROXY"; echo ${HTTP_PROXY##*@}'; }
case_descriptors() { try 'ls /proc/self/fd | tr "\n" " "' 7</etc/passwd; }
case_stdin() { settings; try 'readlink /proc/self/fd/0'; }
case_identity() { settings; try 'id -u; id -g; cat /proc/self/uid_map | tr -s " "; umask'; }
case_status_lines() { settings; try 'grep -E "^(NoNewPrivs|Seccomp|CapEff|CapBnd|CapPrm):" /proc/self/status'; }
case_processes() { settings; try 'ls -d /proc/[0-9]* | wc -l; echo $$; kill -0 1 && echo one'; }
case_devices() { settings; try 'ls /dev | tr "\n" " "; echo x >/dev/shm/x && echo shm; cat /dev/null; head -c 3 /dev/zero | wc -c'; }
case_interfaces() { settings; try 'tail -n +3 /proc/net/dev | cut -d: -f1'; }
case_hostname() { settings; try 'hostname'; }
case_namespaces() { settings; try 'unshare -U true; unshare -m true; unshare -Ur true; unshare -n true; mount -t tmpfs x /mnt; umount /proc; setpriv --nnp true && echo nnp' 2>&1; }
case_nested_namespaces() { settings top=',"allowNestedUserNamespaces":true'; try 'unshare -Ur true && echo ok; unshare -Urm true && echo ok'; }
case_proc_sys() { settings aw='["/"]'; try 'echo 1 >/proc/sys/vm/drop_caches'; }
case_weaker_nested() { settings top=',"enableWeakerNestedSandbox":true'; try 'echo ran'; }
case_background() { settings; try 'sleep 300 & echo started'; }
case_git_directories() { settings top=',"git":{"safeDirectories":["/r/","rel"]}'; GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=a.b GIT_CONFIG_VALUE_0=c try 'env | grep GIT_CONFIG_[CKV] | sort'; }
case_control_fd() { settings; echo '{}' >l; srt --control-fd 7 -c 'readlink /proc/self/fd/7; sleep 0.3' 7<l; srt --control-fd 7 true 7>w; }
case_help_words() { srt help >/dev/null; srt x --help | head -1; srt --version; }
case_duplicate_keys() { echo '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[],"denyRead":[],"allowWrite":[],"denyWrite":[]}}' >s; srt -s s echo ran; }
case_trailing_text() { settings; echo x >>~/.srt-settings.json; srt echo ran; }
