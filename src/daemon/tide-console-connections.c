/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connections, looked for and one by one, and users. */

#include "tide-console-private.h"
#include "tide-dict-json.h"
#include "tide-session-list.h"
#include "tide-user-id.h"
#include "tide-visitors.h"

#include <string.h>

#define STATUS_BAD_REQUEST 400
#define STATUS_NOT_FOUND 404
#define LIMIT_MAX 500
#define LIMIT_DEFAULT 100

/* What connections are looked at for. */
typedef struct
{
  const TideStages *stages;
  const char *text; /* (unowned), in small letters */
  gsize length;
  guint64 id; /* that the text is; 0 for none */
} Search;

static const char *
get_query (const TideConsoleRequest *request, const char *name)
{
  return request->query != NULL ? g_hash_table_lookup (request->query, name) : NULL;
}

/* One that is above 0 by default has to be above 0. */
static gboolean
read_number (const TideConsoleRequest *request,
             const char *name,
             guint64 max,
             guint64 *number,
             TideConsoleAnswer *answer)
{
  const char *text = get_query (request, name);

  if (text == NULL ||
      g_ascii_string_to_unsigned (text, 10, *number > 0, max, number, NULL))
    return TRUE;
  tide_console_refuse (answer,
                       STATUS_BAD_REQUEST,
                       "bad_request",
                       "%s has to be a number from %d to %" G_GUINT64_FORMAT,
                       name,
                       *number > 0,
                       max);
  return FALSE;
}

/* Whether @text has what is looked for somewhere in it. Capital letters of ASCII count as
 * small ones. */
static gboolean
contains (const Search *search, const char *text)
{
  gsize length = strlen (text);

  for (gsize at = 0; at + search->length <= length; at++)
    if (g_ascii_strncasecmp (text + at, search->text, search->length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_user (const Search *search, TideUserRef user)
{
  const TideUserTable *users = search->stages->users;
  g_autofree char *text = NULL;

  if (tide_user_table_get_name (users, user.slot) != NULL)
    return contains (search, tide_user_table_get_name (users, user.slot));
  text = tide_user_id_describe (users, user);
  return contains (search, text);
}

static gboolean
is_wanted (const TideConnectionFacts *facts, gpointer user_data)
{
  const Search *search = user_data;
  g_autofree char *address = NULL;

  if (search->length == 0 || facts->id == search->id ||
      contains (search, facts->transport) || has_user (search, facts->user))
    return TRUE;
  address = tide_visitor_to_string (facts->visitor);
  return contains (search, address);
}

static const char *const connection_members[] = { "id",           "user",
                                                  "transport",    "address",
                                                  "connected_ms", "unread_bytes" };

static const TideRowInfo connection_info = { "connections",
                                             "(tssstt)",
                                             connection_members };

static void
add_connections (TideConsole *self, const GArray *ids, TideRows *rows)
{
  const TideStages *stages = self->stages;

  for (guint i = 0; i < ids->len; i++)
    {
      TideConnectionFacts facts;
      g_autofree char *user = NULL;
      g_autofree char *address = NULL;

      if (!tide_session_get_connection_facts (
              stages->sessions, g_array_index (ids, guint64, i), &facts))
        continue;
      user = tide_user_id_describe (stages->users, facts.user);
      address = tide_visitor_to_string (facts.visitor);
      tide_rows_add (rows,
                     facts.id,
                     user,
                     facts.transport,
                     address,
                     tide_inspector_to_wall_us (&self->inspector, facts.opened_us) / 1000,
                     (guint64) facts.n_unread_bytes);
    }
}

/**
 * tide_console_list_connections:
 * @self: a console
 * @request: what is asked for
 * @name: empty
 * @answer: what to fill
 *
 * Answers with a page of the connections that have a text in their user, transport or
 * address, or that the text is the id of. Looks at all connections once.
 */
void
tide_console_list_connections (TideConsole *self,
                               const TideConsoleRequest *request,
                               const char *name,
                               TideConsoleAnswer *answer)
{
  const char *text = get_query (request, "search");
  g_autofree char *small = g_ascii_strdown (text != NULL ? text : "", -1);
  Search search = { self->stages, small, strlen (small), 0 };
  TideConnectionSearch which = { .filter = is_wanted, .user_data = &search };
  guint64 limit = LIMIT_DEFAULT;
  guint n_found;
  g_autoptr (GArray) ids = NULL;
  TideRows *rows;

  if (!read_number (request, "after", G_MAXUINT64, &which.after_id, answer) ||
      !read_number (request, "limit", LIMIT_MAX, &limit, answer))
    return;
  which.limit = limit;
  if (!g_ascii_string_to_unsigned (small, 10, 1, G_MAXUINT64, &search.id, NULL))
    search.id = 0;
  ids = tide_session_find_connections (self->stages->sessions, &which, &n_found);
  g_string_append_printf (answer->body,
                          "{\"total\":%" G_GUINT64_FORMAT ",\"found\":%u",
                          self->stages->counters->connections,
                          n_found);
  rows = tide_rows_new (&connection_info, answer->body);
  add_connections (self, ids, rows);
  tide_rows_finish (rows);
  g_string_append_c (answer->body, '}');
}

/**
 * tide_console_show_connection:
 * @self: a console
 * @request: what is asked for
 * @name: the id of a connection
 * @answer: what to fill
 *
 * Answers with all that is known of a connection.
 */
void
tide_console_show_connection (TideConsole *self,
                              const TideConsoleRequest *request,
                              const char *name,
                              TideConsoleAnswer *answer)
{
  guint64 id;
  GVariant *facts = NULL;

  if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXUINT64, &id, NULL))
    facts = tide_inspector_get_connection (id, &self->inspector);
  if (facts != NULL)
    tide_dict_json_append (tide_dict_json_new (facts), answer->body);
  else
    tide_console_refuse (answer,
                         STATUS_NOT_FOUND,
                         "not_found",
                         "there is no connection %s; it may have left, connections has "
                         "those that are open",
                         name);
}

/**
 * tide_console_show_user:
 * @self: a console
 * @request: what is asked for
 * @name: a user, by name or as `:42`
 * @answer: what to fill
 *
 * Answers with all that is known of a user.
 */
void
tide_console_show_user (TideConsole *self,
                        const TideConsoleRequest *request,
                        const char *name,
                        TideConsoleAnswer *answer)
{
  static const char *const limits[] = { "events_per_second",
                                        "urgent_events_per_second",
                                        NULL };
  GVariant *facts = tide_inspector_get_user (name, &self->inspector);
  JsonObject *user;

  if (facts == NULL)
    {
      tide_console_refuse (answer,
                           STATUS_NOT_FOUND,
                           "not_found",
                           "a user %s is neither connected nor waited for; connections "
                           "has those who are connected",
                           name);
      return;
    }
  user = tide_dict_json_new (facts);
  tide_dict_json_name_rows (
      user, "subscriptions", tide_inspector_subscriptions.info.members);
  tide_dict_json_name_rows (user, "limits", limits);
  tide_dict_json_append (user, answer->body);
}
