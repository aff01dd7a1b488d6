# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Files: section by section of what a settings file can say.

case_write_nothing() { settings; try 'echo x >f; mkdir d; touch ~/g; echo x >/tmp/srt-compare-x; echo $?'; }
case_write_dot() { settings aw='["."]'; try 'mkdir -p a/b && echo x >a/b/f; echo y >~/g; cat a/b/f'; }
case_write_tilde_alone() { settings aw='["~"]'; try 'echo x >~/f; echo y >.bashrc; echo z >~/.bashrc'; }
case_write_file() { echo old >f; echo old >g; settings aw='["f"]'; try 'echo new >f; echo new >g; rm f; mv f h'; }
case_write_missing() { settings aw='["n","d/e/f"]'; try 'mkdir n; mkdir -p d/e; touch n'; }
case_write_spellings() { mkdir a b c d e; settings aw='["a/","./b","c/**","d/.","../work/e"]'; try 'for i in a b c d e; do echo $i >$i/f; done'; }
case_write_glob() { echo o >a.txt; mkdir d1 d2; settings aw='["*.txt","d?","d[12]"]'; try 'echo n >a.txt; echo n >d1/f; echo n >d2/f'; }
case_write_glob_name() { mkdir '[WIP] x' 'a*b' ab; settings aw='["[WIP] x","a*b"]'; try 'echo n >"[WIP] x/f"; echo n >"a*b/f"; echo n >ab/f'; }
case_write_literal() { mkdir 'a*b' ab; settings aw='[{"path":"a*b","literal":true}]'; try 'echo n >"a*b/f"; echo n >ab/f'; }
case_write_through_link() { mkdir ~/real; ln -s ~/real link; settings aw='["link"]'; try 'echo n >link/f; echo n >~/real/f'; }
case_write_below_link() { mkdir -p ~/real/sub; ln -s ~/real link; settings aw='["link/sub"]'; try 'echo n >link/sub/f'; }
case_write_link_inside() { mkdir in; ln -s "$PWD/in" ~/way; settings aw='["."]'; try 'echo n >~/way/f; ln -s ~ out; echo n >out/g'; }
case_write_root() { settings aw='["/"]'; try 'echo n >~/f; echo x >/sys/kernel/x; echo x >/dev/null; ls -d /proc/self >/dev/null && echo p'; }
case_write_etc() { settings aw='["/etc"]'; try 'echo n >.f; test -w /etc && echo w'; }
case_write_parent() { settings aw='[".."]'; try 'echo n >../f; echo n >f; echo n >.bashrc; echo n >../.bashrc'; }
case_write_overlap() { mkdir -p a/b; settings aw='["a","a/b"]' dw='["a"]'; try 'echo n >a/f; echo n >a/b/f'; }
case_deny_write_file() { echo o >f; echo o >g; settings aw='["."]' dw='["f"]'; try 'echo n >f; rm -f f; mv g f; echo n >g; chmod 777 f'; }
case_deny_write_dir() { mkdir -p d/e; echo o >d/f; settings aw='["."]' dw='["d"]'; try 'echo n >d/f; echo n >d/e/g; rmdir d/e; mv d x; rm -rf d; mkdir d/q'; }
case_deny_write_missing() { settings aw='["."]' dw='["a","b/c","d/e/f"]'; try 'echo n >a; mkdir -p b && echo n >b/c; mkdir -p d/e && echo n >d/e/f; echo k >k'; }
case_deny_write_missing_in_dir() { mkdir b; settings aw='["."]' dw='["b/c"]'; try 'echo n >b/c; echo k >b/k; mkdir b/c; mv b x'; }
case_deny_write_glob() { echo o >a.env; echo o >b.txt; mkdir d; echo o >d/c.env; settings aw='["."]' dw='["*.env","**/*.env"]'; try 'echo n >a.env; echo n >b.txt; echo n >d/c.env; echo n >new.env'; }
case_deny_write_link() { mkdir real; echo o >real/f; ln -s real/f l; settings aw='["."]' dw='["l"]'; try 'echo n >l; echo n >real/f; rm l; echo z >real/z'; }
case_deny_write_dangling() { ln -s gone l; settings aw='["."]' dw='["l"]'; try 'echo n >l; echo n >gone; echo k >k'; }
case_deny_write_above() { mkdir -p a/b; settings aw='["a/b"]' dw='["a"]'; try 'echo n >a/b/f; echo n >a/f'; }
case_deny_write_self() { mkdir a; settings aw='["a"]' dw='["a"]'; try 'echo n >a/f'; }
case_deny_write_outside() { settings aw='["."]' dw='["/etc/hosts","/nowhere/x","~/z"]'; try 'echo k >k; echo n >~/z'; }
case_deny_write_file_as_dir() { echo o >f; settings aw='["."]' dw='["f/x"]'; try 'echo n >f; rm f; mkdir f'; }
case_hard_link() { echo o >~/s; settings aw='["."]'; try 'ln ~/s h; echo n >h'; }
case_hard_link_there() { echo o >~/s; ln ~/s h; settings aw='["."]'; try 'echo n >h'; }
case_metadata() { echo o >~/m; settings aw='["."]'; try 'chmod 777 ~/m; touch ~/m; rm -f ~/m; truncate -s 0 ~/m; mv ~/m ~/n'; }

