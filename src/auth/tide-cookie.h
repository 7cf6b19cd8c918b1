/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *tide_cookie_dup (const char *header, const char *name);

G_END_DECLS
