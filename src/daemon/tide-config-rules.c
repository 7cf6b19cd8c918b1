/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What must hold between keys. Each rule is left out when a value that it needs is bad by
 * itself, since that is then what to correct first. */

#include "tide-config-rules.h"

#include "tide-config-rules-private.h"

/* Whether a key's own value is good. */
gboolean
tide_config_checker_can_check (TideConfigChecker *checker,
                               const char *group,
                               const char *name)
{
  return !g_hash_table_contains (checker->bad_keys, tide_config_keys_find (group, name));
}

static gboolean
is_default (TideConfigChecker *checker, const char *group, const char *name)
{
  const TideConfigKey *key = tide_config_keys_find (group, name);

  return tide_config_get_value (checker->config, key)->origin == NULL;
}

/* The place to correct: of the key that the rule is about, or of @other when only that
 * was set. Takes @problem. */
void
tide_config_checker_complain (TideConfigChecker *checker,
                              const char *const *key,
                              const char *const *other,
                              char *problem)
{
  const char *const *place = is_default (checker, key[0], key[1]) ? other : key;

  g_ptr_array_add (
      checker->problems,
      g_strdup_printf ("%s: %s",
                       tide_config_get_origin (checker->config, place[0], place[1]),
                       problem));
  g_free (problem);
}

/* Whether users log in that way. */
gboolean
tide_config_checker_is_mode (TideConfigChecker *checker, const char *mode)
{
  return tide_config_checker_can_check (checker, "auth", "mode") &&
         g_str_equal (tide_config_get_string (checker->config, "auth", "mode"), mode);
}

static void
check_event_fits_outbox (TideConfigChecker *checker)
{
  static const char *const event[] = { "source", "max-event-bytes" };
  static const char *const outbox[] = { "delivery", "outbox-hard-bytes" };

  if (!tide_config_checker_can_check (checker, event[0], event[1]) ||
      !tide_config_checker_can_check (checker, outbox[0], outbox[1]))
    return;

  guint64 event_bytes = tide_config_get_uint64 (checker->config, event[0], event[1]);
  guint64 outbox_bytes = tide_config_get_uint64 (checker->config, outbox[0], outbox[1]);

  if (event_bytes > outbox_bytes / 4)
    tide_config_checker_complain (
        checker,
        event,
        outbox,
        g_strdup_printf (
            "[source] max-event-bytes=%" G_GUINT64_FORMAT
            " is more than a quarter of [delivery] outbox-hard-bytes=%" G_GUINT64_FORMAT
            "; at most %" G_GUINT64_FORMAT " is allowed",
            event_bytes,
            outbox_bytes,
            outbox_bytes / 4));
}

static void
check_soft_below_hard (TideConfigChecker *checker)
{
  static const char *const soft[] = { "delivery", "outbox-soft-bytes" };
  static const char *const hard[] = { "delivery", "outbox-hard-bytes" };

  if (!tide_config_checker_can_check (checker, soft[0], soft[1]) ||
      !tide_config_checker_can_check (checker, hard[0], hard[1]))
    return;

  guint64 soft_bytes = tide_config_get_uint64 (checker->config, soft[0], soft[1]);
  guint64 hard_bytes = tide_config_get_uint64 (checker->config, hard[0], hard[1]);

  if (soft_bytes >= hard_bytes)
    tide_config_checker_complain (
        checker,
        soft,
        hard,
        g_strdup_printf ("[delivery] outbox-soft-bytes=%" G_GUINT64_FORMAT
                         " is not less than outbox-hard-bytes=%" G_GUINT64_FORMAT,
                         soft_bytes,
                         hard_bytes));
}

/* A timeout so far below the interval is most likely seconds taken for milliseconds, and
 * would close every connection whose network hesitates. */
static void
check_ping_timeout (TideConfigChecker *checker)
{
  static const char *const timeout[] = { "engineio", "ping-timeout-ms" };
  static const char *const interval[] = { "engineio", "ping-interval-ms" };

  if (!tide_config_checker_can_check (checker, timeout[0], timeout[1]) ||
      !tide_config_checker_can_check (checker, interval[0], interval[1]))
    return;

  int timeout_ms = tide_config_get_int (checker->config, timeout[0], timeout[1]);
  int interval_ms = tide_config_get_int (checker->config, interval[0], interval[1]);

  if (timeout_ms < interval_ms / 10)
    tide_config_checker_complain (
        checker,
        timeout,
        interval,
        g_strdup_printf ("[engineio] ping-timeout-ms=%d is less than a tenth of "
                         "ping-interval-ms=%d; at least %d is allowed",
                         timeout_ms,
                         interval_ms,
                         interval_ms / 10));
}

