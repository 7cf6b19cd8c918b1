/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-inspector.h"

#include "pipeline-harness.h"

/* An inspector of a whole pipeline, and how it is asked. */

typedef GVariant *(*ListFunc) (const TideBusPage *page, gpointer user_data);

static TideInspector inspector;
static TideBusFuncs funcs;

static inline void
start (const char *const *more)
{
  set_up (NULL, more);
  inspector =
      (TideInspector){ tide_pipeline_get_stages (fixture.pipeline), fixture.config };
  tide_inspector_fill_funcs (&inspector, &funcs);
}

static inline GVariant *
list (ListFunc func, guint64 after_id, guint limit)
{
  const TideBusPage page = { .after_id = after_id, .after = "", .limit = limit };

  return g_variant_ref_sink (func (&page, funcs.inspect_data));
}