case_read_all() { echo s >~/f; settings; try 'cat ~/f; head -c 4 /etc/passwd; ls /root >/dev/null 2>&1; echo'; }
case_deny_read_file() { echo s >f; settings dr='["f"]'; try 'cat f; stat -c %F f; ls'; }
case_deny_read_dir() { mkdir -p d/e; echo s >d/f; settings dr='["d"]'; try 'ls -A d; cat d/f; cat d/e; stat -c %F d; ls'; }
case_deny_read_missing() { settings dr='["nowhere","~/x/y"]'; try 'ls -A; echo k'; }
case_deny_read_link() { mkdir ~/real; echo s >~/real/f; ln -s ~/real l; settings dr='["l"]'; try 'cat l/f ~/real/f; ls -A ~/real'; }
case_deny_read_link_file() { echo s >~/s; ln -s ~/s l; settings dr='["l"]'; try 'cat l ~/s'; }
case_deny_read_tilde() { echo s >~/s; echo w >f; settings dr='["~"]' ar='["."]' aw='["."]'; try 'cat f; cat ~/s; echo n >g; ls -A ~'; }
case_deny_read_tilde_no_allow() { echo s >~/s; settings dr='["~"]'; try 'pwd; ls -A ~; cat ~/s'; }
case_allow_read_in_deny() { mkdir -p d/a d/b; echo 1 >d/a/f; echo 2 >d/b/f; settings dr='["d"]' ar='["d/a"]'; try 'cat d/a/f d/b/f; ls -A d; echo n >d/a/g'; }
case_allow_read_file_in_deny() { mkdir d; echo 1 >d/f; echo 2 >d/g; settings dr='["d"]' ar='["d/f"]'; try 'cat d/f d/g; ls -A d'; }
case_allow_read_same_dir() { mkdir d; echo 1 >d/f; settings dr='["d"]' ar='["d"]'; try 'cat d/f; ls -A d'; }
case_allow_read_same_file() { echo 1 >f; settings dr='["f"]' ar='["f"]'; try 'cat f'; }
case_allow_read_dir_over_file() { mkdir d; echo 1 >d/f; settings dr='["d/f"]' ar='["d"]'; try 'cat d/f; ls d'; }
case_allow_read_link() { mkdir ~/.ssh; echo s >~/.ssh/k; ln -s ~/.ssh docs; settings dr='["~/.ssh"]' ar='["docs"]'; try 'cat docs/k; ls -A docs/'; }
case_allow_read_outside() { echo o >~/o; settings dr='["~/x"]' ar='["~/o"]'; try 'cat ~/o'; }
case_nested_denies() { mkdir -p d/p/q; echo 1 >d/p/f; echo 2 >d/p/q/f; settings dr='["d","d/p/q"]' ar='["d/p"]'; try 'cat d/p/f d/p/q/f; ls -A d/p'; }
case_nested_allow_again() { mkdir -p d/p/q/r; echo 1 >d/p/q/r/f; settings dr='["d","d/p/q"]' ar='["d/p","d/p/q/r"]'; try 'cat d/p/q/r/f; ls -AR d'; }
case_write_in_read_deny() { mkdir -p d/w; echo 1 >d/w/f; echo s >d/s; settings dr='["d"]' aw='["d/w"]'; try 'cat d/w/f; echo n >d/w/g; cat d/s; ls -A d'; }
case_write_file_in_read_deny() { mkdir d; echo 1 >d/f; settings dr='["d"]' aw='["d/f"]'; try 'cat d/f; echo n >d/f; echo j >d/f-journal; ls -A d'; }
case_write_same_as_read_deny() { mkdir d; echo 1 >d/f; settings dr='["d"]' aw='["d"]'; try 'cat d/f; echo n >d/g; ls -A d'; }
case_write_above_read_deny() { mkdir d; echo 1 >d/f; settings dr='["d"]' aw='["."]'; try 'cat d/f; echo n >d/g; mv d e; rm -rf d; echo k >k'; }
case_write_above_read_deny_file() { echo 1 >f; settings dr='["f"]' aw='["."]'; try 'cat f; echo n >f; rm f; mv f g; ln f h; cat h'; }
case_allow_read_and_write() { mkdir -p d/a/b; echo 1 >d/a/f; settings dr='["d"]' ar='["d/a"]' aw='["d/a"]'; try 'cat d/a/f; echo n >d/a/g'; }
case_allow_read_over_write() { mkdir -p d/a/b; settings dr='["d"]' ar='["d/a"]' aw='["d/a/b"]'; try 'echo n >d/a/b/f'; }
case_deny_both() { mkdir -p d/s; echo 1 >d/s/f; echo 2 >d/g; settings dr='["d/s"]' aw='["."]' dw='["d"]'; try 'cat d/g; cat d/s/f; echo n >d/n; echo n >d/s/n'; }
case_deny_write_in_hidden() { mkdir -p d/s; echo 1 >d/f; settings dr='["d"]' aw='["."]' dw='["d/f","d/new"]'; try 'cat d/f; echo n >d/f; echo n >d/new; ls -A d'; }
case_glob_star() { mkdir d; for i in a.pem b.pem c.txt d/e.pem; do echo $i >$i; done; settings dr='["*.pem"]'; try 'cat a.pem b.pem c.txt d/e.pem'; }
case_glob_globstar() { mkdir -p d/e; for i in a.pem d/b.pem d/e/c.pem d/x; do echo $i >$i; done; settings dr='["**/*.pem"]'; try 'cat a.pem d/b.pem d/e/c.pem d/x'; }
case_glob_globstar_dir() { mkdir -p a/secret b/c/secret d/secret; echo 1 >a/secret/f; echo 2 >b/c/secret/f; settings dr='["**/secret/**"]'; try 'cat a/secret/f b/c/secret/f; ls -A a/secret d/secret'; }
case_glob_question() { for i in k1 k2 kx kab k; do echo $i >$i; done; settings dr='["k?","k[0-9a]?"]'; try 'cat k1 k2 kx kab k'; }
case_glob_set() { for i in a b c '!' '^' '[' ']' 'x]'; do echo "$i" >"$i"; done; settings dr='["[!a]","[b-b]"]'; try 'cat a b c ! ^ [ ] "x]"'; }
case_glob_negated() { for i in a b c; do echo "$i" >"$i"; done; settings dr='["[^a]"]'; try 'cat a b c'; }
case_glob_middle() { mkdir -p p1/s p2/s q/s; for i in p1 p2 q; do echo $i >$i/s/f; done; settings dr='["p*/s/f"]'; try 'cat p1/s/f p2/s/f q/s/f'; }
case_glob_dotfiles() { echo 1 >.env; echo 2 >.env.local; mkdir .d; echo 3 >.d/.env; settings dr='[".env*","**/.env"]'; try 'cat .env .env.local .d/.env'; }
case_glob_case() { echo 1 >A.PEM; settings dr='["*.pem"]'; try 'cat A.PEM'; }
case_glob_allow() { mkdir -p d/a1 d/a2 d/b; for i in a1 a2 b; do echo $i >d/$i/f; done; settings dr='["d"]' ar='["d/a*"]'; try 'cat d/a1/f d/a2/f d/b/f; ls -A d'; }
case_glob_allow_files() { mkdir d; echo 1 >d/x.pub; echo 2 >d/x; settings dr='["d"]' ar='["d/*.pub"]'; try 'cat d/x.pub d/x; ls -A d'; }
case_glob_link() { mkdir ~/real; echo s >~/real/x.pem; ln -s ~/real certs; settings dr='["certs/*.pem"]'; try 'cat certs/x.pem ~/real/x.pem'; }
case_glob_in_name() { mkdir 'd[1]' d1; echo 1 >'d[1]/f'; echo 2 >d1/f; settings dr='["d[1]/f"]'; try 'cat "d[1]/f" d1/f'; }
case_glob_tilde() { echo 1 >~/a.key; echo 2 >~/b.txt; settings dr='["~/*.key"]'; try 'cat ~/a.key ~/b.txt'; }
case_glob_unlistable() { mkdir -p d/closed; echo 1 >d/closed/x.pem; settings dr='["d/**/*.pem"]'; chmod 111 d/closed; try 'cat d/closed/x.pem'; chmod 755 d/closed; }
case_deny_unreadable_parent() { mkdir -p a/b; echo 1 >a/b/f; settings dr='["a/b/f"]'; chmod 0 a; try 'cat a/b/f; ls -A a; ls -A'; chmod 755 a; }
case_deny_root_pattern() { echo 1 >x.pem; settings dr='["/**/*.pem"]'; try 'cat x.pem'; }
case_deny_link_to_root() { ln -s / l; settings dr='["l"]'; try 'ls -A; echo k'; }

