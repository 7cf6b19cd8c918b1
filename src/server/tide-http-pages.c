/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is served besides the sockets: the page, /health, /ready and
 * /metrics. */

#include "tide-figures.h"
#include "tide-http-server-private.h"
#include "tide-json-string.h"
#include "tide-metrics.h"
#include "tide-page-resource.h"
#include "tide-process-figures.h"
#include "tide-reach.h"

#define RESOURCE_FOLDER "/org/tidewire/page/"

#define CONTENT_SECURITY_POLICY                                                          \
  "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; "                   \
  "frame-ancestors 'none'; form-action 'none'"

static const struct
{
  const char *suffix;
  const char *content_type;
} content_types[] = {
  { ".html", "text/html; charset=utf-8" },
  { ".css", "text/css; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".svg", "image/svg+xml" },
};

static gboolean
takes_host (TideHttpServer *self, SoupServerMessage *message, const TideReach *reach)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  /* Not X-Forwarded-Host: a page can send it, and loopback may be a trusted proxy's. */
  return tide_reach_takes_host (reach,
                                soup_message_headers_get_one (headers, "Host"),
                                (const char *const *) self->settings.allowed_origins);
}

/* Figures are for those who run the service, and not for a page that their browser
 * shows. */
static gboolean
shows_figures (TideHttpServer *self, SoupServerMessage *message)
{
  TideReach reach = tide_reach_find (self, message);

  return tide_reach_is_admin (&reach) && takes_host (self, message, &reach);
}

/* Answers what is neither GET nor HEAD. */
gboolean
tide_http_check_method (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);
  static const char text[] = "Only GET and HEAD are possible here.\n";

  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD)
    return TRUE;
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Allow", "GET, HEAD");
  tide_http_respond (message,
                     SOUP_STATUS_METHOD_NOT_ALLOWED,
                     "text/plain; charset=utf-8",
                     text,
                     sizeof text - 1);
  return FALSE;
}

static const char *
get_content_type (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (content_types); i++)
    if (g_str_has_suffix (path, content_types[i].suffix))
      return content_types[i].content_type;
  return "application/octet-stream";
}

/* Answers with a file, with headers that keep others off a page. */
void
tide_http_respond_with_page (SoupServerMessage *message, const char *path, GBytes *page)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize length;
  const char *body = g_bytes_get_data (page, &length);

  tide_http_respond (message, SOUP_STATUS_OK, get_content_type (path), body, length);
  soup_message_headers_replace (
      headers, "Content-Security-Policy", CONTENT_SECURITY_POLICY);
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
}

/* The path is only ever a name in the resource: nothing of the file system is served. */
static void
on_page_request (SoupServer *soup,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  const char *file = g_str_equal (path, "/") ? "index.html" : path + 1;
  g_autofree char *name = g_strconcat (RESOURCE_FOLDER, file, NULL);
  g_autoptr (GBytes) page =
      g_resource_lookup_data (tide_page_get_resource (), name, 0, NULL);

  if (page == NULL)
    tide_http_respond_not_found (message);
  else if (tide_http_check_method (message))
    tide_http_respond_with_page (message, file, page);
}

/* Alive is 200, whatever the source does: a supervisor must not end a service that waits
 * for its Redis. */
static void
on_health_request (SoupServer *soup,
                   SoupServerMessage *message,
                   const char *path,
                   GHashTable *query,
                   gpointer user_data)
{
  TideHttpServer *self = user_data;
  TideState state = tide_status_get_state (self->status);
  g_autoptr (GString) body = NULL;

  if (!g_str_equal (path, "/health"))
    {
      tide_http_respond_not_found (message);
      return;
    }
  if (!tide_http_check_method (message))
    return;
  body = g_string_new ("{\"status\":");
  g_string_append (body, state == TIDE_STATE_RUNNING ? "\"ok\"" : "\"degraded\"");
  g_string_append_printf (body, ",\"state\":\"%s\"", tide_state_get_nick (state));
  if (shows_figures (self, message))
    {
      g_string_append_printf (
          body, ",\"version\":\"%s\"", tide_status_get_version (self->status));
      tide_figures_append (body, self->counters, self->status);
      tide_figures_append_percentiles (body, self->counters);
    }
  g_string_append (body, "}\n");
  tide_http_respond (message, SOUP_STATUS_OK, "application/json", body->str, body->len);
}

