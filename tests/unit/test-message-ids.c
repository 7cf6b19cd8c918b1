/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-message-ids.h"

#include <string.h>

static GHashTable *last; /* the fields of the last line */

static GLogWriterOutput
note_fields (GLogLevelFlags level,
             const GLogField *fields,
             gsize n_fields,
             gpointer user_data)
{
  g_hash_table_remove_all (last);
  for (gsize i = 0; i < n_fields; i++)
    if (fields[i].length < 0)
      g_hash_table_insert (last, g_strdup (fields[i].key), g_strdup (fields[i].value));
  return G_LOG_WRITER_HANDLED;
}

static void
assert_field (const char *key, const char *value)
{
  g_assert_cmpstr (g_hash_table_lookup (last, key), ==, value);
}

static void
test_notable (void)
{
  g_test_summary ("A notable line has its id, its text and how much it matters");

  tide_log_notable (G_LOG_LEVEL_WARNING, TIDE_MESSAGE_SOURCE_LOST, "no %s", "Redis");
  assert_field ("MESSAGE_ID", TIDE_MESSAGE_SOURCE_LOST);
  assert_field ("MESSAGE", "no Redis");
  assert_field ("PRIORITY", "4");
  assert_field ("GLIB_DOMAIN", "test-message-ids");
  g_assert_cmpuint (strlen (TIDE_MESSAGE_SOURCE_LOST), ==, 32);
}

static void
test_user (void)
{
  g_test_summary ("A line about a user has a hash in the place of its name");

  tide_log_about_user (TIDE_MESSAGE_LOGGED_OUT, "0123456789abcdef", "%u gone", 2);
  assert_field ("MESSAGE_ID", TIDE_MESSAGE_LOGGED_OUT);
  assert_field ("TIDE_USER_HASH", "0123456789abcdef");
  assert_field ("MESSAGE", "2 gone");
  assert_field ("PRIORITY", "5");
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_log_set_writer_func (note_fields, NULL, NULL);
  g_test_add_func ("/core/message-ids/notable", test_notable);
  g_test_add_func ("/core/message-ids/user", test_user);
  code = g_test_run ();
  g_hash_table_unref (last);
  return code;
}
