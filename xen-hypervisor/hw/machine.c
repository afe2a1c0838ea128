/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the machine's work: restart, power off, stop; and the panic that leads there.
 * Everything here works with locks in any state and other CPUs in any state.
 */
#include <hw/percpu-layout.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/hw.h>
#include <xen/hwtime.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/machine.h>
#include <xen/nmi.h>
#include <xen/smp.h>
#include <xen/symbols.h>
#include <xen/time.h>

static bool opt_noreboot;
static int parse_noreboot(const char *value)
{
	opt_noreboot = true;
	return 0;
}
DECLARE_OPTION("noreboot", parse_noreboot, "stop instead of restarting after a fatal error");

static u32 stopping; /* number of the CPU that stops the others, plus 1 */
static u32 stopped;  /* how many have */

static u32 stop_on_nmi(struct cpu_regs *regs)
{
	u32 who = __atomic_load_n(&stopping, __ATOMIC_ACQUIRE);

	/* The one that stops the others may still get an NMI of the watchdog's counter. */
	if (!who || who == hw_cpu_id() + 1)
		return who;
	__atomic_fetch_add(&stopped, 1, __ATOMIC_SEQ_CST);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Also before there is a clock: a write to port 0x80 takes about a microsecond. */
static void wait_us(u64 us)
{
	if (hw_time_tsc_khz()) {
		hw_udelay(us);
		return;
	}
	while (us--)
		hw_outb(0x80, 0);
}

/*
 * NMIs reach CPUs that wait for a lock with interrupts off.  Once; the one that comes second stops
 * itself.
 */
static void stop_others(void)
{
	unsigned int cpu, others = 0;
	u32 nobody = 0, self = hw_cpu_id() + 1;

	if (!__atomic_compare_exchange_n(&stopping, &nobody, self, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		if (nobody == self)
			return;
		__atomic_fetch_add(&stopped, 1, __ATOMIC_SEQ_CST);
		for (;;)
			__asm__ volatile("cli; hlt");
	}
	nmi_set_callback(stop_on_nmi);
	for_each_online_cpu(cpu)
	{
		if (cpu == hw_cpu_id())
			continue;
		others++;
		apic_icr(cpu_apic_id[cpu], 0x4400);
	}
	for (int i = 0; i < 1000 && __atomic_load_n(&stopped, __ATOMIC_SEQ_CST) < others; i++)
		wait_us(100);
}

void hw_machine_halt(void)
{
	hw_irq_disable();
	stop_others();
	console_flush();
	for (;;)
		__asm__ volatile("cli; hlt");
}

void hw_machine_restart(void)
{
	struct {
		u16 limit;
		u64 base;
	} PACKED none = {0, 0};

	hw_irq_disable();
	stop_others();
	console_flush();
	if (acpi_info.reset_supported && acpi_info.reset.space == 1)
		hw_outb(acpi_info.reset.addr, acpi_info.reset.value);
	wait_us(10000);
	hw_outb(0xcf9, 0x02);
	hw_outb(0xcf9, 0x06);
	wait_us(10000);
	for (int i = 0; i < 10; i++) {
		hw_outb(0x64, 0xfe); /* keyboard controller: pulse the reset line */
		wait_us(10000);
	}
	__asm__ volatile("lidt %0; int3" ::"m"(none)); /* triple fault */
	for (;;)
		__asm__ volatile("cli; hlt");
}

/*
 * dom0 has put the machine into S5 itself through XENPF_enter_acpi_sleep when it could; if we come
 * here it could not.
 */
void hw_machine_poweroff(void)
{
	log_notice("machine: power off was asked for; it is safe to switch the machine off now");
	hw_machine_halt();
}

static struct {
	u16 pm1a, pm1b;
} s5_values;

/* On the boot CPU: some firmware goes to sleep from no other. */
static void enter_s5(void *unused)
{
	hw_irq_disable();
	stop_others();
	log_notice("machine: switching off (ACPI S5)");
	console_flush();
	acpi_enter_sleep(5, s5_values.pm1a, s5_values.pm1b);
	hw_udelay(2000000);
	log_error("machine: it did not switch itself off; it is safe to do so now");
	console_flush();
	for (;;)
		__asm__ volatile("cli; hlt");
}

void hw_machine_enter_s5(u16 pm1a_value, u16 pm1b_value)
{
	cpumask_t boot_cpu = {{1}};

	s5_values.pm1a = pm1a_value;
	s5_values.pm1b = pm1b_value;
	smp_call(&boot_cpu, enter_s5, NULL, true);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* --- what panic prints --- */

extern char __text_start[], __text_end[];

static bool in_text(u64 va) { return va >= (u64)__text_start && va < (u64)__text_end; }

/*
 * Does a CALL end at va?  Relative (e8 and four bytes), or through a register or memory (ff /2 with
 * no, one or four bytes of displacement, and perhaps one byte of index); va is in the text, which
 * begins with the headers, so what lies before it is as well.
 */
static bool after_call(u64 va)
{
	const u8 *p = (const u8 *)va;

	if (va < (u64)__text_start + 8)
		return false;
	if (p[-5] == 0xe8)
		return true;
	for (int len = 2; len <= 7; len++)
		if (p[-len] == 0xff && (p[-len + 1] >> 3 & 7) == 2)
			return true;
	return false;
}

/*
 * The end of the part of this CPU's stacks that holds sp: one of the pages for #DF, NMI, #MC and
 * #DB, or the main one; 0: none.
 */
static u64 stack_end(u64 sp)
{
	u64 base = ROUND_DOWN((u64)hw_cpu_info(), STACK_SIZE), offset = sp - base;

	/* The boot CPU's first stack has no areas within it. */
	if (offset >= STACK_SIZE)
		return 0;
	if ((base & (PERCPU_AREA_SIZE - 1)) != PERCPU_STACK || base < PERCPU_START)
		return base + STACK_SIZE;
	offset += PERCPU_STACK;
	if (offset >= PERCPU_STACK_MAIN)
		return base - PERCPU_STACK + PERCPU_STACK_TOP;
	return offset >= PERCPU_STACK_GUARD ? 0 : ROUND_DOWN(sp, PAGE_SIZE) + PAGE_SIZE;
}

/*
 * Names what called what, without relying on frame pointers: every word that points behind a CALL
 * may be a return address.  Those that are not on the chain of frame pointers get a question mark.
 * An interrupted instruction is found by the selector that the processor pushed behind it.
 */
static void print_stack(u64 sp, u64 bp)
{
	u64 end = stack_end(sp);
	unsigned int lines = 0;

	log_raw("Stack at %016lx:\n", sp);
	if (!end) {
		log_raw("  (not a stack of this processor)\n");
		return;
	}
	for (sp = ROUND_UP(sp, 8); sp + 8 <= end && lines < 48; sp += 8) {
		u64 word = *(u64 *)sp;
		bool interrupted = sp + 16 <= end && ((u64 *)sp)[1] == SEL_HV_CS;

		if (!in_text(word) || (!interrupted && !after_call(word)))
			continue;
		log_raw("  %016lx", word);
		symbols_print(word);
		log_raw("%s\n", interrupted ? " (interrupted here)" : sp == bp + 8 ? "" : " ?");
		if (sp == bp + 8)
			bp = *(u64 *)bp;
		lines++;
	}
}

void hw_dump_stack(const struct cpu_regs *r) { print_stack(r->rsp, r->rbp); }

void hw_dump_own_stack(void)
{
	print_stack((u64)__builtin_frame_address(0), (u64)__builtin_frame_address(0));
}

static void print_code(u64 rip)
{
	if (!in_text(rip) || !in_text(rip + 15))
		return;
	log_raw("code");
	for (int i = 0; i < 16; i++)
		log_raw(" %02x", ((const u8 *)rip)[i]);
	log_raw("\n");
}

void hw_dump_regs(const struct cpu_regs *r)
{
	const struct vcpu *v = current;

	log_raw("CPU %u, %s%s (vector %u), error code %#x", hw_cpu_id(),
		r->cs & 3 ? "in the guest: " : "", trap_name(r->vector), r->vector, r->error_code);
	if (v && v->domain)
		log_raw(", current d%uv%u", v->domain->id, v->id);
	log_raw("\nrip %04x:%016lx", r->cs, r->rip);
	if (!(r->cs & 3))
		symbols_print(r->rip);
	log_raw(" rflags %08lx\n", r->rflags);
	log_raw("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	log_raw("rsi %016lx rdi %016lx rbp %016lx rsp %04x:%016lx\n", r->rsi, r->rdi, r->rbp, r->ss,
		r->rsp);
	log_raw("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	log_raw("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
	log_raw("cr0 %08lx cr2 %016lx cr3 %016lx cr4 %08lx\n", hw_read_cr0(), hw_read_cr2(),
		hw_read_cr3(), hw_read_cr4());
	if (r->cs & 3)
		return;
	print_code(r->rip);
	hw_dump_stack(r);
}

/*
 * A push that meets the page below the stack faults, the fault has no stack either, and the
 * processor makes #DF of it.
 */
static bool in_guard_page(u64 va)
{
	u64 base = ROUND_DOWN((u64)hw_cpu_info(), STACK_SIZE) - PERCPU_STACK;

	return base >= PERCPU_START && va >= base + PERCPU_STACK_GUARD &&
	       va < base + PERCPU_STACK_MAIN;
}

static void dump_overflown(const struct cpu_regs *r)
{
	u64 base = ROUND_DOWN((u64)hw_cpu_info(), STACK_SIZE) - PERCPU_STACK;

	if (!in_guard_page(hw_read_cr2()) && !in_guard_page(r->rsp))
		return;
	log_raw("The stack of CPU %u has overflowed (%#lx is in the guard page below it).\n",
		hw_cpu_id(), in_guard_page(r->rsp) ? r->rsp : hw_read_cr2());
	if (in_guard_page(r->rsp))
		print_stack(base + PERCPU_STACK_MAIN, r->rbp);
}

static void NORETURN the_end(void)
{
	console_flush();
	if (opt_noreboot) {
		log_raw("The machine stops here (noreboot).\n");
		hw_machine_halt();
	}
	log_raw("Restarting in five seconds.\n");
	wait_us(5 * 1000000);
	hw_machine_restart();
}

static void panic_print(const struct cpu_regs *regs, const char *fmt, va_list ap)
{
	const struct vcpu *v = current;
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	log_raw("\n");
	log_raw("****************************************\n");
	log_raw("Panic on CPU %u: %s\n", hw_cpu_id(), text);
	if (regs) {
		hw_dump_regs(regs);
		if (regs->vector == TRAP_DF)
			dump_overflown(regs);
	} else {
		if (v && v->domain)
			log_raw("current: d%uv%u\n", v->domain->id, v->id);
		hw_dump_own_stack();
	}
	log_raw("****************************************\n");
}

static void NORETURN panic_common(const struct cpu_regs *regs, const char *fmt, va_list ap)
{
	static u32 depth; /* only of the CPU that came first: stop_others() stops the others */

	hw_irq_disable();
	stop_others();
	/* Locks may be held by CPUs that will never let them go. */
	console_force_unlock();
	if (depth++ == 0)
		panic_print(regs, fmt, ap);
	else if (depth == 2)
		log_raw("\nPanic within the panic: %s\n", fmt);
	else
		hw_machine_restart();
	the_end();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_common(NULL, fmt, ap);
}

void panic_regs(const struct cpu_regs *regs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_common(regs, fmt, ap);
}
