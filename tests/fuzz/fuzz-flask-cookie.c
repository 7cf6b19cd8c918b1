/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input says what the rest is: `c` a session cookie, `r` a remember
 * cookie, `h` a header Cookie; `p` a payload that is signed as it stands, `j` JSON that
 * is packed and signed, so that what is behind the signature is reached too. */

#include "tide-cookie.h"
#include "tide-error.h"
#include "tide-flask-session.h"
#include "tide-user-name.h"

#include <string.h>

#define NOW 1700000000
#define TIME "ZVPxAA"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
find_user (const char *session_cookie, const char *remember_cookie)
{
  static const char *const secrets[] = { "other", "test-secret", NULL };
  TideFlaskSettings settings = { (char **) secrets, 1000, 65536, "roles" };
  g_autoptr (TideFlaskSession) session = tide_flask_session_new (&settings);
  g_auto (TideIdentity) user = { 0 };
  g_autoptr (GError) error = NULL;

  if (tide_flask_session_find_user (
          session, session_cookie, remember_cookie, NOW, &user, &error))
    g_assert_true (tide_user_name_is_good (user.user_name));
  else
    {
      g_assert_null (user.user_name);
      g_assert_null (user.roles);
      g_assert_true (error->domain == TIDE_ERROR);
    }
}

static char *
encode (const guint8 *bytes, gsize n_bytes)
{
  char *text = g_base64_encode (bytes, n_bytes);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

static char *
sign (const char *payload)
{
  g_autofree char *text = g_strdup_printf ("%s." TIME, payload);
  g_autoptr (GHmac) outer =
      g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) "test-secret", 11);
  g_autoptr (GHmac) inner = NULL;
  g_autofree char *signature = NULL;
  guint8 digest[20];
  gsize length = sizeof digest;

  g_hmac_update (outer, (const guchar *) "cookie-session", -1);
  g_hmac_get_digest (outer, digest, &length);
  inner = g_hmac_new (G_CHECKSUM_SHA1, digest, length);
  g_hmac_update (inner, (const guchar *) text, strlen (text));
  g_hmac_get_digest (inner, digest, &length);
  signature = encode (digest, length);
  return g_strdup_printf ("%s.%s", text, signature);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = size > 0 ? g_strndup ((const char *) data + 1, size - 1) : NULL;
  g_autofree char *payload = NULL;
  g_autofree char *cookie = NULL;

  switch (size > 0 ? data[0] : '\0')
    {
    case 'c':
      find_user (text, NULL);
      break;
    case 'r':
      find_user (NULL, text);
      break;
    case 'h':
      cookie = tide_cookie_dup (text, "session");
      find_user (cookie, NULL);
      break;
    case 'p':
      cookie = sign (text);
      find_user (cookie, NULL);
      break;
    case 'j':
      payload = encode (data + 1, size - 1);
      cookie = sign (payload);
      find_user (cookie, NULL);
      break;
    default:
      break;
    }
  return 0;
}
