/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions, callbacks and user mode (see trap.h). All entry points of entry.S arrive in
 * trap_handle() with the registers as a frame; it resumes the frame, or leaves it for the context
 * that TRY() or user_run() saved.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"
#include <public/callback.h>

struct trap_record trap_last;
struct context trap_context;
bool trap_armed;
bool (*trap_hook)(struct trap_frame *frame);
void (*event_hook)(void);
volatile unsigned int event_upcalls;

static bool in_user;
static u8 stack_kernel[16384] __attribute__((aligned(4096)));
static u8 stack_user[8192] __attribute__((aligned(4096)));

#define ENTRY_OF(v) extern char trap_entry_##v[]
ENTRY_OF(0);
ENTRY_OF(1);
ENTRY_OF(3);
ENTRY_OF(4);
ENTRY_OF(5);
ENTRY_OF(6);
ENTRY_OF(7);
ENTRY_OF(8);
ENTRY_OF(10);
ENTRY_OF(11);
ENTRY_OF(12);
ENTRY_OF(13);
ENTRY_OF(14);
ENTRY_OF(16);
ENTRY_OF(17);
ENTRY_OF(19);
ENTRY_OF(128);
#define ROW(v, dpl) { v, dpl, FLAT_KERNEL_CS, (unsigned long)trap_entry_##v }

static void trap_save(const struct trap_frame *f)
{
	trap_last = (struct trap_record){
		.vector = f->vector,
		.error = f->error,
		.rip = f->rip,
		.cs = f->cs,
		.rflags = f->rflags,
		.rsp = f->rsp,
		.cr2 = shared_info->vcpu_info[0].arch.cr2,
		.rax = f->rax,
		.rcx = f->rcx,
		.r11 = f->r11,
		.mask = shared_info->vcpu_info[0].evtchn_upcall_mask,
	};
}

static void event_handle(void)
{
	event_upcalls++;
	shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
	if (event_hook)
		event_hook();
}

void trap_handle(struct trap_frame *f);
void trap_handle(struct trap_frame *f)
{
	if (trap_hook && trap_hook(f))
		return;
	if (f->vector == TRAP_EVENT) {
		event_handle();
		return;
	}
	trap_save(f);
	if (trap_armed || in_user) {
		trap_armed = in_user = false;
		context_restore(&trap_context);
	}
	print("rip %04lx:%016lx rsp %016lx rflags %lx\n", f->cs, f->rip, f->rsp, f->rflags);
	print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
	print("rsi %016lx rdi %016lx rbp %016lx cr2 %016lx\n", f->rsi, f->rdi, f->rbp,
	      trap_last.cr2);
	test_error("unexpected exception %lu, error %lx, at %lx", f->vector, f->error, f->rip);
	report_end();
}

static void callback_set(unsigned int type, const char *entry)
{
	struct callback_register reg = {
		.type = type, .flags = CALLBACKF_mask_events, .address = (unsigned long)entry,
	};

	NEED(hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, &reg));
}

void trap_init(void)
{
	static const struct trap_info table[] = {
		ROW(0, 0),  ROW(1, 0),	ROW(3, 3),  ROW(4, 3),	ROW(5, 0),   ROW(6, 0),
		ROW(7, 0),  ROW(8, 0),	ROW(10, 0), ROW(11, 0), ROW(12, 0),  ROW(13, 0),
		ROW(14, 0), ROW(16, 0), ROW(17, 0), ROW(19, 0), ROW(128, 3), { 0, 0, 0, 0 },
	};

	NEED(hypercall(__HYPERVISOR_set_trap_table, table));
	callback_set(CALLBACKTYPE_event, trap_entry_250);
	callback_set(CALLBACKTYPE_failsafe, failsafe_entry);
	callback_set(CALLBACKTYPE_syscall, trap_entry_251);
	NEED(hypercall(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS,
		       stack_kernel + sizeof(stack_kernel)));
}

unsigned int probe_read(const volatile void *at)
{
	return TRY((void)*(const volatile u8 *)at);
}

unsigned int probe_write(volatile void *at)
{
	return TRY(asm volatile("orb $0, %0" : "+m" (*(volatile u8 *)at)));
}

void events_disable(void)
{
	*(volatile u8 *)&shared_info->vcpu_info[0].evtchn_upcall_mask = 1;
	barrier();
}

/* The hypervisor looks at the pending byte only when it returns to us, so a call makes it look. */
void events_enable(void)
{
	barrier();
	*(volatile u8 *)&shared_info->vcpu_info[0].evtchn_upcall_mask = 0;
	barrier();
	if (READ(shared_info->vcpu_info[0].evtchn_upcall_pending))
		xen_version(XENVER_version, NULL);
}

/* --------------------------------------------------------------------- user mode */
static void user_leave(void)
{
	asm volatile("int3");
}

static void user_tables(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	NEED(mmuext(MMUEXT_NEW_USER_BASEPTR, page_top_mfn(), 0));
}

unsigned int user_iret(const struct iret_context *frame, void *rdi)
{
	user_tables();
	trap_last.vector = TRAP_NONE;
	if (!context_save(&trap_context)) {
		in_user = true;
		barrier();
		iret_with(frame, rdi);
	}
	in_user = false;
	return READ(trap_last.vector);
}

unsigned int user_run(void (*fn)(void *arg), void *arg)
{
	u64 *top = (u64 *)(stack_user + sizeof(stack_user)) - 9;
	struct iret_context frame = {
		.rip = (u64)fn,
		.cs = FLAT_USER_CS,
		.rflags = 0x202,
		.rsp = (u64)top,
		.ss = FLAT_USER_SS,
	};

	*top = (u64)user_leave;
	return user_iret(&frame, arg);
}
