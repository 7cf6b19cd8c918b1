/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-jwt-verifier.h"

G_BEGIN_DECLS

/* Only for the files of this folder. */

const char *tide_jwt_key_check (TideJwtAlgorithm algorithm, const char *key);

G_END_DECLS
