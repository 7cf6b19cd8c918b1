/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is a file of bars that somebody brings: its first byte says how long they are,
 * and its first line how it is written. What is taken can be one, and is read again as it
 * is written. */

#include "tide-ctl-bars.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT (1800000000)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
take_line (const TideCtlBarRules *rules, const char *line, gsize length)
{
  TideCtlBarRules plain = *rules;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  TideCtlBar bar, back;

  if (!tide_ctl_bars_parse (rules, line, length, &bar, &error))
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }
  g_assert_null (tide_bar_values_check (&bar.values, rules->timeframe, NOW_S));
  g_assert_null (tide_bar_values_check_symbol (bar.symbol, strlen (bar.symbol)));
  for (int i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    plain.columns[i] = i;
  tide_ctl_bars_append (text, rules->format, &bar);
  g_assert_true (tide_ctl_bars_parse (&plain, text->str, text->len - 1, &back, &error));
  g_assert_cmpstr (bar.symbol, ==, back.symbol);
  g_assert_cmpmem (&bar.values, sizeof bar.values, &back.values, sizeof back.values);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_memdup2 (data, size);
  TideCtlBarRules rules = { .now_s = NOW_S };
  gboolean is_first = TRUE;
  const char *at;
  const char *end;

  if (size < 2)
    return 0;
  at = text + 1;
  end = text + size;
  rules.timeframe = data[0] % TIDE_N_TIMEFRAMES;
  rules.format = *at == '{' ? TIDE_CTL_BARS_NDJSON : TIDE_CTL_BARS_CSV;
  while (at < end)
    {
      const char *next = memchr (at, '\n', end - at);
      /* A copy of its own, so that reading past it is found. */
      gsize length = (next != NULL ? next : end) - at;
      g_autofree char *line = g_memdup2 (at, length);

      if (is_first && rules.format == TIDE_CTL_BARS_CSV)
        {
          if (!tide_ctl_bars_parse_header (
                  &rules, line != NULL ? line : "", length, NULL))
            return 0;
        }
      else
        take_line (&rules, line != NULL ? line : "", length);
      is_first = FALSE;
      at = next != NULL ? next + 1 : end;
    }
  return 0;
}
