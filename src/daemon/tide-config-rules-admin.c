/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What must hold between keys for those who run the service to be told from others. */

#include "tide-config-rules-private.h"

static const char *
skip_tls (const char *address)
{
  return tide_config_listen_is_tls (address) ? strchr (address, ':') + 1 : address;
}

static gboolean
has_address (const char *const *addresses, const char *wanted)
{
  for (; *addresses != NULL; addresses++)
    if (g_str_equal (skip_tls (*addresses), skip_tls (wanted)))
      return TRUE;
  return FALSE;
}

/* One socket can't be for all and for few. Port 0 is another one each time. */
static void
check_listeners_differ (TideConfigChecker *checker)
{
  static const char *const admin[] = { "server", "admin-listen" };
  static const char *const listen[] = { "server", "listen" };

  if (!tide_config_checker_can_check (checker, admin[0], admin[1]) ||
      !tide_config_checker_can_check (checker, listen[0], listen[1]))
    return;

  const char *const *addresses =
      tide_config_get_strv (checker->config, admin[0], admin[1]);

  for (; *addresses != NULL; addresses++)
    {
      if (g_str_has_suffix (*addresses, ":0") ||
          !has_address (tide_config_get_strv (checker->config, listen[0], listen[1]),
                        *addresses))
        continue;
      tide_config_checker_complain (
          checker,
          admin,
          listen,
          g_strdup_printf ("[server] admin-listen=%s is in listen as well; give those "
                           "who run the service an address of their own%s",
                           *addresses,
                           g_str_equal (skip_tls (*addresses), "systemd")
                               ? ", such as systemd:admin for a socket of that name"
                               : ""));
    }
}

static void
check_roles_are_no_names (TideConfigChecker *checker)
{
  static const char *const roles[] = { "auth", "roles-claim" };
  static const char *const user[] = { "auth", "jwt-user-claim" };
  const char *claim;

  if (!tide_config_checker_can_check (checker, roles[0], roles[1]) ||
      !tide_config_checker_can_check (checker, user[0], user[1]))
    return;
  claim = tide_config_get_string (checker->config, roles[0], roles[1]);
  if (g_str_equal (claim, tide_config_get_string (checker->config, user[0], user[1])))
    tide_config_checker_complain (
        checker,
        roles,
        user,
        g_strdup_printf ("[auth] roles-claim=%s is jwt-user-claim as well; a claim names "
                         "the user or has the roles, or roles-claim= is empty for none",
                         claim));
}

/* Nobody logs in by these modes, so all would be operators who reach the console. */
static gboolean
is_without_log_in (TideConfigChecker *checker)
{
  return tide_config_checker_is_mode (checker, "none") ||
         tide_config_checker_is_mode (checker, "development");
}

/* The server looks at those of systemd when it has them. */
static gboolean
is_local (const char *address)
{
  return g_str_has_prefix (address, "unix:") ||
         g_str_has_prefix (skip_tls (address), "systemd") ||
         tide_config_listen_is_loopback (address);
}

static const char *
find_public (const char *const *addresses)
{
  while (*addresses != NULL && is_local (*addresses))
    addresses++;
  return *addresses;
}

static void
check_console_has_log_in (TideConfigChecker *checker)
{
  static const char *const serve[] = { "console", "serve" };
  static const char *const mode[] = { "auth", "mode" };
  static const char *const admin[] = { "server", "admin-listen" };
  TideConfig *config = checker->config;
  const char *public_address;

  if (!is_without_log_in (checker) ||
      !tide_config_checker_can_check (checker, serve[0], serve[1]))
    return;
  if (g_str_equal (tide_config_get_string (config, serve[0], serve[1]), "everywhere"))
    tide_config_checker_complain (
        checker,
        serve,
        mode,
        g_strdup_printf ("[console] serve=everywhere is refused with [auth] mode=%s: "
                         "anybody could look; choose serve=local or off, or a mode that "
                         "logs users in: flask-session, jwt or header",
                         tide_config_get_string (config, mode[0], mode[1])));
  if (!g_str_equal (tide_config_get_string (config, serve[0], serve[1]), "local") ||
      !tide_config_checker_is_mode (checker, "none") ||
      !tide_config_checker_can_check (checker, admin[0], admin[1]))
    return;
  public_address = find_public (tide_config_get_strv (config, admin[0], admin[1]));
  if (public_address != NULL)
    tide_config_checker_complain (
        checker,
        admin,
        serve,
        g_strdup_printf ("[server] admin-listen=%s is for other machines, too, and with "
                         "[auth] mode=none nobody logs in: set [console] serve=off, or a "
                         "mode that logs users in: flask-session, jwt or header",
                         public_address));
}

/* Checks them. */
void
tide_config_check_admin_rules (TideConfigChecker *self)
{
  check_listeners_differ (self);
  check_roles_are_no_names (self);
  check_console_has_log_in (self);
}
