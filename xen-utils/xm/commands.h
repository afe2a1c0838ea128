/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of xm, one cmd-<verb>.c each (near relatives share one). Only main.c's table names
 * them.
 */
#ifndef XM_COMMANDS_H
#define XM_COMMANDS_H

struct xm;

int cmd_atropos(struct xm *xm, int argc, char **argv);
int cmd_balloon(struct xm *xm, int argc, char **argv);
int cmd_block_attach(struct xm *xm, int argc, char **argv);
int cmd_block_detach(struct xm *xm, int argc, char **argv);
int cmd_block_list(struct xm *xm, int argc, char **argv);
int cmd_button_press(struct xm *xm, int argc, char **argv);
int cmd_bvt(struct xm *xm, int argc, char **argv);
int cmd_bvt_ctxallow(struct xm *xm, int argc, char **argv);
int cmd_call(struct xm *xm, int argc, char **argv);
int cmd_check(struct xm *xm, int argc, char **argv);
int cmd_console(struct xm *xm, int argc, char **argv);
int cmd_consoles(struct xm *xm, int argc, char **argv);
int cmd_cpupool_list(struct xm *xm, int argc, char **argv);
int cmd_create(struct xm *xm, int argc, char **argv);
int cmd_debug_keys(struct xm *xm, int argc, char **argv);
int cmd_destroy(struct xm *xm, int argc, char **argv);
int cmd_dmesg(struct xm *xm, int argc, char **argv);
int cmd_domid(struct xm *xm, int argc, char **argv);
int cmd_domname(struct xm *xm, int argc, char **argv);
int cmd_dump_core(struct xm *xm, int argc, char **argv);
int cmd_help(struct xm *xm, int argc, char **argv);
int cmd_info(struct xm *xm, int argc, char **argv);
int cmd_list(struct xm *xm, int argc, char **argv);
int cmd_log(struct xm *xm, int argc, char **argv);
int cmd_maxmem(struct xm *xm, int argc, char **argv);
int cmd_network_attach(struct xm *xm, int argc, char **argv);
int cmd_network_detach(struct xm *xm, int argc, char **argv);
int cmd_network_list(struct xm *xm, int argc, char **argv);
int cmd_network_setup(struct xm *xm, int argc, char **argv);
int cmd_pause(struct xm *xm, int argc, char **argv);
int cmd_perf(struct xm *xm, int argc, char **argv);
int cmd_pincpu(struct xm *xm, int argc, char **argv);
int cmd_reboot(struct xm *xm, int argc, char **argv);
int cmd_rename(struct xm *xm, int argc, char **argv);
int cmd_rrobin(struct xm *xm, int argc, char **argv);
int cmd_sched_atropos(struct xm *xm, int argc, char **argv);
int cmd_sched_bvt(struct xm *xm, int argc, char **argv);
int cmd_sched_rrobin(struct xm *xm, int argc, char **argv);
int cmd_shutdown(struct xm *xm, int argc, char **argv);
int cmd_sysrq(struct xm *xm, int argc, char **argv);
int cmd_top(struct xm *xm, int argc, char **argv);
int cmd_trigger(struct xm *xm, int argc, char **argv);
int cmd_unpause(struct xm *xm, int argc, char **argv);
int cmd_uptime(struct xm *xm, int argc, char **argv);
int cmd_vcpu_list(struct xm *xm, int argc, char **argv);
int cmd_vcpu_pin(struct xm *xm, int argc, char **argv);
int cmd_vcpu_set(struct xm *xm, int argc, char **argv);
int cmd_vm_list(struct xm *xm, int argc, char **argv);

#endif
