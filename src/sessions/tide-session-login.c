/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who a connection belongs to, where its first request did not say: by a token that it
 * brings when it connects, or later, in place of one that runs out. */

#include "tide-session-login.h"

#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-websocket-manager-private.h"

#include <string.h>

/* What few connections have: one that is not known yet, or whose log-in has an end. */
struct _TideConnectionLogin
{
  GError *refusal;   /* (owned) (nullable), why the first request was not enough */
  gint64 expires_us; /* monotonic time, 0: never */
  gboolean is_told;  /* that it has run out */
};

static TideConnectionLogin *
need_login (TideConnection *connection)
{
  if (connection->login == NULL)
    connection->login = g_new0 (TideConnectionLogin, 1);
  return connection->login;
}

void
tide_session_login_free (TideConnectionLogin *login)
{
  g_clear_error (&login->refusal);
  g_free (login);
}

/* Notes until when the log-in is good. */
static void
set_lifetime (TideConnection *connection, gint64 lifetime_us, gint64 now_us)
{
  if (lifetime_us == 0)
    {
      g_clear_pointer (&connection->login, tide_session_login_free);
      return;
    }

  TideConnectionLogin *login = need_login (connection);

  g_clear_error (&login->refusal);
  login->expires_us = now_us + lifetime_us;
  login->is_told = FALSE;
}

/* Has the connection's timer look at the log-in of one that has just become ready. */
void
tide_session_watch_login (TideConnection *connection)
{
  TideTimerWheel *wheel = connection->manager->wheel;

  if (connection->login != NULL)
    tide_timer_wheel_arm (wheel,
                          &connection->timer,
                          tide_clock_now_us (tide_timer_wheel_get_clock (wheel)));
}

/* Begins with what the first request said. */
void
tide_session_begin_login (TideConnection *connection,
                          const TideNewcomer *newcomer,
                          gint64 now_us)
{
  if (newcomer->refusal != NULL)
    {
      need_login (connection)->refusal = g_error_copy (newcomer->refusal);
      connection->protocol.is_unknown = TRUE;
    }
  else if (newcomer->lifetime_us > 0)
    set_lifetime (connection, newcomer->lifetime_us, now_us);
}

/* Takes a token out of a payload; NULL without one that can be a token. */
static char *
dup_token (const char *payload, gsize length)
{
  TideJsonField field = { .name = "token", .parent = -1 };
  g_autofree char *token = NULL;
  gsize token_length = 0;

  tide_json_scan (payload, length, &field, 1, NULL);
  if (field.kind == TIDE_JSON_STRING)
    token = tide_json_unescape (field.start, field.length, &token_length);
  if (token == NULL || strlen (token) != token_length)
    return NULL;
  return g_steal_pointer (&token);
}

static gboolean
check_token (TideWebSocketManager *manager,
             const char *token,
             TideIdentity *identity,
             GError **error)
{
  if (manager->login.check_token (token, identity, manager->login.user_data, error))
    return TRUE;
  manager->counters->logins_refused++;
  return FALSE;
}

/* Whom a client that is not known is to be: whoever its token names, else a guest where
 * there are guests. */
static gboolean
find_identity (TideConnection *connection,
               const char *token,
               TideIdentity *identity,
               GError **error)
{
  TideWebSocketManager *manager = connection->manager;
  g_autoptr (GError) refusal = NULL;

  if (token != NULL && manager->login.check_token != NULL)
    {
      if (check_token (manager, token, identity, &refusal))
        return TRUE;
    }
  else
    {
      refusal = g_error_copy (connection->login->refusal);
      manager->counters->logins_refused++;
    }
  if (!manager->login.takes_guests)
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }
  identity->is_guest = TRUE;
  return TRUE;
}

static gboolean
take_identity (TideConnection *connection, const TideIdentity *identity, GError **error)
{
  TideWebSocketManager *manager = connection->manager;

  if (!tide_websocket_manager_has_room_for (manager, identity->user_name))
    {
      manager->counters->handshakes_refused_limit++;
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_LIMIT_EXCEEDED,
                           "[server] max-connections-per-user is reached: close another "
                           "tab first");
      return FALSE;
    }
  tide_websocket_manager_identify (manager, connection, identity);
  connection->protocol.is_unknown = FALSE;
  set_lifetime (connection,
                identity->lifetime_us,
                tide_clock_now_us (tide_timer_wheel_get_clock (manager->wheel)));
  return TRUE;
}

/* Finds out who a client is that is about to be let in.
 *
 * Fails with a refusal that the client is to be told. It may try again. */
gboolean
tide_session_admit (TideConnection *connection,
                    const char *payload,
                    gsize length,
                    GError **error)
{
  g_autofree char *token = dup_token (payload, length);
  g_auto (TideIdentity) identity = { 0 };

  return find_identity (connection, token, &identity, error) &&
         take_identity (connection, &identity, error);
}