/* Why the service is not ready, for people. What the source is called is not everybody's
 * business. */
static void
append_reason (GString *body, TideHttpServer *self, gboolean shows_name)
{
  g_autofree char *text = NULL;

  switch (tide_status_get_state (self->status))
    {
    case TIDE_STATE_RUNNING:
      return;
    case TIDE_STATE_STARTING:
    case TIDE_STATE_DEGRADED:
      text = g_strdup_printf (
          "the source%s%s is %s",
          shows_name ? " " : "",
          shows_name ? tide_status_get_source_description (self->status) : "",
          tide_status_get_source_state (self->status));
      break;
    case TIDE_STATE_DRAINING:
      text = g_strdup ("the service takes nobody now");
      break;
    }
  g_string_append (body, ",\"reason\":");
  tide_json_append_string (body, text, -1);
}

/* Ready is 200: events come through, as the latest probe has proven. Else 503, so that a
 * balancer sends new clients elsewhere. */
static void
on_ready_request (SoupServer *soup,
                  SoupServerMessage *message,
                  const char *path,
                  GHashTable *query,
                  gpointer user_data)
{
  TideHttpServer *self = user_data;
  TideState state = tide_status_get_state (self->status);
  gboolean is_ready = state == TIDE_STATE_RUNNING;
  g_autoptr (GString) body = NULL;

  if (!g_str_equal (path, "/ready"))
    {
      tide_http_respond_not_found (message);
      return;
    }
  if (!tide_http_check_method (message))
    return;
  body = g_string_new ("{\"status\":");
  g_string_append_printf (
      body, "\"%s\"", is_ready ? "ready" : tide_state_get_nick (state));
  append_reason (body, self, shows_figures (self, message));
  g_string_append (body, "}\n");
  tide_http_respond (message,
                     is_ready ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                     "application/json",
                     body->str,
                     body->len);
}

/* Whoever runs the service, and asks by a name that we can't know, is told what to do. */
static void
refuse_host (SoupServerMessage *message)
{
  static const char text[] =
      "On loopback, figures are given by an IP address, localhost or the machine's own "
      "name: any other may be that of a foreign page, which leads it here. Ask by an "
      "address, such as http://127.0.0.1:5000/metrics. A proxy can send localhost as "
      "Host, or come by a Unix socket. To have the name, see [server] allowed-origins in "
      "docs/METRICS.md.\n";

  tide_http_respond (
      message, SOUP_STATUS_FORBIDDEN, "text/plain; charset=utf-8", text, sizeof text - 1);
}

/* Figures are for those who run the service: without them there is no such page. */
static void
on_metrics_request (SoupServer *soup,
                    SoupServerMessage *message,
                    const char *path,
                    GHashTable *query,
                    gpointer user_data)
{
  TideHttpServer *self = user_data;
  TideReach reach = tide_reach_find (self, message);
  g_autoptr (GString) body = NULL;

  if (!g_str_equal (path, "/metrics") || !tide_reach_is_admin (&reach))
    {
      tide_http_respond_not_found (message);
      return;
    }
  if (!takes_host (self, message, &reach))
    {
      refuse_host (message);
      return;
    }
  if (!tide_http_check_method (message))
    return;
  body = g_string_sized_new (32 * 1024);
  tide_metrics_append (body, self->counters, self->status);
  tide_process_figures_append (
      body, "/proc/self", tide_status_get_started_real_us (self->status));
  tide_http_respond (
      message, SOUP_STATUS_OK, TIDE_METRICS_CONTENT_TYPE, body->str, body->len);
}

/* Adds the handlers of all pages. */
void
tide_http_server_add_pages (TideHttpServer *self)
{
  soup_server_add_early_handler (self->soup, "/", on_page_request, self, NULL);
  soup_server_add_early_handler (self->soup, "/health", on_health_request, self, NULL);
  soup_server_add_early_handler (self->soup, "/metrics", on_metrics_request, self, NULL);
  soup_server_add_early_handler (self->soup, "/ready", on_ready_request, self, NULL);
  tide_console_pages_add (self);
}
