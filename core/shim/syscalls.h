/* SPDX-License-Identifier: MIT */
#ifndef CORE_SHIM_SYSCALLS_H
#define CORE_SHIM_SYSCALLS_H

/*
 * System calls without a C library: each returns what the kernel does, -errno on failure.
 * A static C library would probe the processor at every start (dozens of CPUID instructions,
 * each an exit to the hypervisor in a virtual machine) before it ran the first line of ours,
 * and the shim starts in front of every command. Architectures that are not spelled out here
 * are built with the C library.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

#define SHIM_USES_LIBC 1
#include <unistd.h>

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);

	return result < 0 ? -errno : result;
}

#endif

static inline long syscall5(long number, long a, long b, long c, long d, long e)
{
	return syscall6(number, a, b, c, d, e, 0);
}

static inline long syscall4(long number, long a, long b, long c, long d)
{
	return syscall6(number, a, b, c, d, 0, 0);
}

static inline long syscall3(long number, long a, long b, long c)
{
	return syscall6(number, a, b, c, 0, 0, 0);
}

static inline long syscall2(long number, long a, long b)
{
	return syscall6(number, a, b, 0, 0, 0, 0);
}

static inline long syscall1(long number, long a)
{
	return syscall6(number, a, 0, 0, 0, 0, 0);
}

static inline void shim_close(int fd)
{
	syscall1(SYS_close, fd);
}

static inline _Noreturn void shim_exit(int status)
{
	for (;;)
		syscall1(SYS_exit_group, status);
}

#endif
