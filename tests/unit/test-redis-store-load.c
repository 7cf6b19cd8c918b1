/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-stored-event.h"

#include "redis-store-harness.h"

static void
add_bulk (GString *out, const char *text)
{
  g_string_append_printf (out, "$%zu\r\n%s\r\n", strlen (text), text);
}

/* @names: with blanks between */
static void
answer_names (const char *cursor, const char *names)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  g_autoptr (GString) out = g_string_new ("*2\r\n");

  add_bulk (out, cursor);
  g_string_append_printf (out, "*%u\r\n", g_strv_length (words));
  for (guint i = 0; words[i] != NULL; i++)
    add_bulk (out, words[i]);
  fake_link_answer (out->str);
}

static void
answer_text (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  add_bulk (out, text);
  fake_link_answer (out->str);
}

/* Adds an event as Redis gives back what was appended. */
static void
add_event (Fixture *self, GString *out, guint64 id)
{
  TideStoredEvent event = make_event (self, id);
  g_autoptr (GPtrArray) words = tide_stored_event_make_command ("key", &event);

  g_string_append (out, "*2\r\n");
  for (guint i = 2; i < words->len; i++)
    {
      gsize length;
      const char *text = g_bytes_get_data (g_ptr_array_index (words, i), &length);

      g_string_append_printf (out, "$%zu\r\n%.*s\r\n", length, (int) length, text);
      if (i == 2)
        g_string_append_printf (out, "*%u\r\n", words->len - 3);
    }
  tide_event_unref (event.event);
}

static void
answer_events (Fixture *self, guint64 first_id, guint n)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_printf (out, "*%u\r\n", n);
  for (guint i = 0; i < n; i++)
    add_event (self, out, first_id + i);
  fake_link_answer (out->str);
}

#define ASK(name) "GET t:user:" name ";XRANGE t:offline:" name " 1-0 + COUNT 64;"

static void
test_pages (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Names are read page by page, each user once, though named twice");

  connect_store (self);
  answer_names ("7", "anna bert");
  fake_link_assert_sent (ASK ("anna") ASK ("bert"));
  answer_text ("11\none\n");
  answer_events (self, 3, 1);
  answer_text ("0\n");
  answer_events (self, 0, 0);
  fake_link_assert_sent ("SSCAN t:users 7 COUNT 100;");
  answer_names ("0", "anna carl");
  fake_link_assert_sent (ASK ("carl"));
  answer_text ("10\nthree");
  assert_told (self, "");
  answer_events (self, 9, 2);

  /* Who was away longest comes first, who was here until the end last. */
  g_assert_true (g_str_has_prefix (
      self->told->str, "loaded carl/10/three/2 anna/11/one\n/1 bert/0//0 to 10;"));
}

static void
test_many_events (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Events are read some at a time, from behind the last that came");

  connect_store (self);
  answer_names ("0", "anna");
  answer_text ("1\nr");
  fake_link_assert_sent (ASK ("anna"));
  /* They count 2 bytes each. */
  answer_events (self, 100, 64);
  fake_link_assert_sent ("XRANGE t:offline:anna 164-0 + COUNT 64;");
  answer_events (self, 200, 1);
  g_assert_true (g_str_has_prefix (self->told->str, "loaded anna/1/r/51 to 200;"));
}

static void
test_memory (Fixture *self, gconstpointer unused)
{
  g_test_summary ("What is beyond the limit is not loaded, but no id is used again");

  g_string_assign (self->payload, "{\"a\":\"0123456789012345678901234567890123456789\"}");
  connect_store (self);
  answer_names ("0", "anna bert");
  answer_text ("1\nr");
  answer_events (self, 1, 4);
  answer_text ("2\nr");
  answer_events (self, 50, 1);
  g_assert_true (
      g_str_has_prefix (self->told->str, "loaded anna/1/r/3 bert/2/r/0 to 50;"));
}

