/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-intake.h"
#include "tide-pipeline.h"

#include <glib/gstdio.h>

#include "http-harness.h"
#include "log-catcher.h"

/* The whole way in one process: a recording, and browsers on loopback. The clock is the
 * system's here, so the loop is turned until what is awaited has come, within bounds. */

typedef struct
{
  TideConfig *config;
  TideStatus *status;
  TidePipeline *pipeline;
  const TideCounters *counters;
  char *path;       /* (nullable), of the recording */
  HttpHarness http; /* its port only */
} Fixture;

static Fixture fixture;
static const char *config_text = ""; /* what else the configuration has */

static inline TideConfig *
make_config (const char *const *more)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  TideConfig *config;

  g_ptr_array_add (settings, (gpointer) "server.listen=127.0.0.1:0");
  g_ptr_array_add (settings, (gpointer) "auth.mode=development");
  if (fixture.path != NULL)
    {
      file = g_strconcat ("source.file=", fixture.path, NULL);
      g_ptr_array_add (settings, (gpointer) "source.type=replay");
      g_ptr_array_add (settings, file);
    }
  else
    g_ptr_array_add (settings, (gpointer) "source.type=none");
  for (; more != NULL && *more != NULL; more++)
    g_ptr_array_add (settings, (gpointer) *more);
  g_ptr_array_add (settings, NULL);
  config = tide_config_load_data ("test",
                                  config_text,
                                  strlen (config_text),
                                  (const char *const *) settings->pdata,
                                  &error);
  g_assert_no_error (error);
  return config;
}

/* Starts a pipeline on a recording, or without a source. */
static inline void
set_up (const char *recording, const char *const *more)
{
  g_autoptr (GError) error = NULL;

  memset (&fixture, 0, sizeof fixture);
  if (recording != NULL)
    {
      g_close (g_file_open_tmp ("tide-pipeline-XXXXXX", &fixture.path, NULL), NULL);
      g_assert_true (g_file_set_contents (fixture.path, recording, -1, NULL));
    }
  fixture.config = make_config (more);
  fixture.status = tide_status_new ("1", 0);
  fixture.pipeline = tide_pipeline_new (fixture.config, fixture.status);
  fixture.counters = tide_pipeline_get_counters (fixture.pipeline);
  g_assert_true (tide_pipeline_start (fixture.pipeline, fixture.config, &error));
  g_assert_no_error (error);
  fixture.http.port =
      atoi (tide_status_get_listeners (fixture.status)[0] + strlen ("http://127.0.0.1:"));
}

static inline void
tear_down (void)
{
  g_object_unref (fixture.pipeline);
  g_object_unref (fixture.status);
  tide_config_unref (fixture.config);
  if (fixture.path != NULL)
    g_unlink (fixture.path);
  g_free (fixture.path);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* Turns the loop until the browser has @n frames. */
static inline void
wait_for_frames (RawWebSocket *browser, guint n)
{
  for (guint i = 0; i < 5 * HTTP_PATIENCE && browser->n_frames < n; i++)
    {
      http_turn (browser->fd);
      raw_websocket_take (browser);
    }
  g_assert_cmpuint (browser->n_frames, >=, n);
}

static inline void
subscribe (RawWebSocket *browser, const char *tickers)
{
  g_autofree char *text =
      g_strdup_printf ("{\"type\":\"subscribe_tickers\",\"tickers\":%s}", tickers);

  wait_for_frames (browser, 1);
  raw_websocket_send_text (browser, text);
  wait_for_frames (browser, 2);
  g_assert_nonnull (strstr (browser->log->str, "subscription_updated"));
  g_string_truncate (browser->log, 0);
}

/* Sends a command, and waits for its answer. */
static inline void
ask (RawWebSocket *browser, const char *text)
{
  guint n_frames = browser->n_frames;

  raw_websocket_send_text (browser, text);
  wait_for_frames (browser, n_frames + 1);
}

/* Opens a connection of a user; NULL for an anonymous one. */
static inline void
come (RawWebSocket *browser, const char *user)
{
  g_autofree char *target =
      user != NULL ? g_strconcat ("/ws?user=", user, NULL) : g_strdup ("/ws");

  http_harness_open (&fixture.http, browser, target);
  wait_for_frames (browser, 1);
}

/* Ends a connection, and waits until the service knows. */
static inline void
leave (RawWebSocket *browser)
{
  guint64 n_connections = fixture.counters->connections;

  raw_websocket_clear (browser);
  for (guint i = 0;
       i < 5 * HTTP_PATIENCE && fixture.counters->connections >= n_connections;
       i++)
    http_turn (-1);
  g_assert_cmpuint (fixture.counters->connections, <, n_connections);
}

/* Turns the loop until the browser has got a text. */
static inline void
wait_for_text (RawWebSocket *browser, const char *text)
{
  for (guint i = 0; i < 5 * HTTP_PATIENCE && strstr (browser->log->str, text) == NULL;
       i++)
    {
      http_turn (browser->fd);
      raw_websocket_take (browser);
    }
  if (strstr (browser->log->str, text) == NULL)
    g_error ("no %s in %s", text, browser->log->str);
}

/* Has an event come; tells for how many users it was. */
static inline guint
take (const char *channel, const char *payload)
{
  return tide_intake_take (tide_pipeline_get_stages (fixture.pipeline),
                           channel,
                           strlen (channel),
                           payload,
                           strlen (payload));
}

static inline void
assert_balanced (void)
{
  tide_counters_refresh (tide_pipeline_get_counters (fixture.pipeline));
  g_assert_cmpuint (fixture.counters->balance_error, ==, 0);
}
