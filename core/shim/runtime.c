/* SPDX-License-Identifier: MIT */
/*
 * What a C library would bring: the entry point, a child process, and the functions that the
 * compiler may call by itself for copying and clearing.
 */
#include <sched.h>
#include <signal.h>

#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#define CHILD_STACK 16384

#ifdef SHIM_USES_LIBC

extern char **environ;

int main(int argc, char **argv)
{
	shim_run(argc, argv, environ);
}

long process_start(void (*run)(void *arg), void *arg)
{
	long pid = syscall5(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		run(arg);
	return pid;
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

/* long start_on_stack(flags, top of the stack, run, arg): as clone(2); the child never returns from run. */
#if defined(__x86_64__)
__asm__(".globl start_on_stack\n"
	"start_on_stack:\n"
	"	sub $16, %rsi\n"
	"	mov %rdx, (%rsi)\n"
	"	mov %rcx, 8(%rsi)\n"
	"	xor %edx, %edx\n"
	"	xor %r10d, %r10d\n"
	"	xor %r8d, %r8d\n"
	"	mov $56, %eax\n" /* SYS_clone */
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	ret\n"
	"1:	xor %ebp, %ebp\n"
	"	pop %rax\n"
	"	pop %rdi\n"
	"	call *%rax\n"
	"	hlt\n");
#elif defined(__aarch64__)
__asm__(".globl start_on_stack\n"
	"start_on_stack:\n"
	"	stp x2, x3, [x1, #-16]!\n"
	"	mov x2, #0\n"
	"	mov x3, #0\n"
	"	mov x4, #0\n"
	"	mov x8, #220\n" /* SYS_clone */
	"	svc #0\n"
	"	cbz x0, 1f\n"
	"	ret\n"
	"1:	mov x29, #0\n"
	"	mov x30, #0\n"
	"	ldp x1, x0, [sp], #16\n"
	"	blr x1\n"
	"	brk #1\n");
#endif

long start_on_stack(unsigned long flags, void *top, void (*run)(void *arg), void *arg);

/*
 * The child shares our memory until it executes: copying page tables, and then pages, takes longer than
 * all that it does before. Unlike vfork(2) we go on meanwhile, since its exec may be held for long.
 */
long process_start(void (*run)(void *arg), void *arg)
{
	static _Alignas(16) char stack[CHILD_STACK];

	return start_on_stack(CLONE_VM | SIGCHLD, stack + sizeof(stack), run, arg);
}

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