static void
test_left_over (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Who has no record, or none that can be read, is taken away in Redis");

  connect_store (self);
  answer_names ("0", "anna bert carl");
  fake_link_assert_sent (ASK ("anna") ASK ("bert") ASK ("carl"));
  fake_link_answer ("$-1\r\n");
  answer_events (self, 1, 1);
  answer_text ("no line");
  answer_events (self, 1, 0);
  answer_text ("-5\nr");
  answer_events (self, 1, 0);
  g_assert_true (g_str_has_prefix (self->told->str, "loaded carl/0/r/0 to 1;"));
  for (guint i = 0; i < 3; i++)
    {
      static const char *const names[] = { "anna", "bert", "carl" };
      g_autofree char *text = g_strdup_printf (
          "DEL t:user:%s t:offline:%s;SREM t:users %s;", names[i], names[i], names[i]);

      g_assert_nonnull (strstr (fake_link_sent->str, text));
    }
}

static void
test_bad_entries (Fixture *self, gconstpointer unused)
{
  static const char names[] = "*2\r\n$1\r\n0\r\n*4\r\n$3\r\na\0b\r\n$0\r\n\r\n:3\r\n"
                              "$4\r\nanna\r\n";
  g_autoptr (GString) events = g_string_new ("*5\r\n"
                                             ":1\r\n"
                                             "*2\r\n$3\r\n5-0\r\n*0\r\n"
                                             "*2\r\n$3\r\n6-0\r\n$1\r\nx\r\n"
                                             "*1\r\n$3\r\n7-0\r\n");

  g_test_summary ("Entries that are no events, and names that are none, are passed over");

  connect_store (self);
  fake_link_answer_bytes (names, sizeof names - 1);
  fake_link_assert_sent (ASK ("anna"));
  answer_text ("1\nr");
  add_event (self, events, 4);
  fake_link_answer (events->str);
  g_assert_true (g_str_has_prefix (self->told->str, "loaded anna/1/r/1 to 5;"));
}

/* Each comes in the place of the answer that was asked for. */
static void
test_odd (Fixture *self, gconstpointer unused)
{
  static const struct
  {
    const char *to_scan;   /* (nullable), NULL: a good one */
    const char *to_get;    /* (nullable), the same */
    const char *to_xrange; /* (nullable), the same */
  } cases[] = {
    { "+OK\r\n" },
    { "-NOPERM no\r\n" },
    { "*1\r\n$1\r\n0\r\n" },
    { "*2\r\n:0\r\n*0\r\n" },
    { "*2\r\n$1\r\n0\r\n$1\r\nx\r\n" },
    { NULL, ":5\r\n" },
    { NULL, "-WRONGTYPE no\r\n" },
    { NULL, NULL, "$1\r\nx\r\n" },
    { NULL, NULL, "-WRONGTYPE no\r\n" },
  };

  g_test_summary ("Answers that are none to what was asked end the connection");

  tide_redis_store_start (self->store, &funcs, self);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fake_link_open ();
      assert_told (self, "loading;");
      if (cases[i].to_scan != NULL)
        fake_link_answer (cases[i].to_scan);
      else
        answer_names ("0", "anna");
      if (cases[i].to_get != NULL)
        fake_link_answer (cases[i].to_get);
      else if (cases[i].to_scan == NULL)
        answer_text ("1\nr");
      if (cases[i].to_xrange != NULL)
        fake_link_answer (cases[i].to_xrange);
      assert_told (self, "disconnected;");
      g_assert_null (fake_link);
      g_assert_cmpuint (self->counters.offline_store_errors, ==, i + 1);
      pass (self, G_USEC_PER_SEC);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/sources/redis-store-load/pages", test_pages },
    { "/sources/redis-store-load/many-events", test_many_events },
    { "/sources/redis-store-load/memory", test_memory },
    { "/sources/redis-store-load/left-over", test_left_over },
    { "/sources/redis-store-load/bad-entries", test_bad_entries },
    { "/sources/redis-store-load/odd", test_odd },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
