/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels compressed for test-kernel.c, with the host's libraries. */
#ifndef TESTS_HOST_KERNEL_PACK_H
#define TESTS_HOST_KERNEL_PACK_H

#include <xen/decompress.h>

/* What comes out, without the size that a kernel build puts behind it; room must suffice. */
size_t kernel_pack(enum kernel_format format, const uint8_t *in, size_t size, uint8_t *out,
		   size_t room);

#endif