static void
check_replay_has_file (TideConfigChecker *checker)
{
  static const char *const type[] = { "source", "type" };
  static const char *const file[] = { "source", "file" };

  if (!tide_config_checker_can_check (checker, type[0], type[1]) ||
      !tide_config_checker_can_check (checker, file[0], file[1]))
    return;
  if (g_str_equal (tide_config_get_string (checker->config, type[0], type[1]),
                   "replay") &&
      *tide_config_get_string (checker->config, file[0], file[1]) == '\0')
    tide_config_checker_complain (
        checker,
        type,
        file,
        g_strdup ("[source] type=replay needs a recording; name it with [source] "
                  "file=PATH"));
}

/* The service alone has some 10 MiB in use: with less than a few times that it would
 * refuse everybody, for ever. */
static void
check_memory_is_enough (TideConfigChecker *checker)
{
  static const char *const memory[] = { "server", "max-memory-bytes" };
  const guint64 least_bytes = 32 * 1024 * 1024;
  guint64 n_bytes;

  if (!tide_config_checker_can_check (checker, memory[0], memory[1]))
    return;
  n_bytes = tide_config_get_uint64 (checker->config, memory[0], memory[1]);
  if (n_bytes > 0 && n_bytes < least_bytes)
    tide_config_checker_complain (
        checker,
        memory,
        memory,
        g_strdup_printf ("[server] max-memory-bytes=%" G_GUINT64_FORMAT
                         " is less than the service itself needs; at least "
                         "%" G_GUINT64_FORMAT ", or 0 for no limit, is allowed",
                         n_bytes,
                         least_bytes));
}

static gboolean
speaks_tls (const char *const *addresses)
{
  for (; *addresses != NULL; addresses++)
    if (tide_config_listen_is_tls (*addresses))
      return TRUE;
  return FALSE;
}

/* A certificate that nobody is shown is a mistake as well: whoever set it believes that
 * what goes out is encrypted. */
static void
check_tls_is_whole (TideConfigChecker *checker)
{
  static const char *const listens[][2] = { { "server", "listen" },
                                            { "server", "admin-listen" } };
  static const char *const certificate[] = { "server", "tls-certificate" };
  static const char *const key[] = { "server", "tls-private-key" };

  if (!tide_config_checker_can_check (checker, "server", "listen") ||
      !tide_config_checker_can_check (checker, "server", "admin-listen") ||
      !tide_config_checker_can_check (checker, certificate[0], certificate[1]) ||
      !tide_config_checker_can_check (checker, key[0], key[1]))
    return;

  TideConfig *config = checker->config;
  gboolean is_public_tls = speaks_tls (tide_config_get_strv (config, "server", "listen"));
  gboolean is_spoken =
      is_public_tls ||
      speaks_tls (tide_config_get_strv (config, "server", "admin-listen"));
  const char *const *listen = listens[is_spoken && !is_public_tls ? 1 : 0];
  gboolean has_certificate =
      *tide_config_get_string (config, certificate[0], certificate[1]) != '\0';
  gboolean has_key = *tide_config_get_string (config, key[0], key[1]) != '\0';

  if (has_certificate != has_key)
    tide_config_checker_complain (
        checker,
        has_certificate ? certificate : key,
        has_certificate ? key : certificate,
        g_strdup_printf ("[server] %s needs %s as well: a certificate is no good "
                         "without its key",
                         has_certificate ? certificate[1] : key[1],
                         has_certificate ? key[1] : certificate[1]));
  else if (is_spoken && !has_certificate)
    tide_config_checker_complain (
        checker,
        listen,
        certificate,
        g_strdup_printf ("[server] %s has an address with tls:, which needs a "
                         "certificate; name its files with tls-certificate=PATH "
                         "and tls-private-key=PATH",
                         listen[1]));
  else if (has_certificate && !is_spoken)
    tide_config_checker_complain (
        checker,
        certificate,
        listen,
        g_strdup ("[server] tls-certificate is set but TLS is spoken nowhere; write "
                  "tls: before an address of listen, such as tls:0.0.0.0:443"));
}

