/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings, formatting and sorting without state.  Sources: lib/string.c, lib/format.c, lib/sort.c.
 * In a host build the C library's functions of the same names and meanings serve instead.
 */
#ifndef XEN_LIB_H
#define XEN_LIB_H

#include <stdarg.h>
#include <xen/types.h>

#ifdef XEN_HOST_BUILD
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#else
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
/*
 * Formats d i u x X o c s p % with flags 0 - + space #, width, precision, hh h l ll z t.  Returns
 * the length the whole text would have; always terminates when size > 0.  No floating point.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_FORMAT(3, 4);
#endif

/* Copies at most size - 1 characters and terminates; returns the length of src. */
size_t str_copy(char *dst, const char *src, size_t size);

/* Number at s in base 10 or 16 ("0x"); *ret_end is the first character not used. */
u64 str_to_u64(const char *s, const char **ret_end);

/* Number with an optional B, K, M, G or T suffix, in bytes; a bare number counts `unit` bytes. */
u64 str_to_size(const char *s, const char **ret_end, u64 unit);

/*
 * What len characters say: 1 for yes, on, true, 1, enable; 0 for no, off, false, 0, disable; else
 * -1.  With a name: NAME, NAME=BOOL or no-NAME.
 */
int str_bool(const char *s, size_t len);
int str_named_bool(const char *s, size_t len, const char *name);

/* In-place heap sort: no recursion, no allocation. */
void sort_array(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *));

#endif