case_mandatory_missing() { settings aw='["."]'; try 'for f in .gitconfig .gitmodules .bashrc .bash_profile .zshrc .zprofile .profile .ripgreprc .mcp.json; do echo n >$f; done; mkdir .vscode .idea; mkdir -p .claude/commands .claude/agents; echo k >k; ls -A'; }
case_mandatory_there() { for f in .gitconfig .bashrc .mcp.json; do echo o >$f; done; mkdir -p .vscode .claude/commands; settings aw='["."]'; try 'echo n >.gitconfig; echo n >.bashrc; mv .mcp.json x; echo n >.vscode/s; echo n >.claude/commands/c; echo k >.claude/k'; }
case_mandatory_git() { mkdir -p .git/hooks .git/objects; echo o >.git/config; echo r >.git/HEAD; settings aw='["."]'; try 'echo n >.git/config; echo n >.git/hooks/h; echo k >.git/index; mv .git g; rm -rf .git/hooks'; }
case_mandatory_git_config_allowed() { mkdir -p .git/hooks; echo o >.git/config; echo r >.git/HEAD; settings aw='["."]' fs=',"allowGitConfig":true'; try 'echo n >.git/config; echo n >.git/hooks/h'; }
case_mandatory_git_file() { echo 'gitdir: /x' >.git; settings aw='["."]'; try 'echo n >.git; rm .git'; }
case_mandatory_no_git() { settings aw='["."]'; try 'mkdir -p .git/hooks && echo n >.git/hooks/h; echo n >.git/config'; }
case_mandatory_below() { mkdir -p a/b/c a/.vscode a/b/.idea n/node_modules/p; for f in a/.bashrc a/b/.bashrc a/b/c/.bashrc n/node_modules/p/.bashrc; do echo o >$f; done; echo o >a/.vscode/s; settings aw='["."]'; try 'for f in a/.bashrc a/b/.bashrc a/b/c/.bashrc n/node_modules/p/.bashrc a/.vscode/s; do echo n >$f; done; echo n >a/b/.idea/x; echo n >a/b/.zshrc'; }
case_mandatory_case() { mkdir a; echo o >a/.BashRC; settings aw='["."]'; try 'echo n >a/.BashRC; echo n >.BASHRC'; }
case_mandatory_repos_below() { mkdir -p s/.git/hooks s/t/.git; echo o >s/.git/config; echo r >s/.git/HEAD; echo r >s/t/.git/HEAD; settings aw='["."]'; try 'echo n >s/.git/config; echo n >s/.git/hooks/h; mkdir s/t/.git/hooks; echo n >s/t/.git/config; echo k >s/.git/index'; }
case_mandatory_elsewhere() { mkdir ~/other; settings aw='["~/other"]'; try 'echo n >~/other/.bashrc; mkdir ~/other/.vscode'; }
case_mandatory_depth() { mkdir -p a/b/c; echo o >a/b/c/.bashrc; settings aw='["."]' top=',"mandatoryDenySearchDepth":4'; try 'echo n >a/b/c/.bashrc'; settings aw='["."]' top=',"mandatoryDenySearchDepth":1'; try 'echo n >a/b/c/.bashrc'; }
case_mandatory_link() { mkdir dot; echo o >dot/rc; ln -s dot/rc .bashrc; settings aw='["."]'; try 'echo n >.bashrc; echo n >dot/rc; echo k >dot/k; rm .bashrc'; }
case_mandatory_file_write() { echo o >.bashrc; settings aw='[".bashrc"]'; try 'echo n >.bashrc'; }
case_mandatory_empty_dirs() { mkdir -p a/.vscode .claude; settings aw='["."]'; try 'echo n >a/.vscode/s; mkdir .claude/commands; echo k >.claude/k'; }

case_disabled() { echo s >s; settings dr='["s"]' dw='["."]' fs=',"disabled":true'; try 'cat s; echo n >f; echo n >.bashrc; echo "${TMPDIR##*/}"'; }
case_tmpdir() { settings; try 'echo $TMPDIR; mktemp 2>&1 | sed "s/\.[A-Za-z0-9]*.:/X:/"'; }
case_home_conveniences() { mkdir -p ~/.npm/_logs ~/.claude/debug; settings; try 'echo a >~/.npm/_logs/f; echo b >~/.claude/debug/f; echo c >~/.npm/g'; }
case_home_conveniences_denied() { mkdir -p ~/.npm/_logs ~/.claude/debug; settings dr='["~/.npm"]'; try 'echo a >~/.npm/_logs/f; echo b >~/.claude/debug/f; ls -A ~/.npm'; }
case_home_conveniences_denied_and_allowed() { mkdir -p ~/.npm/_logs; settings dr='["~/.npm"]' ar='["~/.npm/_logs"]'; try 'echo a >~/.npm/_logs/f; ls -A ~/.npm'; }
case_ssh_config_d() { settings; try 'ls -A /etc/ssh/ssh_config.d 2>&1 | head -3'; }
