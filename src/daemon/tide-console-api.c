/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked for by which path, and the answers that are short: the streams and the
 * samples. The others are in the files tide-console-NAME.c. */

#include "tide-console-api.h"

#include "tide-console-private.h"
#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-json-string.h"

#include <gio/gio.h>

#include <string.h>

#define STATUS_CREATED 201
#define STATUS_NO_CONTENT 204
#define STATUS_BAD_REQUEST 400
#define STATUS_NOT_FOUND 404
#define STATUS_BAD_METHOD 405
#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

/**
 * tide_console_refuse:
 * @answer: an answer
 * @status: of HTTP
 * @code: one word for programs
 * @format: what to do about it, for people
 * @...: for @format
 *
 * Makes an answer of an error.
 */
void
tide_console_refuse (
    TideConsoleAnswer *answer, guint status, const char *code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  answer->status = status;
  g_string_printf (answer->body, "{\"code\":\"%s\",\"message\":", code);
  tide_json_append_string (answer->body, message, -1);
  g_string_append_c (answer->body, '}');
}

/**
 * tide_console_refuse_error:
 * @answer: an answer
 * @error: what is wrong with the request, or with us
 *
 * Makes an answer of an error.
 */
void
tide_console_refuse_error (TideConsoleAnswer *answer, const GError *error)
{
  guint status = STATUS_BAD_REQUEST;
  const char *code = "bad_request";

  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED))
    {
      status = STATUS_TOO_MANY;
      code = "limit_exceeded";
    }
  else if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_FAILED))
    {
      status = STATUS_UNAVAILABLE;
      code = "unavailable";
    }
  tide_console_refuse (answer, status, code, "%s", error->message);
}

static void
show_samples (TideConsole *self,
              const TideConsoleRequest *request,
              const char *name,
              TideConsoleAnswer *answer)
{
  tide_samples_want (self->samples);
  tide_samples_append (self->samples, answer->body);
}

