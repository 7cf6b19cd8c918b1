/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-source-keeper.h"

#include "fake-sessions.h"

#define MS G_GINT64_CONSTANT (1000)

/* A source that is as the test says. */

#define FAKE_TYPE_SOURCE (fake_source_get_type ())
G_DECLARE_FINAL_TYPE (FakeSource, fake_source, FAKE, SOURCE, GObject)

struct _FakeSource
{
  GObject parent_instance;

  TideSourceState state;
  TideSourceOutage outage;
};

static void
fake_source_become (FakeSource *self, TideSourceState state)
{
  self->state = state;
  tide_source_emit_state_changed (TIDE_SOURCE (self));
}

static gboolean
fake_source_start (TideSource *source, GError **error)
{
  fake_source_become (FAKE_SOURCE (source), TIDE_SOURCE_CONNECTING);
  return TRUE;
}

static void
fake_source_stop (TideSource *source)
{
  fake_source_become (FAKE_SOURCE (source), TIDE_SOURCE_IDLE);
}

static TideSourceState
fake_source_get_state (TideSource *source)
{
  return FAKE_SOURCE (source)->state;
}

static const char *
fake_source_get_description (TideSource *source)
{
  return "fake";
}

static void
fake_source_get_outage (TideSource *source, TideSourceOutage *outage)
{
  *outage = FAKE_SOURCE (source)->outage;
}

static void
fake_source_iface_init (TideSourceInterface *iface)
{
  iface->start = fake_source_start;
  iface->stop = fake_source_stop;
  iface->get_state = fake_source_get_state;
  iface->get_description = fake_source_get_description;
  iface->get_outage = fake_source_get_outage;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSource,
                               fake_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_SOURCE,
                                                      fake_source_iface_init))

static void
fake_source_class_init (FakeSourceClass *klass)
{
}

static void
fake_source_init (FakeSource *self)
{
}

static FakeSessions sessions;
static TideStatus *status;
static TideSourceKeeper *keeper;
static FakeSource *source; /* (unowned), the keeper's */
static FakeTransport *anna;

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  g_assert_not_reached ();
}

static void
set_up (void)
{
  g_autoptr (TideRouteTable) routes = tide_route_table_new ();
  TideSourceOutlet outlet = { NULL, &sessions.counters, on_message, NULL };

  fake_sessions_init (&sessions);
  outlet.wheel = sessions.wheel;
  status = tide_status_new ("1", 0);
  keeper = tide_source_keeper_new (status, sessions.manager, routes, &outlet);
  source = g_object_new (FAKE_TYPE_SOURCE, NULL);
  g_assert_true (tide_source_keeper_take (keeper, TIDE_SOURCE (source), NULL));
  tide_source_keeper_update (keeper);
  anna = fake_sessions_open_plain (&sessions, "anna");
}

static void
tear_down (void)
{
  fake_transport_end (anna);
  fake_transport_free (anna);
  tide_source_keeper_free (keeper);
  g_object_unref (status);
  fake_sessions_clear (&sessions);
}

static void
assert_state (TideState state)
{
  g_assert_cmpstr (tide_state_get_nick (tide_status_get_state (status)),
                   ==,
                   tide_state_get_nick (state));
}

/* What anna was told; looks for a gap of @n_ms that ends now. */
static void
assert_gap (gint64 n_ms, const char *reason)
{
  g_autofree char *end = g_strdup_printf (",\"reason\":\"%s\"}}\n", reason);
  const char *gap = strstr (anna->log->str, "> {\"type\":\"gap\",\"data\":{\"from\":");
  gint64 from_ms, to_ms;

  g_assert_nonnull (gap);
  g_assert_true (g_str_has_suffix (gap, end));
  from_ms = g_ascii_strtoll (strstr (gap, "\"from\":") + 7, NULL, 10);
  to_ms = g_ascii_strtoll (strstr (gap, "\"to\":") + 5, NULL, 10);
  g_assert_cmpint (to_ms - from_ms, >=, n_ms);
  g_assert_cmpint (to_ms - from_ms, <=, n_ms + 1);
  g_assert_cmpint (ABS (to_ms - g_get_real_time () / 1000), <, 60000);
  g_string_truncate (anna->log, gap - anna->log->str);
}

static void
lose (const char *reason)
{
  source->outage =
      (TideSourceOutage){ tide_clock_now_us (sessions.clock) - 250 * MS, reason };
  fake_source_become (source, TIDE_SOURCE_DISCONNECTED);
}

