/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBusOrder:
 * @TIDE_BUS_ORDER_RATE: by the events of the last second
 * @TIDE_BUS_ORDER_PENDING: by the events that wait
 * @TIDE_BUS_ORDER_UNREAD: by the bytes that connections have not taken yet
 *
 * What the busiest users are the busiest by.
 */
typedef enum
{
  TIDE_BUS_ORDER_RATE,
  TIDE_BUS_ORDER_PENDING,
  TIDE_BUS_ORDER_UNREAD,
} TideBusOrder;

/**
 * TideBusPage:
 *
 * Which part of a list is wanted.
 */
typedef struct
{
  guint64 after_id;
  const char *after; /* (unowned) (nullable), of lists by name */
  guint limit;       /* 1 to 500 */
} TideBusPage;

/**
 * TideBusInspectFuncs:
 * @list_connections: of the type `a(tssstt)`
 * @get_connection: of the type `a{sv}`, or %NULL when there is none
 * @list_users: of the type `a(tssuuuu)`
 * @get_user: of the type `a{sv}`, or %NULL when there is none
 * @list_rooms: of the type `a(su)`
 * @list_members: of the type `a(ts)`, or %NULL when there is no such room
 * @list_subscriptions: of the type `a(tsssb)`
 * @list_lanes: of the type `a(tsuuttb)`
 * @list_busiest: of the same type, the first ones only
 * @print_configuration: (transfer full): what is in force
 * @dump: (transfer full): a JSON document of all
 *
 * What can be looked at, as .Admin answers: floating variants. Each looks at the moment,
 * and keeps nothing.
 */
typedef struct
{
  GVariant *(*list_connections) (const TideBusPage *page, gpointer user_data);
  GVariant *(*get_connection) (guint64 id, gpointer user_data);
  GVariant *(*list_users) (const TideBusPage *page, gpointer user_data);
  GVariant *(*get_user) (const char *user, gpointer user_data);
  GVariant *(*list_rooms) (const TideBusPage *page, gpointer user_data);
  GVariant *(*list_members) (const char *room,
                             const TideBusPage *page,
                             gpointer user_data);
  GVariant *(*list_subscriptions) (const TideBusPage *page, gpointer user_data);
  GVariant *(*list_lanes) (const TideBusPage *page, gpointer user_data);
  GVariant *(*list_busiest) (TideBusOrder order, guint limit, gpointer user_data);
  char *(*print_configuration) (gpointer user_data);
  char *(*dump) (gpointer user_data);
} TideBusInspectFuncs;

G_END_DECLS