/* A guest becomes somebody: as one that has just come, without what the guest asked for.
 */
static gboolean
promote (TideConnection *connection, const TideIdentity *identity, GError **error)
{
  if (!tide_websocket_manager_has_room_for (connection->manager, identity->user_name))
    return take_identity (connection, identity, error);
  tide_websocket_manager_leave (connection->manager, connection, TIDE_CLOSE_CLIENT);
  if (!take_identity (connection, identity, error))
    return FALSE;
  tide_websocket_manager_become_ready (connection->manager, connection);
  return TRUE;
}

static gboolean
renew (TideConnection *connection, const TideIdentity *identity, GError **error)
{
  TideWebSocketManager *manager = connection->manager;
  guint32 slot = connection->user.slot;

  if (tide_user_table_is_guest (manager->users, slot))
    return promote (connection, identity, error);
  if (g_strcmp0 (tide_user_table_get_name (manager->users, slot), identity->user_name) !=
      0)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_FORBIDDEN,
                           "the token belongs to another user: connect anew with it");
      return FALSE;
    }
  set_lifetime (connection,
                identity->lifetime_us,
                tide_clock_now_us (tide_timer_wheel_get_clock (manager->wheel)));
  tide_session_watch_login (connection);
  return TRUE;
}

/* Does the command `authenticate` of a client that is known: a new token in place of one
 * that runs out, or of none. */
gboolean
tide_session_run_authenticate (TideConnection *connection,
                               const TideProtocolCommand *command,
                               TideReply *reply,
                               GError **error)
{
  TideWebSocketManager *manager = connection->manager;
  g_autofree char *token = dup_token (command->payload, command->payload_length);
  g_auto (TideIdentity) identity = { 0 };

  if (manager->login.check_token == NULL)
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_UNSUPPORTED,
                         "this server takes no tokens: log in, then connect anew");
  else if (token == NULL)
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_BAD_PAYLOAD,
                         "token must be a string: send {\"token\":\"TOKEN\"}");
  else if (check_token (manager, token, &identity, error) &&
           renew (connection, &identity, error))
    {
      tide_session_describe_login (connection, reply);
      return TRUE;
    }
  return FALSE;
}

/* Returns: monotonic time until which the log-in is good; 0: without an end */
gint64
tide_session_get_login_end (const TideConnection *connection)
{
  return connection->login != NULL ? connection->login->expires_us : 0;
}

/* Answers a log-in: who the client is now, and for how long. */
void
tide_session_describe_login (TideConnection *connection, TideReply *reply)
{
  TideWebSocketManager *manager = connection->manager;
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (manager->wheel));
  const char *name = tide_user_table_get_name (manager->users, connection->user.slot);
  gint64 expires_us = tide_session_get_login_end (connection);

  reply->event = "authenticated";
  g_string_assign (reply->payload, "{\"user\":");
  if (name != NULL)
    tide_json_append_string (reply->payload, name, -1);
  else
    g_string_append (reply->payload, "null");
  if (expires_us > 0)
    g_string_append_printf (reply->payload,
                            ",\"expires_in_s\":%" G_GINT64_FORMAT,
                            MAX (0, expires_us - now_us) / G_USEC_PER_SEC);
  g_string_append_c (reply->payload, '}');
}

static void
tell_expired (TideConnection *connection, gint64 grace_us)
{
  g_autofree char *payload = g_strdup_printf (
      "{\"message\":\"The log-in has run out: send authenticate with a new token\","
      "\"code\":\"login_expired\",\"closes_in_s\":%" G_GINT64_FORMAT "}",
      grace_us / G_USEC_PER_SEC);

  tide_protocol_send_event (
      &connection->protocol, "login_expired", payload, strlen (payload));
}

/* Sees to a log-in that runs out: the client is told, and has some time to bring a new
 * one; then it is closed.
 *
 * Returns: when to look again; %G_MAXINT64: never. The connection may be closed. */
gint64
tide_session_check_login (TideConnection *connection, gint64 now_us)
{
  TideConnectionLogin *login = connection->login;
  gint64 grace_us = connection->manager->login.grace_us;

  if (login == NULL || login->expires_us == 0 || !connection->is_ready)
    return G_MAXINT64;
  if (now_us < login->expires_us)
    return login->expires_us;
  if (now_us >= login->expires_us + grace_us)
    {
      tide_connection_close (connection, TIDE_CLOSE_EXPIRED, "the log-in has run out");
      return G_MAXINT64;
    }
  if (!login->is_told)
    {
      login->is_told = TRUE;
      tell_expired (connection, grace_us);
    }
  return login->expires_us + grace_us;
}
