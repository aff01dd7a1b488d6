/* SPDX-License-Identifier: MIT */
#include "core/main/report.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <wchar.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/session/runtime_dir.h"

#define OPEN_TRIES 100
#define OPEN_PAUSE_US 10000

void report_lines(const char *text)
{
	_cleanup_buf_ struct buf shown = BUF_EMPTY;

	while (*text) {
		size_t length = strcspn(text, "\n");

		escape_text(&shown, text, length);
		buf_addc(&shown, '\n');
		text += length + (text[length] == '\n');
	}
	fputs(buf_text(&shown), stderr);
}

void report_warning(const struct err *e)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	const char *line = e->message;

	/* A message may have lines of its own; what it quotes may not. */
	for (;;) {
		size_t length = strcspn(line, "\n");

		buf_adds(&out, line == e->message ? "srt-top: " : "  ");
		escape_text(&out, line, length);
		buf_addc(&out, '\n');
		if (!line[length])
			break;
		line += length + 1;
	}
	fflush(stdout);
	fputs(out.data, stderr);
}

int report_failure(const struct err *e)
{
	report_warning(e);
	return 1;
}

int report_misuse(const char *command, const struct err *e)
{
	struct err shown = *e;
	size_t length = strlen(shown.message);

	snprintf(shown.message + length, sizeof(shown.message) - length, "; see srt-top %s%s--help",
		 command, *command ? " " : "");
	report_warning(&shown);
	return 2;
}

int report_end(void)
{
	struct err e;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	err_errno(&e, "cannot write to standard output");
	return report_failure(&e);
}

int report_options(const char *command, const struct option_spec *specs, size_t count, int argc,
		   char **argv, struct strings *operands)
{
	_cleanup_free_ struct option_spec *all = xcalloc(count + 1, sizeof(*all));
	bool help = false;
	struct err e;

	for (size_t i = 0; i < count; i++)
		all[i] = specs[i];
	all[count] = (struct option_spec){ 'h', "help", &help, NULL };
	if (options_parse(all, count + 1, argc, argv, operands, &e) < 0)
		return report_misuse(command, &e);
	if (!help)
		return -1;
	command_print_usage(command);
	return report_end();
}

void table_add(struct table *table, const char *text)
{
	strings_take(&table->cells, text ? escape_string(text) : xstrdup("-"));
}

void table_addf(struct table *table, const char *format, ...)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	va_list arguments;

	va_start(arguments, format);
	buf_vaddf(&text, format, arguments);
	va_end(arguments);
	table_add(table, buf_text(&text));
}

void table_add_time(struct table *table, int64_t wall_ms)
{
	char text[LOCAL_TIME_SIZE];

	table_add(table, wall_ms ? local_time(wall_ms, text) : NULL);
}

static size_t shown_width(const char *text)
{
	size_t length = strlen(text), width = 0;

	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t used = utf8_decode(text + i, length - i, &code);
		int columns = used ? wcwidth((wchar_t)code) : 1;

		width += columns < 0 ? 1 : (size_t)columns;
		i += used ? used : 1;
	}
	return width;
}

static void add_headings(struct table *table)
{
	struct strings cells = STRINGS_EMPTY;

	if (!table->headings || !table->cells.count)
		return;
	for (size_t i = 0; i < table->columns; i++)
		strings_add(&cells, table->headings[i]);
	strings_copy(&cells, &table->cells);
	strings_free(&table->cells);
	table->cells = cells;
	table->headings = NULL;
}

void table_print(struct table *table)
{
	size_t *widths = table->widths;
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	add_headings(table);
	for (size_t i = 0; i < table->cells.count; i++) {
		size_t width = shown_width(table->cells.items[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->cells.count; i++) {
		const char *cell = table->cells.items[i];
		size_t column = i % table->columns;

		buf_adds(&line, cell);
		if (column + 1 == table->columns) {
			buf_addc(&line, '\n');
			continue;
		}
		for (size_t pad = shown_width(cell); pad < widths[column] + 2; pad++)
			buf_addc(&line, ' ');
	}
	fputs(buf_text(&line), stdout);
	table_free(table);
}

void table_free(struct table *table)
{
	strings_free(&table->cells);
}

const char *local_time(int64_t wall_ms, char out[LOCAL_TIME_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm parts;

	if (!localtime_r(&seconds, &parts) ||
	    strftime(out, LOCAL_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		strcpy(out, "-");
	return out;
}

void report_line_by_line(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

void print_line(struct buf *line)
{
	buf_addc(line, '\n');
	fwrite(line->data, 1, line->length, stdout);
	buf_clear(line);
}

bool wait_while_read(int ms)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	if (ferror(stdout))
		return false;
	if (poll(&out, 1, ms) > 0 && (out.revents & (POLLERR | POLLHUP | POLLNVAL)))
		return false;
	return true;
}

int open_history(struct db **db, struct err *e)
{
	_cleanup_free_ char *path = database_path();
	struct stat st;

	*db = NULL;
	if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	/* Somebody may be making it at this moment. */
	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		e->code = ERR_GENERAL;
		*db = db_open(path, false, e);
		if (*db || e->code == ERR_NOT_FOUND)
			return 0;
		if (e->code != ERR_BUSY)
			return -1;
		usleep(OPEN_PAUSE_US);
	}
	return -1;
}
