/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Doubly linked circular list; the caller holds whatever lock protects it. */
#ifndef XEN_LIST_H
#define XEN_LIST_H

#include <xen/types.h>

struct list { struct list *next, *prev; };

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list *l) { return l->next == l; }

static inline void list_insert(struct list *at, struct list *entry)
{
	entry->prev = at;
	entry->next = at->next;
	at->next->prev = entry;
	at->next = entry;
}

static inline void list_add_head(struct list *l, struct list *entry) { list_insert(l, entry); }
static inline void list_add_tail(struct list *l, struct list *entry)
{
	list_insert(l->prev, entry);
}

/* Leaves the entry self-linked, so that list_empty(entry) says "on no list". */
static inline void list_del(struct list *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	list_init(entry);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_first(l, type, member) list_entry((l)->next, type, member)
#define list_for_each(pos, l, member)                                                              \
	for (pos = list_entry((l)->next, __typeof__(*pos), member); &pos->member != (l);           \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_safe(pos, tmp, l, member)                                                    \
	for (pos = list_entry((l)->next, __typeof__(*pos), member),                                \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member);                          \
	     &pos->member != (l);                                                                  \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

#endif
