/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_COMMANDS_H
#define CORE_MAIN_COMMANDS_H

/*
 * The program's commands. argv[0] is the command's own word ("run"); each returns the
 * exit status: 0, 1 for a failure that it has reported, 2 for wrong use.
 */
int cmd_srt(int argc, char **argv); /* called as `srt`: argv as the program got it */
int cmd_run(int argc, char **argv); /* and learn, which is run -m learn */
int cmd_sessions(int argc, char **argv);
int cmd_pending(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_answer(int argc, char **argv);
int cmd_publish(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_verify(int argc, char **argv); /* 1 also where something would be refused */
int cmd_prove(int argc, char **argv);
int cmd_review(int argc, char **argv); /* 1 also where something could not be kept */
int cmd_wrap(int argc, char **argv); /* and unwrap */
int cmd_check(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_proxy_connect(int argc, char **argv); /* for ssh inside, not for people */

/* Prints how a command is used, from the table in main.c. */
void command_print_usage(const char *name);

#endif
