/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cookies of Flask (signed by itsdangerous, URLSafeTimedSerializer with the salt
 * `cookie-session`) and Flask-Login 0.6 (`remember_token`), as these projects make them.
 * A signature is verified before anything else is done with what it stands for. */

#include "tide-flask-session.h"

#include "tide-base64url.h"
#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-refuse.h"
#include "tide-roles.h"
#include "tide-secret-file.h"
#include "tide-user-name.h"

#include <gio/gio.h>

#include <string.h>

#define SALT "cookie-session"
#define SHA1_BYTES 20
#define SHA512_BYTES 64

/* Browsers keep no longer cookies; some servers split larger sessions, which can't be
 * verified by themselves. */
#define MAX_COOKIE_BYTES 8192

enum
{
  FIELD_USER,
  FIELD_IDENT,
  FIELD_OLD_USER,
  FIELD_REMEMBER,
  FIELD_OLD_REMEMBER,
  FIELD_ROLES, /* the last: it may be left out */
  N_FIELDS,
};

struct _TideFlaskSession
{
  TideFlaskSettings settings; /* its strings are owned */
};

/**
 * tide_flask_session_new:
 * @settings: what to go by, copied
 *
 * Returns: (transfer full): a verifier
 */
TideFlaskSession *
tide_flask_session_new (const TideFlaskSettings *settings)
{
  TideFlaskSession *self = g_new0 (TideFlaskSession, 1);

  self->settings = *settings;
  self->settings.secrets = g_strdupv (settings->secrets);
  self->settings.roles_member = g_strdup (settings->roles_member);
  return self;
}

/**
 * tide_flask_session_free:
 * @self: (transfer full): a verifier
 *
 * Frees @self and wipes the secrets.
 */
void
tide_flask_session_free (TideFlaskSession *self)
{
  for (char **secret = self->settings.secrets; *secret != NULL; secret++)
    explicit_bzero (*secret, strlen (*secret));
  g_strfreev (self->settings.secrets);
  g_free ((char *) self->settings.roles_member);
  g_free (self);
}

static void
make_digest (GChecksumType type,
             gconstpointer key,
             gsize key_length,
             const char *text,
             gsize length,
             guint8 *digest,
             gsize digest_length)
{
  g_autoptr (GHmac) hmac = g_hmac_new (type, key, key_length);

  g_hmac_update (hmac, (const guchar *) text, length);
  g_hmac_get_digest (hmac, digest, &digest_length);
}

/* Whether one of the keys has signed what stands before the last dot. All are tried, so
 * that the time tells nothing. */
static gboolean
is_signed (TideFlaskSession *self, const char *cookie, const char *last_dot)
{
  gsize n_bytes;
  g_autofree guint8 *signature =
      tide_base64url_decode (last_dot + 1, strlen (last_dot + 1), &n_bytes);
  gboolean is_good = FALSE;

  if (signature == NULL || n_bytes != SHA1_BYTES)
    return FALSE;
  for (char **secret = self->settings.secrets; *secret != NULL; secret++)
    {
      guint8 key[SHA1_BYTES];
      guint8 digest[SHA1_BYTES];

      make_digest (G_CHECKSUM_SHA1,
                   *secret,
                   strlen (*secret),
                   SALT,
                   strlen (SALT),
                   key,
                   sizeof key);
      make_digest (G_CHECKSUM_SHA1,
                   key,
                   sizeof key,
                   cookie,
                   last_dot - cookie,
                   digest,
                   sizeof digest);
      is_good |= tide_secret_equal (digest, signature, sizeof digest);
    }
  return is_good;
}

/* The time of signing, big-endian; -1 when it is none. */
static gint64
get_time (const char *text, gsize length)
{
  gsize n_bytes;
  g_autofree guint8 *bytes = tide_base64url_decode (text, length, &n_bytes);
  gint64 time_s = 0;

  if (bytes == NULL || n_bytes == 0 || n_bytes > 7)
    return -1;
  for (gsize i = 0; i < n_bytes; i++)
    time_s = time_s << 8 | bytes[i];
  return time_s;
}

