/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideCriterion:
 *
 * What a field of an event is, said beside its payload.
 */
typedef struct
{
  const char *field; /* (unowned), one of the names that the route looks for */
  const char *text;  /* (unowned) */
} TideCriterion;

/**
 * TideSyntheticEvent:
 *
 * An event that no producer has published.
 */
typedef struct
{
  const char *payload;           /* (unowned), one JSON object, of any origin */
  gsize payload_length;          /* in bytes */
  const TideCriterion *criteria; /* (unowned) (nullable) (array length=n_criteria) */
  guint n_criteria;
} TideSyntheticEvent;

TideEvent *tide_synthetic_event_make (const TideSyntheticEvent *self,
                                      TideRoute *route,
                                      gint64 now_us,
                                      GError **error);

G_END_DECLS
