/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-identity.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideFlaskSettings:
 *
 * What the cookies of a Flask application are checked by.
 */
typedef struct
{
  char **secrets;   /* (array zero-terminated=1), its SECRET_KEY and older ones, copied */
  gint64 max_age_s; /* of a session cookie */
  gsize max_inflated_bytes; /* of a session */
  const char *roles_member; /* (nullable), what of a session has the user's roles */
} TideFlaskSettings;

/**
 * TideFlaskSession:
 *
 * Verifies the session cookie of Flask and the remember cookie of Flask-Login.
 */
typedef struct _TideFlaskSession TideFlaskSession;

TideFlaskSession *tide_flask_session_new (const TideFlaskSettings *settings);
void tide_flask_session_free (TideFlaskSession *self);

gboolean tide_flask_session_find_user (TideFlaskSession *self,
                                       const char *session_cookie,
                                       const char *remember_cookie,
                                       gint64 now_s,
                                       TideIdentity *identity,
                                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideFlaskSession, tide_flask_session_free)

G_END_DECLS
