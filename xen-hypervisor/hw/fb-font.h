/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The font of the framebuffer console (hw/fb-font.c). Private to hw/fb.c. */
#ifndef FB_FONT_H
#define FB_FONT_H

#include <xen/types.h>

#define FB_GLYPH_FIRST 32
#define FB_GLYPHS 95
#define FB_GLYPH_WIDTH 8
#define FB_GLYPH_HEIGHT 16

extern const u64 fb_font[FB_GLYPHS][FB_GLYPH_HEIGHT / 8];

#endif
