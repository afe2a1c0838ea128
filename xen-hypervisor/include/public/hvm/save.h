/* SPDX-License-Identifier: MIT */
/*
 * Framing of HVM state records. Each is a descriptor (type, instance, length of what follows)
 * and the record; the stream ends with a descriptor of type 0. DECLARE_HVM_SAVE_TYPE ties a
 * name to its number and structure so that HVM_SAVE_TYPE(X), HVM_SAVE_LENGTH(X) and
 * HVM_SAVE_CODE(X) can be written.
 */
#ifndef XEN_PUBLIC_HVM_SAVE_H
#define XEN_PUBLIC_HVM_SAVE_H

#include "../xen.h"

struct hvm_save_descriptor {
	uint16_t typecode;
	uint16_t instance;
	uint32_t length;
};

#define DECLARE_HVM_SAVE_TYPE_COMPAT(_x,_code,_type,_ctype,_fix) \
	struct __HVM_SAVE_TYPE_##_x { _type t; char c[_code]; char cpt[2];}
#define DECLARE_HVM_SAVE_TYPE(_x,_code,_type)	\
	struct __HVM_SAVE_TYPE_##_x { _type t; char c[_code]; char cpt[1];}
#define HVM_SAVE_TYPE(_x)	__typeof__ (((struct __HVM_SAVE_TYPE_ ##_x *)(0))->t)
#define HVM_SAVE_LENGTH(_x)	(sizeof (HVM_SAVE_TYPE(_x)))
#define HVM_SAVE_CODE(_x)	(sizeof (((struct __HVM_SAVE_TYPE_ ##_x *)(0))->c))

struct hvm_save_end {};

DECLARE_HVM_SAVE_TYPE(END, 0, struct hvm_save_end);

#include "../arch-x86/hvm/save.h"

#endif /* XEN_PUBLIC_HVM_SAVE_H */