/* In this mode a browser is whoever it says it is, so no other machine may reach us. */
static void
check_is_local_in_development (TideConfigChecker *checker, const char *const *listen)
{
  static const char *const mode[] = { "auth", "mode" };

  if (!tide_config_checker_can_check (checker, listen[0], listen[1]) ||
      !tide_config_checker_is_mode (checker, "development"))
    return;

  const char *const *addresses =
      tide_config_get_strv (checker->config, listen[0], listen[1]);

  for (guint i = 0; addresses[i] != NULL; i++)
    {
      if (tide_config_listen_is_loopback (addresses[i]))
        continue;
      tide_config_checker_complain (
          checker,
          mode,
          listen,
          g_strdup_printf (
              "[auth] mode=development is refused with [server] "
              "%s=%s (%s): whoever reaches that address could take "
              "any user's name; every address must be TCP on "
              "127.0.0.0/8, [::1] or localhost",
              listen[1],
              addresses[i],
              tide_config_get_origin (checker->config, listen[0], listen[1])));
      return;
    }
}

static void
check_development_is_local (TideConfigChecker *checker)
{
  static const char *const listens[][2] = { { "server", "listen" },
                                            { "server", "admin-listen" } };

  for (gsize i = 0; i < G_N_ELEMENTS (listens); i++)
    check_is_local_in_development (checker, listens[i]);
}

/* What a mode can't do without. */
static void
check_login_has_secrets (TideConfigChecker *checker)
{
  static const char *const mode[] = { "auth", "mode" };
  static const struct
  {
    const char *mode;
    const char *key;
    const char *what;
  } needs[] = {
    { "flask-session", "flask-secret-file", "the application's SECRET_KEY" },
    { "jwt", "jwt-key-file", "what tokens are checked with" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    if (tide_config_checker_is_mode (checker, needs[i].mode) &&
        tide_config_checker_can_check (checker, "auth", needs[i].key) &&
        *tide_config_get_string (checker->config, "auth", needs[i].key) == '\0')
      tide_config_checker_complain (
          checker,
          mode,
          mode,
          g_strdup_printf ("[auth] mode=%s needs %s; name a file that has it with "
                           "[auth] %s=PATH",
                           needs[i].mode,
                           needs[i].what,
                           needs[i].key));
}

static void
check_header_has_proxies (TideConfigChecker *checker)
{
  static const char *const mode[] = { "auth", "mode" };

  if (tide_config_checker_is_mode (checker, "header") &&
      tide_config_checker_can_check (checker, "server", "trusted-proxies") &&
      tide_config_get_strv (checker->config, "server", "trusted-proxies")[0] == NULL)
    tide_config_checker_complain (
        checker,
        mode,
        mode,
        g_strdup ("[auth] mode=header believes what the proxy says, so it needs to "
                  "know the proxy; name its address with [server] "
                  "trusted-proxies=ADDRESS"));
}

/* Browsers send cookies whatever page asks: where they log users in, any page could act
 * as them. A proxy most likely goes by cookies, too. */
static void
check_origins_fit_cookies (TideConfigChecker *checker)
{
  static const char *const origins[] = { "server", "allowed-origins" };
  static const char *const mode[] = { "auth", "mode" };
  gboolean has_cookies =
      tide_config_checker_is_mode (checker, "flask-session") ||
      tide_config_checker_is_mode (checker, "header") ||
      (tide_config_checker_is_mode (checker, "jwt") &&
       tide_config_checker_can_check (checker, "auth", "jwt-cookie") &&
       *tide_config_get_string (checker->config, "auth", "jwt-cookie") != '\0');

  if (has_cookies && tide_config_checker_can_check (checker, origins[0], origins[1]) &&
      g_strv_contains (tide_config_get_strv (checker->config, origins[0], origins[1]),
                       "*"))
    tide_config_checker_complain (
        checker,
        origins,
        mode,
        g_strdup_printf (
            "[server] allowed-origins=* is refused with [auth] mode=%s: any page "
            "could act as the users who open it; name the origins of your pages",
            tide_config_get_string (checker->config, "auth", "mode")));
}

/**
 * tide_config_check_rules:
 * @self: a configuration
 * @bad_keys: (element-type TideConfigKey TideConfigKey): keys whose own values are bad
 * already
 * @problems: (element-type utf8): where to add what is wrong, as `PLACE: SENTENCE`
 *
 * Checks what must hold between keys.
 */
void
tide_config_check_rules (TideConfig *self, GHashTable *bad_keys, GPtrArray *problems)
{
  TideConfigChecker checker = { self, bad_keys, problems };

  check_ping_timeout (&checker);
  check_replay_has_file (&checker);
  check_event_fits_outbox (&checker);
  check_soft_below_hard (&checker);
  check_memory_is_enough (&checker);
  check_tls_is_whole (&checker);
  check_development_is_local (&checker);
  check_login_has_secrets (&checker);
  check_header_has_proxies (&checker);
  check_origins_fit_cookies (&checker);
  tide_config_check_admin_rules (&checker);
}