/* Decompresses zlib data, but no more of it than a session may have. */
static GBytes *
inflate (const guint8 *bytes, gsize n_bytes, gsize max_bytes)
{
  g_autoptr (GConverter) inflater =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autofree char *out = g_malloc (max_bytes + 1);
  gsize n_taken = 0;
  gsize n_made = 0;

  while (TRUE)
    {
      gsize n_read = 0;
      gsize n_written = 0;
      GConverterResult result = g_converter_convert (inflater,
                                                     bytes + n_taken,
                                                     n_bytes - n_taken,
                                                     out + n_made,
                                                     max_bytes + 1 - n_made,
                                                     G_CONVERTER_INPUT_AT_END,
                                                     &n_read,
                                                     &n_written,
                                                     NULL);

      n_taken += n_read;
      n_made += n_written;
      if (result == G_CONVERTER_ERROR || n_made > max_bytes)
        return NULL;
      if (result == G_CONVERTER_FINISHED)
        return g_bytes_new_take (g_steal_pointer (&out), n_made);
    }
}

/* The JSON of a session whose signature is good. */
static GBytes *
unpack (TideFlaskSession *self, const char *payload, const char *payload_end)
{
  gboolean is_compressed = payload < payload_end && *payload == '.';
  gsize n_bytes;
  g_autofree guint8 *bytes = NULL;

  if (is_compressed)
    payload++;
  bytes = tide_base64url_decode (payload, payload_end - payload, &n_bytes);
  if (bytes == NULL)
    return NULL;
  if (is_compressed)
    return inflate (bytes, n_bytes, self->settings.max_inflated_bytes);
  return g_bytes_new_take (g_steal_pointer (&bytes), n_bytes);
}

static char *
dup_string (const TideJsonField *field)
{
  g_autofree char *text = NULL;
  gsize length = 0;

  if (field->kind == TIDE_JSON_NUMBER)
    return g_strndup (field->start, field->length);
  if (field->kind != TIDE_JSON_STRING)
    return NULL;
  text = tide_json_unescape (field->start, field->length, &length);
  return text != NULL && strlen (text) == length ? g_steal_pointer (&text) : NULL;
}

/* Finds the user in a session: that of Flask-Login, or of a version before 0.5, which is
 * told by the `_id` beside it from what an application keeps by that name. Gives
 * %TRUE without one when nobody is logged in; whether the remember cookie may count then
 * is in @is_cleared. */
