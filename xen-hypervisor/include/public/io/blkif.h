/* SPDX-License-Identifier: MIT */
/*
 * Block devices. The front end (guest) and back end agree through xenstore, each under its own
 * device folder, and pass through the states of xenbus.h. The front end writes ring-ref (or
 * ring-page-order and ring-ref0 ...), event-channel and protocol; with multi-queue-num-queues
 * above 1 they stand in queue-0/ and on. The back end writes sectors, sector-size, info and its
 * features: feature-barrier, feature-flush-cache, feature-discard, feature-persistent,
 * feature-max-indirect-segments, max-ring-page-order, multi-queue-max-queues.
 *
 * A request names up to 11 segments, each a granted page and its first and last 512-byte
 * sector; INDIRECT puts the segment list into granted pages. Sector numbers count 512 bytes
 * whatever sector-size says. Responses carry the request's id and may come in any order.
 */
#ifndef XEN_PUBLIC_IO_BLKIF_H
#define XEN_PUBLIC_IO_BLKIF_H

#include "ring.h"
#include "../grant_table.h"

#ifndef blkif_vdev_t
#define blkif_vdev_t	uint16_t
#endif

#define blkif_sector_t	uint64_t

#define BLKIF_OP_READ				0
#define BLKIF_OP_WRITE				1
#define BLKIF_OP_WRITE_BARRIER			2
#define BLKIF_OP_FLUSH_DISKCACHE		3
#define BLKIF_OP_RESERVED_1			4
#define BLKIF_OP_DISCARD			5
#define BLKIF_OP_INDIRECT			6
#define BLKIF_MAX_SEGMENTS_PER_REQUEST		11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST	8

struct blkif_request_segment {
	grant_ref_t gref;
	uint8_t first_sect, last_sect;
};

struct blkif_request {
	uint8_t operation;
	uint8_t nr_segments;
	blkif_vdev_t handle;
	uint64_t id;
	blkif_sector_t sector_number;
	struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};
typedef struct blkif_request blkif_request_t;

struct blkif_request_discard {
	uint8_t operation;
	uint8_t flag;
#define BLKIF_DISCARD_SECURE	(1<<0)
	blkif_vdev_t handle;
	uint64_t id;
	blkif_sector_t sector_number;
	uint64_t nr_sectors;
};
typedef struct blkif_request_discard blkif_request_discard_t;

struct blkif_request_indirect {
	uint8_t operation;
	uint8_t indirect_op;
	uint16_t nr_segments;
	uint64_t id;
	blkif_sector_t sector_number;
	blkif_vdev_t handle;
	grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
};
typedef struct blkif_request_indirect blkif_request_indirect_t;

struct blkif_response {
	uint64_t id;
	uint8_t operation;
	int16_t status;
};
typedef struct blkif_response blkif_response_t;

#define BLKIF_RSP_EOPNOTSUPP	-2
#define BLKIF_RSP_ERROR		-1
#define BLKIF_RSP_OKAY		0

DEFINE_RING_TYPES(blkif, struct blkif_request, struct blkif_response);

#define VDISK_CDROM	0x1
#define VDISK_REMOVABLE	0x2
#define VDISK_READONLY	0x4

#endif /* XEN_PUBLIC_IO_BLKIF_H */
