/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-store.h"

#include "fake-redis-link.h"
#include "log-catcher.h"

/* A store whose Redis is played by the test, and the stages too: they keep users with
 * events, and write down what the store tells them. */

#define NO_NAMES "*2\r\n$1\r\n0\r\n*0\r\n"
#define OK "+OK\r\n"
#define NOW_US (1000 * G_USEC_PER_SEC)

static GPtrArray *lines; /* what was logged; set by main() */

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideRoute *route;
  TideRouteTable *routes;
  TideRedisStore *store;
  GString *told;    /* what the store called, a word each */
  GHashTable *kept; /* (element-type utf8 guint), users, and how many events wait */
  GString *payload; /* of each event */
} Fixture;

static inline TideStoredEvent
make_event (Fixture *self, guint64 id)
{
  TideEventValue key = { "A", 1 };
  TideEventFacts facts = { .route = self->route,
                           .payload = self->payload->str,
                           .payload_length = self->payload->len,
                           .values = &key,
                           .priority = TIDE_PRIORITY_HIGH,
                           .id = 7,
                           .received_us = NOW_US,
                           .timestamp_us = 8 };

  return (TideStoredEvent){ id, tide_event_new_full (&facts), 9, 0 };
}

static inline void
append_event (Fixture *self, const char *name, guint64 id)
{
  TideStoredEvent event = make_event (self, id);

  tide_offline_store_append (TIDE_OFFLINE_STORE (self->store), name, &event);
  tide_event_unref (event.event);
}

static inline void
on_loaded (const GPtrArray *users, guint64 last_id, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append (self->told, "loaded");
  for (guint i = 0; i < users->len; i++)
    {
      const TideStoredUser *user = g_ptr_array_index (users, i);

      g_string_append_printf (self->told,
                              " %s/%" G_GINT64_FORMAT "/%s/%u",
                              user->name,
                              user->since_real_us,
                              user->record,
                              user->events->len);
    }
  g_string_append_printf (self->told, " to %" G_GUINT64_FORMAT ";", last_id);
}

static inline void
on_list (GPtrArray *names, gpointer user_data)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, ((Fixture *) user_data)->kept);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
}

static inline gboolean
on_write (const char *name, gpointer user_data)
{
  Fixture *self = user_data;
  gpointer n_events;

  if (!g_hash_table_lookup_extended (self->kept, name, NULL, &n_events))
    return FALSE;
  tide_offline_store_save_user (TIDE_OFFLINE_STORE (self->store), name, 5, "record");
  for (guint i = 0; i < GPOINTER_TO_UINT (n_events); i++)
    append_event (self, name, i + 1);
  return TRUE;
}

static inline void
on_changed (TideRedisStoreState state, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->told, "%s;", tide_redis_store_state_get_nick (state));
}

static const TideRedisStoreFuncs funcs = {
  .loaded = on_loaded,
  .list = on_list,
  .write = on_write,
  .changed = on_changed,
};

static inline void
make_store (Fixture *self, const char *uri, const char *password_file)
{
  const TideRedisStoreSettings settings = {
    .uri = uri,
    .password_file = password_file,
    .prefix = "t",
    .max_age_us = 100 * G_USEC_PER_SEC,
    .max_load_bytes = 100,
    .routes = self->routes,
  };
  g_autoptr (GError) error = NULL;

  self->store = tide_redis_store_new (self->wheel, &self->counters, &settings, &error);
  g_assert_no_error (error);
}

static inline void
set_up (Fixture *self, gconstpointer unused)
{
  const char *const symbol[] = { "symbol", NULL };

  g_ptr_array_set_size (lines, 0);
  self->clock = tide_clock_new_manual (NOW_US);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->route = tide_route_new ("p", "pattern_alert", symbol, TIDE_AUDIENCE_SUBSCRIBERS);
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->route->is_kept = TRUE;
  g_free (self->route->name);
  self->route->name = g_strdup ("alerts");
  self->routes = tide_route_table_new ();
  tide_route_table_add (self->routes, self->route);
  self->told = g_string_new (NULL);
  self->kept = g_hash_table_new (g_str_hash, g_str_equal);
  self->payload = g_string_new ("{}");
  make_store (self, "unix:/nowhere", NULL);
}

static inline void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->store);
  tide_route_table_unref (self->routes);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  g_string_free (self->told, TRUE);
  g_string_free (self->payload, TRUE);
  g_hash_table_unref (self->kept);
  fake_link_clear ();
}

static inline void
keep (Fixture *self, const char *name, guint n_events)
{
  g_hash_table_insert (self->kept, (gpointer) name, GUINT_TO_POINTER (n_events));
}

/* Asserts what the store told since the last time. */
static inline void
assert_told (Fixture *self, const char *expected)
{
  g_assert_cmpstr (self->told->str, ==, expected);
  g_string_truncate (self->told, 0);
}

static inline void
pass (Fixture *self, gint64 by_us)
{
  tide_clock_advance (self->clock, by_us);
  tide_timer_wheel_run (self->wheel);
}

/* Starts, up to where the connection is made and names are asked for. */
static inline void
connect_store (Fixture *self)
{
  tide_redis_store_start (self->store, &funcs, self);
  fake_link_open ();
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  assert_told (self, "loading;");
}

/* Starts with nothing in Redis, and nothing to be kept. */
static inline void
start_empty (Fixture *self)
{
  connect_store (self);
  fake_link_answer (NO_NAMES);
  assert_told (self, "loaded to 0;writing;whole;");
  fake_link_assert_sent ("");
}