static gboolean
read_session (TideFlaskSession *self,
              GBytes *json,
              TideIdentity *found,
              gboolean *is_cleared)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_USER] = { .name = "_user_id", .parent = -1 },
    [FIELD_IDENT] = { .name = "_id", .parent = -1 },
    [FIELD_OLD_USER] = { .name = "user_id", .parent = -1 },
    [FIELD_REMEMBER] = { .name = "_remember", .parent = -1 },
    [FIELD_OLD_REMEMBER] = { .name = "remember", .parent = -1 },
    [FIELD_ROLES] = { .name = self->settings.roles_member, .parent = -1 },
  };
  guint n_fields = self->settings.roles_member != NULL ? N_FIELDS : FIELD_ROLES;
  gsize length;
  const char *text = g_bytes_get_data (json, &length);
  TideJsonKind kind;

  if (length == 0 ||
      tide_json_scan (text, length, fields, n_fields, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return FALSE;
  for (gsize i = FIELD_REMEMBER; i <= FIELD_OLD_REMEMBER; i++)
    *is_cleared |= fields[i].kind == TIDE_JSON_STRING &&
                   tide_json_string_equals (
                       fields[i].start, fields[i].start + fields[i].length, "clear");
  found->user_name = dup_string (&fields[FIELD_USER]);
  if (found->user_name == NULL && fields[FIELD_USER].kind == TIDE_JSON_NONE &&
      fields[FIELD_IDENT].kind == TIDE_JSON_STRING)
    found->user_name = dup_string (&fields[FIELD_OLD_USER]);
  /* The roles of a session that names nobody are nobody's. */
  if (found->user_name != NULL && n_fields == N_FIELDS)
    found->roles = tide_roles_read (&fields[FIELD_ROLES]);
  return TRUE;
}

/* Verifies a session cookie. */
static gboolean
open_session (TideFlaskSession *self,
              const char *cookie,
              gint64 now_s,
              GBytes **json,
              GError **error)
{
  const char *last_dot = strrchr (cookie, '.');
  const char *time_dot;
  gint64 time_s;

  if (strlen (cookie) > MAX_COOKIE_BYTES || last_dot == NULL)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the session cookie is none of Flask's");
  if (!is_signed (self, cookie, last_dot))
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the session cookie is not signed with a key of this server");
  time_dot = memrchr (cookie, '.', last_dot - cookie);
  time_s = time_dot != NULL ? get_time (time_dot + 1, last_dot - time_dot - 1) : -1;
  if (time_s < 0 || time_s > now_s)
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the session cookie was signed at a time that has not been yet");
  if (now_s - time_s > self->settings.max_age_s)
    return tide_refuse (error, TIDE_ERROR_LOGIN_EXPIRED, "the session cookie is too old");
  *json = unpack (self, cookie, time_dot);
  return *json != NULL ||
         tide_refuse (error,
                      TIDE_ERROR_LOGIN_REFUSED,
                      "the session cookie can't be decoded, or is larger "
                      "than [auth] flask-max-inflated-bytes");
}

/* Whether one of the keys has signed the user's id in a remember cookie. */
static gboolean
is_remembered (TideFlaskSession *self, const char *cookie, const char *bar)
{
  gboolean is_good = FALSE;

  if (strlen (bar + 1) != 2 * SHA512_BYTES)
    return FALSE;
  for (char **secret = self->settings.secrets; *secret != NULL; secret++)
    {
      g_autofree char *digest = g_compute_hmac_for_data (G_CHECKSUM_SHA512,
                                                         (const guchar *) *secret,
                                                         strlen (*secret),
                                                         (const guchar *) cookie,
                                                         bar - cookie);

      is_good |= tide_secret_equal (digest, bar + 1, 2 * SHA512_BYTES);
    }
  return is_good;
}

static gboolean
open_remember (TideFlaskSession *self, const char *cookie, char **user_id, GError **error)
{
  const char *bar = strrchr (cookie, '|');

  if (bar == NULL || !is_remembered (self, cookie, bar))
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the remember cookie is not signed with a key of this server");
  *user_id = g_strndup (cookie, bar - cookie);
  return TRUE;
}

/* Finds the user by either cookie; a session that names nobody, or is not good, leaves it
 * to the remember cookie, as with Flask. */
static gboolean
find_user (TideFlaskSession *self,
           const char *session_cookie,
           const char *remember_cookie,
           gint64 now_s,
           TideIdentity *found,
           GError **error)
{
  g_autoptr (GError) session_error = NULL;
  g_autoptr (GBytes) json = NULL;
  gboolean is_cleared = FALSE;

  if (session_cookie != NULL &&
      open_session (self, session_cookie, now_s, &json, &session_error) &&
      !read_session (self, json, found, &is_cleared))
    tide_refuse (
        &session_error, TIDE_ERROR_LOGIN_REFUSED, "the session cookie holds no session");
  if (found->user_name != NULL)
    return TRUE;
  if (remember_cookie != NULL && !is_cleared)
    return open_remember (self, remember_cookie, &found->user_name, error);
  if (session_error == NULL)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REQUIRED, "not logged in: the session names no user");
  g_propagate_error (error, g_steal_pointer (&session_error));
  return FALSE;
}

/**
 * tide_flask_session_find_user:
 * @self: a verifier
 * @session_cookie: (nullable): the value of Flask's session cookie
 * @remember_cookie: (nullable): the value of Flask-Login's remember cookie
 * @now_s: Unix time in seconds
 * @identity: (out caller-allocates): the user whom Flask-Login has logged in, with the
 *   roles that a session says; untouched on failure
 * @error: return location for an error
 *
 * Finds the user whom a browser's cookies belong to, by the rules of itsdangerous and
 * Flask-Login: a cookie that was signed in the future is as bad as one that is too old,
 * and the remember cookie, which has no time, counts when the session names nobody.
 * Flask-Login's session protection is not looked at.
 *
 * Fails with [error@Error.LOGIN_REQUIRED] when nobody is logged in,
 * [error@Error.LOGIN_EXPIRED] when the session is too old, or
 * [error@Error.LOGIN_REFUSED]. No message has anything of the cookies in it.
 *
 * Returns: %TRUE when the user is known
 */
gboolean
tide_flask_session_find_user (TideFlaskSession *self,
                              const char *session_cookie,
                              const char *remember_cookie,
                              gint64 now_s,
                              TideIdentity *identity,
                              GError **error)
{
  g_auto (TideIdentity) found = { 0 };

  if (!find_user (self, session_cookie, remember_cookie, now_s, &found, error))
    return FALSE;
  if (!tide_user_name_is_good (found.user_name))
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the user's id is not 1 to 128 bytes of printable UTF-8");
  *identity = found;
  found = (TideIdentity){ 0 };
  return TRUE;
}
