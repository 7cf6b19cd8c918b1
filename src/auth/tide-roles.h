/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-scan.h"

G_BEGIN_DECLS

char **tide_roles_read (const TideJsonField *field);

G_END_DECLS
