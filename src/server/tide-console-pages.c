/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The operator's page, at /console/, and what it asks for below /console/api/. */

#include "tide-admission.h"
#include "tide-console-access.h"
#include "tide-console-resource.h"
#include "tide-error.h"
#include "tide-json-string.h"
#include "tide-origin.h"

#include <string.h>

#define PLACE "/console"
#define API_PLACE PLACE "/api"
#define RESOURCE_FOLDER "/org/tidewire/console/"
#define JSON_TYPE "application/json"
#define BODY_MAX_BYTES (64 * 1024)

/* Who asks is found out when the headers are there, and needed when the body is. */
#define USER_KEY "tide-console-user"

static TideConsoleVisit
make_visit (TideHttpServer *self, SoupServerMessage *message)
{
  return (TideConsoleVisit){
    .settings = &self->settings.console,
    .mode = tide_authenticator_get_mode (self->authenticator),
    .reach = tide_reach_find (self, message),
  };
}

static void
on_page_request (SoupServer *soup,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  TideConsoleVisit visit = make_visit (user_data, message);
  const char *file = path + strlen (PLACE);
  g_autofree char *name = NULL;
  g_autoptr (GBytes) page = NULL;

  if (*file == '/')
    name = g_strconcat (RESOURCE_FOLDER, file[1] != '\0' ? file + 1 : "index.html", NULL);
  if (name != NULL)
    page = g_resource_lookup_data (tide_console_get_resource (), name, 0, NULL);
  if (!tide_console_access_is_there (&visit) || (page == NULL && *file != '\0'))
    tide_http_respond_not_found (message);
  else if (!tide_http_check_method (message))
    return;
  else if (page != NULL)
    tide_http_respond_with_page (message, name, page);
  else
    {
      /* Relative: a proxy may have it below a path of its own. */
      soup_message_headers_replace (
          soup_server_message_get_response_headers (message), "Location", "console/");
      tide_http_respond (
          message, SOUP_STATUS_FOUND, "text/plain; charset=utf-8", "console/\n", 9);
    }
}

/* Refuses what the page asks for; @mode says by what to log in, where that is the
 * question. */
static void
refuse (SoupServerMessage *message,
        guint status,
        const char *code,
        const char *text,
        const char *mode)
{
  g_autoptr (GString) body = g_string_new ("{\"code\":");

  tide_json_append_string (body, code, -1);
  g_string_append (body, ",\"message\":");
  tide_json_append_string (body, text, -1);
  if (mode != NULL)
    {
      g_string_append (body, ",\"mode\":");
      tide_json_append_string (body, mode, -1);
    }
  g_string_append (body, "}\n");
  tide_http_respond (message, status, JSON_TYPE, body->str, body->len);
}

static void
refuse_user (TideHttpServer *self, SoupServerMessage *message, const GError *error)
{
  refuse (message,
          g_error_matches (error, TIDE_ERROR, TIDE_ERROR_FORBIDDEN)
              ? SOUP_STATUS_FORBIDDEN
              : SOUP_STATUS_UNAUTHORIZED,
          tide_error_get_nick (error),
          error->message,
          tide_auth_mode_get_nick (tide_authenticator_get_mode (self->authenticator)));
}

/* HEAD is GET, whose body libsoup leaves out. */
static const char *
get_method (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);

  return method == SOUP_METHOD_HEAD ? SOUP_METHOD_GET : method;
}

static gboolean
check_form (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *method = get_method (message);
  const char *type;

  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_DELETE)
    return TRUE;
  if (method != SOUP_METHOD_POST)
    {
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Allow",
                                    "GET, HEAD, POST, DELETE");
      refuse (message,
              SOUP_STATUS_METHOD_NOT_ALLOWED,
              "bad_request",
              "only GET, HEAD, POST and DELETE are possible here",
              NULL);
      return FALSE;
    }
  /* A form of another page can't say that, and its script would have to ask before. */
  type = soup_message_headers_get_content_type (headers, NULL);
  if (type != NULL && g_ascii_strcasecmp (type, JSON_TYPE) == 0)
    return TRUE;
  refuse (message,
          SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
          "bad_request",
          "a POST has to be of the Content-Type " JSON_TYPE,
          NULL);
  return FALSE;
}

/* Only the console's own page may ask: that of the same host, or of an origin that is
 * named since a proxy changes the host. Where any page may have events, with `*`, none
 * has this. */
