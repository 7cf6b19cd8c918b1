/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-console-api.h"
#include "tide-json-scan.h"

#include "pipeline-harness.h"

/* A console of a whole pipeline, and how it is asked. */

static TideConsole *console;

static inline void
start_console (const char *const *more)
{
  set_up (NULL, more);
  console = tide_console_new (tide_pipeline_get_stages (fixture.pipeline),
                              tide_pipeline_get_drain (fixture.pipeline),
                              fixture.config);
}

static inline void
end_console (void)
{
  g_clear_pointer (&console, tide_console_free);
  tear_down ();
}

/* Asks; gives the body, which has to be JSON if it says so. @query is `NAME=VALUE` with
 * `&` between them, undecoded. */
static inline char *
ask_for (const TideConsoleRequest *what, const char *query, guint status)
{
  TideConsoleRequest request = *what;
  TideConsoleAnswer answer = { 200, "application/json", g_string_new (NULL) };
  g_autoptr (GHashTable) names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) words = g_strsplit (query != NULL ? query : "", "&", -1);

  for (char **word = words; *word != NULL; word++)
    {
      char *value = strchr (*word, '=');

      g_hash_table_insert (names, g_strndup (*word, value - *word), g_strdup (value + 1));
    }
  request.query = query != NULL ? names : NULL;
  tide_console_answer (&request, &answer, console);
  if (answer.status != status)
    g_error (
        "%s %s: %u %s", request.method, request.path, answer.status, answer.body->str);
  if (g_str_equal (answer.content_type, "application/json") && status != 204)
    g_assert_cmpint (tide_json_scan (answer.body->str, answer.body->len, NULL, 0, NULL),
                     ==,
                     TIDE_JSON_OK);
  return g_string_free (answer.body, FALSE);
}

static inline char *
get (const char *path, const char *query, guint status)
{
  return ask_for (
      &(TideConsoleRequest){ .method = "GET", .path = path, .body = "" }, query, status);
}

static inline char *
post (const char *path, const char *body, guint status)
{
  /* Not NUL-terminated, so that a sanitizer sees a read behind it. */
  gsize length = strlen (body);
  g_autofree char *copy = g_memdup2 (body, length);

  return ask_for (&(TideConsoleRequest){ .method = "POST",
                                         .path = path,
                                         .body = copy != NULL ? copy : "",
                                         .body_length = length },
                  NULL,
                  status);
}

static inline void
assert_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("no %s in %s", part, text);
}

/* An error has to say what to do. */
static inline void
assert_refused (char *answer, const char *code, const char *part)
{
  g_autofree char *text = answer;
  g_autofree char *start = g_strdup_printf ("{\"code\":\"%s\",\"message\":\"", code);

  g_assert_true (g_str_has_prefix (text, start));
  assert_has (text, part);
}
