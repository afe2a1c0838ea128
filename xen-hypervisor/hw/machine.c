/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the machine's work: restart, power off, stop; and the panic that leads there.
 * Everything here works with locks in any state and other CPUs in any state.
 */
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

static bool opt_noreboot;
static int parse_noreboot(const char *value)
{
	opt_noreboot = true;
	return 0;
}
DECLARE_OPTION("noreboot", parse_noreboot, "stop instead of restarting after a fatal error");

static u32 stopping;

static u32 stop_on_nmi(struct cpu_regs *regs)
{
	if (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
		return 0;
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* NMIs reach CPUs that wait for a lock with interrupts off. */
static void stop_others(void)
{
	unsigned int cpu;

	nmi_set_callback(stop_on_nmi);
	__atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
	for_each_online_cpu(cpu)
		if (cpu != hw_cpu_id())
			apic_icr(cpu_apic_id[cpu], 0x4400);
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
	struct { u16 limit; u64 base; } PACKED none = { 0, 0 };

	hw_irq_disable();
	stop_others();
	console_flush();
	if (acpi_info.reset_supported && acpi_info.reset.space == 1)
		hw_outb(acpi_info.reset.addr, acpi_info.reset.value);
	hw_udelay(10000);
	hw_outb(0xcf9, 0x02);
	hw_outb(0xcf9, 0x06);
	hw_udelay(10000);
	for (int i = 0; i < 10; i++) {
		hw_outb(0x64, 0xfe); /* keyboard controller: pulse the reset line */
		hw_udelay(10000);
	}
	__asm__ volatile("lidt %0; int3" ::"m"(none)); /* triple fault */
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* dom0 has put the machine into S5 itself through XENPF_enter_acpi_sleep when it could; if we come here it could not. */
void hw_machine_poweroff(void)
{
	log_notice("machine: power off was asked for; it is safe to switch the machine off now");
	hw_machine_halt();
}

static struct { u16 pm1a, pm1b; } s5_values;

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
	cpumask_t boot_cpu = { { 1 } };

	s5_values.pm1a = pm1a_value;
	s5_values.pm1b = pm1b_value;
	smp_call(&boot_cpu, enter_s5, NULL, true);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* --- what panic prints --- */

void hw_dump_regs(const struct cpu_regs *r)
{
	log_raw("CPU %u: rip %04x:%016lx", hw_cpu_id(), r->cs, r->rip);
	if (!(r->cs & 3))
		symbols_print(r->rip);
	log_raw("\nrflags %016lx vector %u error %#x\n", r->rflags, r->vector, r->error_code);
	log_raw("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	log_raw("rsi %016lx rdi %016lx rbp %016lx rsp %04x:%016lx\n", r->rsi, r->rdi, r->rbp, r->ss, r->rsp);
	log_raw("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	log_raw("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
	log_raw("cr0 %08lx cr2 %016lx cr3 %016lx cr4 %08lx\n", hw_read_cr0(), hw_read_cr2(), hw_read_cr3(), hw_read_cr4());
	if (!(r->cs & 3))
		hw_dump_stack(r);
}

static void print_frames(u64 bp)
{
	u64 top = (bp | (STACK_SIZE - 1)) + 1;

	for (int i = 0; i < 32 && bp && !(bp & 7) && bp + 16 < top && bp >= top - STACK_SIZE; i++) {
		u64 ret = ((u64 *)bp)[1], next = ((u64 *)bp)[0];

		log_raw("  %016lx", ret);
		symbols_print(ret);
		log_raw("\n");
		if (next <= bp)
			break;
		bp = next;
	}
}

void hw_dump_stack(const struct cpu_regs *r)
{
	log_raw("stack:\n");
	print_frames(r->rbp);
}

void panic(const char *fmt, ...)
{
	static u32 entered;
	va_list ap;
	char text[256];

	hw_irq_disable();
	if (__atomic_exchange_n(&entered, 1, __ATOMIC_SEQ_CST)) {
		/* A panic within a panic, or on two CPUs at once: the first one's story is the one that counts. */
		for (;;)
			__asm__ volatile("cli; hlt");
	}
	console_force_unlock();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_raw("\n****************************************\nPanic on CPU %u: %s\n", hw_cpu_id(), text);
	if (current && current->domain)
		log_raw("current: d%uv%u\n", current->domain->id, current->id);
	print_frames((u64)__builtin_frame_address(0));
	log_raw("****************************************\n");
	console_flush();
	if (opt_noreboot) {
		log_raw("The machine stops here (noreboot).\n");
		hw_machine_halt();
	}
	log_raw("Restarting in five seconds.\n");
	hw_udelay(5 * 1000000);
	hw_machine_restart();
}