static gboolean
check_origin (TideHttpServer *self,
              SoupServerMessage *message,
              const TideConsoleVisit *visit)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  const char *const *allowed = (const char *const *) self->settings.allowed_origins;
  const char *problem = NULL;

  if (!tide_console_access_takes_host (
          visit, soup_message_headers_get_one (headers, "Host"), allowed))
    problem =
        "where nobody logs in, the console is reached by an IP address, localhost or the "
        "machine's own name, or by the host of one of [server] allowed-origins";
  else if (!tide_origin_is_allowed (NULL,
                                    origin,
                                    tide_reach_get_host (self, message),
                                    tide_reach_is_secure (self, message)) &&
           !tide_origin_is_named (allowed, origin))
    problem = "this page's origin is not the console's own, nor in [server] "
              "allowed-origins";
  if (problem == NULL)
    return TRUE;
  refuse (message,
          SOUP_STATUS_FORBIDDEN,
          "forbidden",
          problem,
          tide_auth_mode_get_nick (visit->mode));
  return FALSE;
}

/* Decides by the headers; what is let in is answered once its body is there. */
static void
on_api_request (SoupServer *soup,
                SoupServerMessage *message,
                const char *path,
                GHashTable *query,
                gpointer user_data)
{
  TideHttpServer *self = user_data;
  TideConsoleVisit visit = make_visit (self, message);
  g_auto (TideIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  /* libsoup goes by the beginning, which files such as api.js have too. */
  if (!g_str_has_prefix (path, API_PLACE "/"))
    on_page_request (soup, message, path, query, user_data);
  else if (!tide_console_access_is_there (&visit))
    tide_http_respond_not_found (message);
  else if (!check_form (message) || !check_origin (self, message, &visit))
    return;
  else if (!tide_admission_find_user (self, message, query, &identity, &error) ||
           !tide_console_access_check_user (&visit, &identity, &error))
    refuse_user (self, message, error);
  else
    g_object_set_data_full (
        G_OBJECT (message), USER_KEY, g_steal_pointer (&identity.user_name), g_free);
}

static void
answer (TideHttpServer *self,
        SoupServerMessage *message,
        const TideConsoleRequest *request)
{
  TideConsoleAnswer answer = { .status = SOUP_STATUS_OK, .content_type = JSON_TYPE };
  g_autoptr (GString) body = answer.body = g_string_new (NULL);

  self->console_func (request, &answer, self->console_data);
  tide_http_respond (message, answer.status, answer.content_type, body->str, body->len);
}

static void
on_api_body (SoupServer *soup,
             SoupServerMessage *message,
             const char *path,
             GHashTable *query,
             gpointer user_data)
{
  TideHttpServer *self = user_data;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  TideConsoleRequest request = {
    .method = get_method (message),
    .path = path + strlen (API_PLACE "/"),
    .query = query,
    .body = "",
    .user_name = g_object_get_data (G_OBJECT (message), USER_KEY),
  };

  /* Too long, and cut; libsoup had its end in a buffer. */
  if (tide_http_requests_get_socket (message)->has_input_ended)
    return;
  if (request.method == SOUP_METHOD_POST && g_bytes_get_size (body) > 0)
    request.body = g_bytes_get_data (body, &request.body_length);
  if (request.body_length > BODY_MAX_BYTES)
    refuse (message,
            SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
            "bad_request",
            "a body may have 64 KiB at most",
            NULL);
  else if (self->console_func != NULL)
    answer (self, message, &request);
  else
    refuse (message,
            SOUP_STATUS_NOT_FOUND,
            "not_found",
            "nothing answers the console here",
            NULL);
}

/* Keeps a copy of settings, in the place of those that @self has. */
void
tide_console_pages_reload (TideHttpServer *self, const TideConsoleSettings *settings)
{
  TideConsoleSettings copy = {
    .serve = settings->serve,
    .operators = g_strdupv (settings->operators),
    .operator_role = g_strdup (settings->operator_role),
  };

  tide_console_pages_clear (self);
  self->settings.console = copy;
}

/* Frees the settings. */
void
tide_console_pages_clear (TideHttpServer *self)
{
  g_clear_pointer (&self->settings.console.operators, g_strfreev);
  g_clear_pointer (&self->settings.console.operator_role, g_free);
}

/* Adds the handlers; the settings are the caller's until now. */
void
tide_console_pages_add (TideHttpServer *self)
{
  TideConsoleSettings settings = self->settings.console;

  self->settings.console = (TideConsoleSettings){ 0 };
  tide_console_pages_reload (self, &settings);
  soup_server_add_early_handler (self->soup, PLACE, on_page_request, self, NULL);
  soup_server_add_early_handler (self->soup, API_PLACE, on_api_request, self, NULL);
  soup_server_add_handler (self->soup, API_PLACE, on_api_body, self, NULL);
}

/**
 * tide_http_server_set_console_func:
 * @self: a server
 * @func: (nullable): what answers the operator's page
 * @user_data: for @func
 *
 * Says who answers what is asked for below `/console/api/`, by those who may. Without it
 * nothing is found there.
 */
void
tide_http_server_set_console_func (TideHttpServer *self,
                                   TideConsoleFunc func,
                                   gpointer user_data)
{
  self->console_func = func;
  self->console_data = user_data;
}
