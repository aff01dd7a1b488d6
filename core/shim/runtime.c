/* SPDX-License-Identifier: MIT */
/*
 * What a C library would bring: the entry point, and the functions that the compiler may call
 * by itself for copying and clearing.
 */
#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#ifdef SHIM_USES_LIBC

extern char **environ;

int main(int argc, char **argv)
{
	shim_run(argc, argv, environ);
}

#else

/* The kernel leaves argc, argv and the environment on the stack, one behind the other. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call shim_start\n"
	"	hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl shim_start\n"
	"	brk #1\n");
#endif

_Noreturn void shim_start(long *stack);
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memset(void *at, int byte, size_t length);

_Noreturn __attribute__((used)) void shim_start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);

	shim_run(argc, argv, argv + argc + 1);
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (length--)
		*out++ = *in++;
	return to;
}

void *memset(void *at, int byte, size_t length)
{
	unsigned char *out = at;

	while (length--)
		*out++ = (unsigned char)byte;
	return at;
}

#endif
