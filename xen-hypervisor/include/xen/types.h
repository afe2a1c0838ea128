/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Basic types: fixed-width integers, typed frame numbers and addresses, compiler attributes.
 *
 * Frame numbers and machine addresses are one-member structures, so that mixing a machine frame
 * with a guest's own numbering, or a frame with an address, does not compile.  They are made and
 * opened only by the helpers below.  Relies on nothing; everything relies on it.
 */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u16 domid_t;
#define __DEFINED_DOMID_T 1 /* the public xen.h has the same typedef; C11 allows the repetition */

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* A machine frame: index of a 4 kB frame of the machine's physical address space. */
typedef struct { u64 m; } mfn_t;
/* A machine (physical) byte address. */
typedef struct { u64 a; } maddr_t;

#define INVALID_MFN_RAW (~0ULL)

static inline mfn_t _mfn(u64 n) { return (mfn_t){ n }; }
static inline u64 mfn_x(mfn_t m) { return m.m; }
static inline mfn_t mfn_add(mfn_t m, u64 n) { return (mfn_t){ m.m + n }; }
static inline bool mfn_eq(mfn_t a, mfn_t b) { return a.m == b.m; }
static inline maddr_t _maddr(u64 a) { return (maddr_t){ a }; }
static inline u64 maddr_x(maddr_t a) { return a.a; }
static inline maddr_t mfn_to_maddr(mfn_t m) { return (maddr_t){ m.m << PAGE_SHIFT }; }
static inline mfn_t maddr_to_mfn(maddr_t a) { return (mfn_t){ a.a >> PAGE_SHIFT }; }

#define PACKED __attribute__((packed))
#define NORETURN __attribute__((noreturn))
#define PRINTF_FORMAT(f, a) __attribute__((format(printf, f, a)))
#define ALIGNED(n) __attribute__((aligned(n)))
#define SECTION(s) __attribute__((section(s)))
#define UNUSED __attribute__((unused))
#define USED __attribute__((used))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define MUST_CHECK __attribute__((warn_unused_result))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define BUILD_CHECK(cond) _Static_assert(cond, #cond)

#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define ROUND_UP(x, n) (((x) + (n) - 1) & ~((__typeof__(x))(n) - 1))
#define ROUND_DOWN(x, n) ((x) & ~((__typeof__(x))(n) - 1))
#define DIV_ROUND_UP(x, n) (((x) + (n) - 1) / (n))

/* One access, neither torn, repeated nor invented by the compiler: the only way to look at memory
 * that a guest or another CPU writes. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#endif
