/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls by the syscall instruction: number in rax, arguments in rdi, rsi, rdx, r10, r8, r9,
 * result in rax. The instruction itself spoils rcx and r11. One named function for each call that
 * several tests use; the rest go through hypercall().
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include "test.h"
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>

static inline long hypercall6(u64 op, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 asm("r10") = d;
	register u64 r8 asm("r8") = e;
	register u64 r9 asm("r9") = f;
	long rc = op;

	asm volatile("syscall"
		     : "+a"(rc), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)::"rcx",
		       "r11", "memory");
	return rc;
}

#define HC(op, a, b, c, d, e, ...) \
	hypercall6((op), (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), 0)
#define hypercall(op, ...) HC(op, ##__VA_ARGS__, 0, 0, 0, 0, 0)

static inline long mmu_update(struct mmu_update *req, unsigned int count, unsigned int *done,
			      domid_t dom)
{
	return hypercall(__HYPERVISOR_mmu_update, req, count, done, dom);
}

static inline long mmuext(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.linear_addr = arg1;
	op.arg2.vcpumask.p = (const void *)arg2;
	return hypercall(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

static inline long update_va_mapping(const volatile void *va, u64 pte, unsigned long flags)
{
	return hypercall(__HYPERVISOR_update_va_mapping, va, pte, flags);
}

static inline long memory_op(unsigned int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_memory_op, cmd, arg);
}

static inline long event_channel_op(int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_event_channel_op, cmd, arg);
}

static inline long sched_op(int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_sched_op, cmd, arg);
}

static inline long vcpu_op(int cmd, unsigned int vcpu, void *arg)
{
	return hypercall(__HYPERVISOR_vcpu_op, cmd, vcpu, arg);
}

static inline long grant_table_op(unsigned int cmd, void *arg, unsigned int count)
{
	return hypercall(__HYPERVISOR_grant_table_op, cmd, arg, count);
}

static inline long xen_version(int cmd, void *arg)
{
	return hypercall(__HYPERVISOR_xen_version, cmd, arg);
}

static inline long console_write(const char *text, size_t len)
{
	return hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, len, text);
}

static inline long multicall(struct multicall_entry *list, unsigned int count)
{
	return hypercall(__HYPERVISOR_multicall, list, count);
}

#endif
