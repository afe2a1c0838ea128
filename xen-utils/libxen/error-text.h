/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sentence for the person who asked: struct error_text, error_text_set(), error_text_fail().
 *
 * The definition is shared with the hypervisor, whose reader of kernel images the domain builder
 * compiles as well. Used by libxen, the domain builder, the console daemon and xend.
 */
#ifndef LIBXEN_ERROR_TEXT_H
#define LIBXEN_ERROR_TEXT_H

#include <xen/error-text.h>

#endif /* LIBXEN_ERROR_TEXT_H */
