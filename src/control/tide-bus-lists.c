/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that look, and change nothing. */

#include "tide-bus-verb.h"
#include "tide-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_LIMIT 500
#define BUSIEST_LIMIT 100
#define BUSIEST_DEFAULT 10

static const char *const orders[] = {
  [TIDE_BUS_ORDER_RATE] = "rate",
  [TIDE_BUS_ORDER_PENDING] = "pending",
  [TIDE_BUS_ORDER_UNREAD] = "unread",
};

/* The value of a limit, whose default is given as 0. */
static gboolean
read_limit (guint value, guint max, guint by_default, guint *limit, GError **error)
{
  if (value > max)
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "limit=%u is out of range: it goes from 1 to %u, or 0 for %u",
                   value,
                   max,
                   by_default);
      return FALSE;
    }
  *limit = value > 0 ? value : by_default;
  return TRUE;
}

/* A list as the answer to a call. */
static GVariant *
wrap (GVariant *list)
{
  return g_variant_new_tuple (&list, 1);
}

/* Lists that are paged by an id. */
static GVariant *
list_by_id (const TideBusFuncs *funcs,
            TideBusCall *call,
            GVariant *(*list) (const TideBusPage *page, gpointer user_data),
            GError **error)
{
  TideBusPage page = { 0 };
  guint limit;

  g_variant_get (call->arguments, "(tu)", &page.after_id, &limit);
  if (!read_limit (limit, PAGE_LIMIT, PAGE_LIMIT, &page.limit, error))
    return NULL;
  return wrap (list (&page, funcs->inspect_data));
}

static GVariant *
list_connections (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  return list_by_id (funcs, call, funcs->inspect->list_connections, error);
}

static GVariant *
list_users (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  return list_by_id (funcs, call, funcs->inspect->list_users, error);
}

static GVariant *
list_subscriptions (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  return list_by_id (funcs, call, funcs->inspect->list_subscriptions, error);
}

static GVariant *
list_lanes (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  return list_by_id (funcs, call, funcs->inspect->list_lanes, error);
}

static GVariant *
list_rooms (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideBusPage page = { 0 };
  guint limit;

  g_variant_get (call->arguments, "(&su)", &page.after, &limit);
  if (!read_limit (limit, PAGE_LIMIT, PAGE_LIMIT, &page.limit, error))
    return NULL;
  return wrap (funcs->inspect->list_rooms (&page, funcs->inspect_data));
}

static GVariant *
list_members (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideBusPage page = { 0 };
  const char *room;
  GVariant *members;
  guint limit;

  g_variant_get (call->arguments, "(&stu)", &room, &page.after_id, &limit);
  if (!read_limit (limit, PAGE_LIMIT, PAGE_LIMIT, &page.limit, error))
    return NULL;
  members = funcs->inspect->list_members (room, &page, funcs->inspect_data);
  if (members != NULL)
    return wrap (members);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_NOT_FOUND,
               "nobody is in a room %s; ListRooms has those that there are",
               room);
  return NULL;
}

static GVariant *
get_connection (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  guint64 id;
  GVariant *connection;

  g_variant_get (call->arguments, "(t)", &id);
  connection = funcs->inspect->get_connection (id, funcs->inspect_data);
  if (connection != NULL)
    return wrap (connection);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_NOT_FOUND,
               "there is no connection %" G_GUINT64_FORMAT
               "; it may have left, ListConnections has those that are open",
               id);
  return NULL;
}

static GVariant *
get_user (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *name;
  GVariant *user;

  g_variant_get (call->arguments, "(&s)", &name);
  user = funcs->inspect->get_user (name, funcs->inspect_data);
  if (user != NULL)
    return wrap (user);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_NOT_FOUND,
               "a user %s is neither connected nor waited for; ListUsers has those that "
               "are",
               name);
  return NULL;
}

static GVariant *
list_busiest (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *by;
  guint limit;

  g_variant_get (call->arguments, "(&su)", &by, &limit);
  if (!read_limit (limit, BUSIEST_LIMIT, BUSIEST_DEFAULT, &limit, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_str_equal (by, orders[i]))
      return wrap (funcs->inspect->list_busiest (i, limit, funcs->inspect_data));
  g_set_error (error,
               G_DBUS_ERROR,
               G_DBUS_ERROR_INVALID_ARGS,
               "by=%s is not known: it is \"rate\", \"pending\" or \"unread\"",
               by);
  return NULL;
}

static GVariant *
get_configuration (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  g_autofree char *text = funcs->inspect->print_configuration (funcs->inspect_data);

  return g_variant_new ("(s)", text);
}

static gboolean
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, text, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      length -= n;
    }
  return lseek (fd, 0, SEEK_SET) == 0;
}

/* A file in memory that nobody can change any more, at its beginning; -1 for none, and
 * errno says why. */
static int
make_sealed_file (const char *text)
{
  int fd = memfd_create ("tidewire-dump", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int problem;

  if (fd < 0)
    return -1;
  if (write_all (fd, text, strlen (text)) &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) ==
          0)
    return fd;
  problem = errno;
  close (fd);
  errno = problem;
  return -1;
}

static GVariant *
dump_by_file_descriptor (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  g_autofree char *text = funcs->inspect->dump (funcs->inspect_data);
  int fd = make_sealed_file (text);

  if (fd < 0)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_FAILED,
                   "can't make a file in memory: %s; there may be too little memory, or "
                   "too many files are open",
                   g_strerror (errno));
      return NULL;
    }
  call->fds = g_unix_fd_list_new_from_array (&fd, 1);
  return g_variant_new ("(h)", 0);
}

const TideBusVerb tide_bus_list_verbs[] = {
  { "DumpByFileDescriptor", TIDE_BUS_ACTION_INSPECT, dump_by_file_descriptor },
  { "GetConfiguration", TIDE_BUS_ACTION_INSPECT, get_configuration },
  { "GetConnection", TIDE_BUS_ACTION_INSPECT, get_connection },
  { "GetUser", TIDE_BUS_ACTION_INSPECT, get_user },
  { "ListBusiest", TIDE_BUS_ACTION_INSPECT, list_busiest },
  { "ListConnections", TIDE_BUS_ACTION_INSPECT, list_connections },
  { "ListLanes", TIDE_BUS_ACTION_INSPECT, list_lanes },
  { "ListMembers", TIDE_BUS_ACTION_INSPECT, list_members },
  { "ListRooms", TIDE_BUS_ACTION_INSPECT, list_rooms },
  { "ListSubscriptions", TIDE_BUS_ACTION_INSPECT, list_subscriptions },
  { "ListUsers", TIDE_BUS_ACTION_INSPECT, list_users },
  { NULL },
};
