/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is what a stranger has put into a name, a payload or a recording, and what
 * tidewirectl shows of it. */

#include "tide-ctl-recording.h"
#include "tide-ctl-text.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
expect_harmless (const char *text, const char *may_have)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_assert_true (!g_unichar_iscntrl (c) || strchr (may_have, (int) c) != NULL);
      g_assert_false (c >= 0x202a && c <= 0x202e);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *clean = tide_ctl_text_clean ((const char *) data, (gssize) size);
  g_autofree char *json = tide_ctl_text_make_json_safe (text);
  g_autofree char *fitted = tide_ctl_text_fit (clean, size % 20);
  g_auto (TideCtlRecord) record = { 0 };

  expect_harmless (clean, "");
  expect_harmless (fitted, "");
  expect_harmless (json, "\n\t");
  g_assert_cmpuint (tide_ctl_text_get_width (fitted), <=, size % 20);
  if (tide_ctl_recording_parse (text, &record))
    {
      g_assert_true (g_utf8_validate (record.channel, -1, NULL));
      g_assert_true (g_utf8_validate (record.payload, -1, NULL));
    }
  return 0;
}
