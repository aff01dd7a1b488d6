/* SPDX-License-Identifier: MIT */
#include "core/base/shell_quote.h"

#include <string.h>

#define PLAIN                                                                                      \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@+,-"

/* "a=b" is plain, "=b" is not: some shells look up what follows a leading "=". */
static bool is_plain(const char *word)
{
	return *word && *word != '=' && word[strspn(word, PLAIN "=")] == '\0';
}

void shell_quote(struct buf *out, const char *word)
{
	if (is_plain(word)) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_adds(out, "'\"'\"'");
		else
			buf_addc(out, *word);
	}
	buf_addc(out, '\'');
}

void shell_join(struct buf *out, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addc(out, ' ');
		shell_quote(out, words[i]);
	}
}
