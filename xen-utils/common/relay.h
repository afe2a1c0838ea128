/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A person's terminal connected to a stream: bytes both ways, the terminal in raw mode meanwhile.
 *
 * Relies on the C library. Used by: xencons, xm console.
 * Invariant: whatever ends the relay, SIGTERM and SIGHUP included, the terminal is as it was.
 */
#ifndef COMMON_RELAY_H
#define COMMON_RELAY_H

#define RELAY_ESCAPE 0x1d       /* Ctrl-] */

enum relay_end {
	RELAY_ESCAPED,          /* the person typed RELAY_ESCAPE */
	RELAY_CLOSED,           /* the other end closed the stream */
	RELAY_SIGNALLED,        /* SIGTERM, SIGHUP or SIGINT arrived */
};

/*
 * Relays between @in_fd, @out_fd (normally 0 and 1) and the stream @fd. Input that is not a
 * terminal may end before the stream does; the relay then goes on with output alone. The stream is
 * not closed. Returns an enum relay_end, or -errno.
 */
int relay_run(int in_fd, int out_fd, int fd);

#endif /* COMMON_RELAY_H */