/* Returns: (transfer full) (nullable): the filter of a body, which has none by default */
static char *
read_filter (const TideConsoleRequest *request)
{
  TideJsonField field = { .name = "filter", .parent = -1 };
  g_autofree char *filter = NULL;
  TideJsonKind kind;
  gsize length;

  if (tide_json_scan (request->body, request->body_length, &field, 1, &kind) !=
          TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return NULL;
  if (field.kind == TIDE_JSON_NONE)
    return g_strdup ("");
  if (field.kind != TIDE_JSON_STRING)
    return NULL;
  filter = tide_json_unescape (field.start, field.length, &length);
  return strlen (filter) == length ? g_steal_pointer (&filter) : NULL;
}

static void
open_stream (TideConsole *self,
             const TideConsoleRequest *request,
             const char *name,
             TideConsoleAnswer *answer)
{
  g_autofree char *filter = read_filter (request);
  g_autoptr (GError) error = NULL;
  const char *id;

  if (filter == NULL)
    {
      tide_console_refuse (answer,
                           STATUS_BAD_REQUEST,
                           "bad_request",
                           "the body has to be a JSON object such as "
                           "{\"filter\":\"type=tick_data key=A*\"}");
      return;
    }
  id = tide_reader_streams_open (self->streams, filter, &error);
  if (id == NULL)
    {
      tide_console_refuse_error (answer, error);
      return;
    }
  answer->status = STATUS_CREATED;
  g_string_printf (answer->body, "{\"stream\":\"%s\"}", id);
}

static void
refuse_stream (TideConsoleAnswer *answer)
{
  tide_console_refuse (answer,
                       STATUS_NOT_FOUND,
                       "not_found",
                       "there is no such stream: one that nobody reads for %d s is "
                       "closed; open another by a POST to streams",
                       (int) (TIDE_READER_STREAMS_PATIENCE_US / G_USEC_PER_SEC));
}

static void
read_stream (TideConsole *self,
             const TideConsoleRequest *request,
             const char *name,
             TideConsoleAnswer *answer)
{
  if (tide_reader_streams_read (self->streams, name, answer->body))
    answer->content_type = "application/x-ndjson";
  else
    refuse_stream (answer);
}

static void
close_stream (TideConsole *self,
              const TideConsoleRequest *request,
              const char *name,
              TideConsoleAnswer *answer)
{
  if (tide_reader_streams_close (self->streams, name))
    answer->status = STATUS_NO_CONTENT;
  else
    refuse_stream (answer);
}

/* A path that ends with a slash is followed by a name. */
static const struct
{
  const char *path;
  const char *method;
  TideConsoleVerb verb;
} verbs[] = {
  { "connections", "GET", tide_console_list_connections },
  { "connections/", "GET", tide_console_show_connection },
  { "explain", "POST", tide_console_explain },
  { "overview", "GET", tide_console_show_overview },
  { "samples", "GET", show_samples },
  { "session", "GET", tide_console_show_session },
  { "streams", "POST", open_stream },
  { "streams/", "DELETE", close_stream },
  { "streams/", "GET", read_stream },
  { "users/", "GET", tide_console_show_user },
};

/* Returns: (nullable): what @path has behind @pattern, or %NULL when it is another */
static const char *
find_name (const char *path, const char *pattern)
{
  const char *name;

  if (!g_str_has_prefix (path, pattern))
    return NULL;
  name = path + strlen (pattern);
  return g_str_has_suffix (pattern, "/") == (*name != '\0') ? name : NULL;
}

/**
 * tide_console_answer:
 * @request: what is asked for
 * @answer: what to fill
 * @user_data: the console
 *
 * A #TideConsoleFunc.
 */
void
tide_console_answer (const TideConsoleRequest *request,
                     TideConsoleAnswer *answer,
                     gpointer user_data)
{
  g_autoptr (GString) methods = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      const char *name = find_name (request->path, verbs[i].path);

      if (name == NULL)
        continue;
      if (g_str_equal (request->method, verbs[i].method))
        {
          verbs[i].verb (user_data, request, name, answer);
          return;
        }
      g_string_append_printf (
          methods, "%s%s", methods->len > 0 ? " and " : "", verbs[i].method);
    }
  if (methods->len > 0)
    tide_console_refuse (answer,
                         STATUS_BAD_METHOD,
                         "bad_request",
                         "only %s can be used here",
                         methods->str);
  else
    tide_console_refuse (answer,
                         STATUS_NOT_FOUND,
                         "not_found",
                         "the console has no %s; see docs/CONSOLE-API.md",
                         request->path);
}

/**
 * tide_console_new:
 * @stages: the stages; must outlive the result
 * @drain: what knows the limits in force; must outlive the result
 * @config: what is in force
 *
 * Returns: (transfer full): a console
 */
TideConsole *
tide_console_new (const TideStages *stages, TideDrain *drain, TideConfig *config)
{
  TideConsole *self = g_new0 (TideConsole, 1);

  self->stages = stages;
  self->drain = drain;
  self->inspector = (TideInspector){ stages, tide_config_ref (config) };
  self->keys = tide_busy_keys_new (stages->router, stages->wheel);
  self->samples = tide_samples_new (stages->wheel, stages->counters);
  self->streams = tide_reader_streams_new (stages->streams, stages->wheel);
  return self;
}

/**
 * tide_console_free:
 * @self: (transfer full): a console
 *
 * Closes all that was opened through it.
 */
void
tide_console_free (TideConsole *self)
{
  tide_reader_streams_free (self->streams);
  tide_samples_free (self->samples);
  tide_busy_keys_free (self->keys);
  tide_config_unref (self->inspector.config);
  g_free (self);
}

/**
 * tide_console_set_config:
 * @self: a console
 * @config: what is in force from now on
 *
 * Tells a console that the configuration was read again.
 */
void
tide_console_set_config (TideConsole *self, TideConfig *config)
{
  tide_config_ref (config);
  tide_config_unref (self->inspector.config);
  self->inspector.config = config;
}
