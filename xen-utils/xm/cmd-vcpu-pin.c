/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm vcpu-pin, pincpu: which CPUs a domain's virtual CPUs run on.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>

#include "xm/commands.h"
#include "xm/xm.h"

int cmd_vcpu_pin(struct xm *xm, int argc, char **argv)
{
	const char *vcpu, *hard, *soft;
	long long number;
	json_t *body;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 3, 4))
		return XM_USAGE;
	vcpu = argv[optind + 1];
	hard = argv[optind + 2];
	soft = argc - optind > 3 ? argv[optind + 3] : "-";
	body = json_pack("{s:s, s:s}", "op", "vcpu-pin", "vcpu", "all");
	if (!str_eq(vcpu, "all")) {
		if (!xm_parse_number(xm, vcpu, "VCPU", 0, INT_MAX, &number)) {
			json_decref(body);
			return XM_USAGE;
		}
		json_object_set_new(body, "vcpu", json_integer(number));
	}
	if (!str_eq(hard, "-"))
		json_object_set_new(body, "hard", json_string(hard));
	if (!str_eq(soft, "-"))
		json_object_set_new(body, "soft", json_string(soft));
	return xm_domain_op(xm, argv[optind], body);
}

int cmd_pincpu(struct xm *xm, int argc, char **argv)
{
	long long cpu;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 2, 2) ||
	    !xm_parse_number(xm, argv[optind + 1], "CPU", -1, INT_MAX, &cpu))
		return XM_USAGE;
	return xm_domain_op(xm, argv[optind], json_pack("{s:s, s:I}", "op", "pincpu", "cpu",
							(json_int_t)cpu));
}