static void
test_first (void)
{
  g_test_summary ("A source that is there from the start is nothing to talk about");

  set_up ();
  assert_state (TIDE_STATE_STARTING);
  fake_source_become (source, TIDE_SOURCE_CONNECTED);
  assert_state (TIDE_STATE_RUNNING);
  fake_assert_log (anna->log, "");
  g_assert_cmpuint (sessions.counters.source_gaps, ==, 0);
  tear_down ();
}

static void
test_late (void)
{
  FakeTransport *bert;

  g_test_summary (
      "A source that comes late is told of, newcomers too, and misses nothing");

  set_up ();
  fake_source_become (source, TIDE_SOURCE_DISCONNECTED);
  assert_state (TIDE_STATE_DEGRADED);
  bert = fake_sessions_open (&sessions, TIDE_WIRE_PLAIN, "bert");
  g_assert_true (g_str_has_suffix (
      bert->log->str,
      "\n> {\"type\":\"service_status\",\"data\":{\"status\":\"degraded\","
      "\"reason\":\"not_connected\"}}\n"));
  fake_transport_end (bert);
  fake_transport_free (bert);
  fake_source_become (source, TIDE_SOURCE_CONNECTED);
  assert_state (TIDE_STATE_RUNNING);
  fake_assert_log (anna->log,
                   "> {\"type\":\"service_status\",\"data\":{\"status\":\"degraded\","
                   "\"reason\":\"not_connected\"}}\n"
                   "> {\"type\":\"service_status\",\"data\":{\"status\":\"ok\"}}\n");
  tear_down ();
}

static void
test_gap (void)
{
  g_test_summary ("Who loses its source is told once, and once what may be missing");

  set_up ();
  fake_source_become (source, TIDE_SOURCE_CONNECTED);
  for (guint i = 1; i <= 3; i++)
    {
      lose ("no_answer");
      fake_source_become (source, TIDE_SOURCE_DISCONNECTED);
      assert_state (TIDE_STATE_DEGRADED);
      fake_assert_log (anna->log,
                       "> {\"type\":\"service_status\",\"data\":{\"status\":\"degraded\","
                       "\"reason\":\"no_answer\"}}\n");
      tide_clock_advance (sessions.clock, 5000 * MS);
      fake_source_become (source, TIDE_SOURCE_CONNECTED);
      assert_gap (5250, "no_answer");
      fake_assert_log (anna->log,
                       "> {\"type\":\"service_status\",\"data\":{\"status\":\"ok\"}}\n");
      g_assert_cmpuint (sessions.counters.source_gaps, ==, i);
    }
  tear_down ();
}

static TideConfig *
make_config (const char *uri)
{
  g_autofree char *setting = g_strconcat ("redis.uri=", uri, NULL);
  const char *const settings[] = { "source.type=redis", setting, NULL };
  g_autoptr (GError) error = NULL;
  TideConfig *config = tide_config_load_data ("test", "", 0, settings, &error);

  g_assert_no_error (error);
  return config;
}

static void
test_reload (void)
{
  g_autoptr (TideConfig) first = make_config ("unix:/nowhere/1.sock");
  g_autoptr (TideConfig) other = make_config ("unix:/nowhere/2.sock");
  g_autofree char *before = NULL;

  g_test_summary ("Another address in the configuration is gone to; the same one is not");

  set_up ();
  g_assert_true (tide_source_keeper_start (keeper, first, NULL));
  assert_state (TIDE_STATE_STARTING);
  before = g_strdup (tide_status_get_source_description (status));
  tide_source_keeper_reload (keeper, first);
  g_assert_cmpstr (tide_status_get_source_description (status), ==, before);
  tide_source_keeper_reload (keeper, other);
  g_assert_nonnull (strstr (tide_status_get_source_description (status), "2.sock"));
  /* Not while it ends, when the source is stopped for good. */
  tide_status_set_state (status, TIDE_STATE_DRAINING);
  tide_source_keeper_stop (keeper);
  tide_source_keeper_reload (keeper, first);
  g_assert_nonnull (strstr (tide_status_get_source_description (status), "2.sock"));
  g_assert_cmpstr (tide_status_get_source_state (status), ==, "idle");
  fake_assert_log (anna->log, "");
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/source-keeper/first", test_first);
  g_test_add_func ("/daemon/source-keeper/late", test_late);
  g_test_add_func ("/daemon/source-keeper/gap", test_gap);
  g_test_add_func ("/daemon/source-keeper/reload", test_reload);
  return g_test_run ();
}
