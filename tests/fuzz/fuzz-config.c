/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Feeds the bytes to the loader as a file, and its first line as a setting. What loads
 * must print as a file that loads again and prints the same values. */

#include "tide-config-text.h"
#include "tide-config.h"
#include "tide-error.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_error (const GError *error)
{
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), >, 0);
}

static void
check_prints_again (TideConfig *config)
{
  g_autofree char *text = tide_config_print (config);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) again =
      tide_config_load_data ("again", text, strlen (text), NULL, &error);
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  g_assert_no_error (error);
  for (guint i = 0; i < n_keys; i++)
    g_assert_cmpstr (tide_config_get_value (again, &keys[i])->text,
                     ==,
                     tide_config_get_value (config, &keys[i])->text);
  g_assert_cmpuint (tide_route_table_get_routes (tide_config_get_routes (again))->len,
                    ==,
                    tide_route_table_get_routes (tide_config_get_routes (config))->len);
}

static void
load (const char *data, gsize size, const char *setting)
{
  const char *const settings[] = { setting, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) config =
      tide_config_load_data ("/fuzz/t.conf", data, size, settings, &error);

  if (config != NULL)
    check_prints_again (config);
  else
    check_error (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *text = (const char *) data;
  const char *newline = memchr (text, '\n', size);
  g_autofree char *first_line =
      g_strndup (text, newline != NULL ? (gsize) (newline - text) : size);

  load (text, size, NULL);
  load ("", 0, first_line);
  if (newline != NULL)
    load (newline + 1, size - (newline + 1 - text), first_line);
  return 0;
}
