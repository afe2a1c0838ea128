/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The legacy interrupt controllers (hw/i8259.c). */
#ifndef XEN_I8259_H
#define XEN_I8259_H

void i8259_init(void); /* masks both for good */

#endif
