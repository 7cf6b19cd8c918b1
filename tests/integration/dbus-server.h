/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A bus of a test's own: always at the same address, ended with the test. */
typedef struct
{
  char *folder;      /* (owned) */
  char *address;     /* (owned) */
  char *socket_path; /* (owned) */
  char *config_path; /* (owned) */
  char *policy_path; /* (owned) */
  GPid pid;          /* 0 while it does not run */
} DbusServer;

/* A group that every machine has, and that takes the part of `tidewire`. */
#define DBUS_GROUP "daemon"

/* Whom a tool runs as; all but the first need root. */
typedef enum
{
  DBUS_USER_MYSELF,
  DBUS_USER_NOBODY, /* the number 65534, in no group but that of this number */
  DBUS_USER_MEMBER, /* the same, and a member of DBUS_GROUP */
} DbusUser;

gboolean dbus_server_is_installed (void);
DbusServer *dbus_server_new (const char *policy);
void dbus_server_free (DbusServer *self);
void dbus_server_start (DbusServer *self);
void dbus_server_kill (DbusServer *self);
GDBusConnection *dbus_server_connect (DbusServer *self);

GVariant *dbus_call (GDBusConnection *connection,
                     const char *path,
                     const char *method,
                     GVariant *parameters,
                     GError **error);
char *dbus_run_tool (const char *const *argv, DbusUser user, int *status);

/* Runs the default main context until a condition holds; gives up after 20 seconds. */
#define DBUS_WAIT(condition)                                                             \
  G_STMT_START                                                                           \
  {                                                                                      \
    gint64 give_up_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                   \
    while (!(condition))                                                                 \
      {                                                                                  \
        g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);                        \
        dbus_turn ();                                                                    \
      }                                                                                  \
  }                                                                                      \
  G_STMT_END

void dbus_turn (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DbusServer, dbus_server_free)
