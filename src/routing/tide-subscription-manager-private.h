/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-subscription-manager.h"

G_BEGIN_DECLS

/* What the manager's files share: tide-subscription-manager.c has its life and who is
 * here, tide-connection-tickers.c the lists of connections, tide-user-subscriptions.c
 * what users keep, tide-watchlist.c the commands of the mission on top of it,
 * tide-away-list.c who is away, tide-user-record.c what outlives the process,
 * tide-subscription-commands.c what browsers can say, tide-chart-command.c what of it is
 * about the past. */

#define TIDE_NO_SLOT G_MAXUINT32

/* The type of the subscriptions that tabs make with `subscribe_tickers`, and its
 * filter. */
#define TIDE_TICKERS "tickers"

/* What is known of a user; all zero for a slot that the manager does not hold. */
typedef struct
{
  TideSubscription *tickers; /* (unowned) (nullable), in the index: of its connections */
  GPtrArray *kept; /* (owned) (nullable) (element-type TideUserSubscription), explicit */
  gint64 away_since_us;
  guint32 place; /* while connected: in the list of connected users */
  guint32 prev;  /* while away: who is away longer, or TIDE_NO_SLOT */
  guint32 next;  /* while away: who is away less long, or TIDE_NO_SLOT */
  guint is_connected : 1;
  guint is_away : 1;
  guint is_named : 1;   /* events that are kept have named it */
  guint is_stored : 1;  /* the store knows of it */
  guint is_unsaved : 1; /* what it asked for has changed since */
} TideKnownUser;

struct _TideSubscriptionManager
{
  GObject parent_instance;

  TideUserTable *users;   /* (unowned), outlives us */
  TideTimerWheel *wheel;  /* (unowned), outlives us */
  TideCounters *counters; /* (unowned), outlives us */
  TideRouteTable *routes; /* (owned) */
  TideSubscriptionSettings settings;
  TideUserObserver *observer;   /* (unowned) (nullable), weak */
  TideOfflineStore *store;      /* (owned) (nullable) */
  TideChartSource *charts;      /* (owned) (nullable) */
  TideSubscriptionIndex *index; /* (owned) */
  GArray *known;                /* (owned) (element-type TideKnownUser), by user slot */
  GArray *connected;            /* (owned) (element-type guint32), slots in any order */
  /* (owned), connection id → (owned) const char **, its tickers, which are the index's
   * own as long as the user holds them */
  GHashTable *of_connection;
  guint32 longest_away; /* first to go, or TIDE_NO_SLOT */
  guint32 latest_away;  /* or TIDE_NO_SLOT */
  guint n_away;
  TideTimer away_timer; /* when the one who is longest away is to go */
  guint n_lookups;      /* every 64th is timed */
};

/* tide-subscription-manager.c */
TideKnownUser *tide_known_user_get (TideSubscriptionManager *self, guint32 slot);
gboolean
tide_known_user_check (TideSubscriptionManager *self, TideUserRef user, GError **error);
gboolean tide_known_user_update_kept (TideSubscriptionManager *self, guint32 slot);
void tide_known_user_forget (TideSubscriptionManager *self, guint32 slot);
void tide_subscription_manager_update_gauges (TideSubscriptionManager *self);

/* tide-connection-tickers.c */
const char *const *tide_connection_tickers_get (TideSubscriptionManager *self,
                                                guint64 connection_id);
void tide_connection_tickers_set (TideSubscriptionManager *self,
                                  TideUserRef user,
                                  guint64 connection_id,
                                  const char *const *tickers);

/* tide-user-subscriptions.c */
gboolean tide_user_subscriptions_check_names (TideSubscriptionManager *self,
                                              const TideSubscriptionRequest *request,
                                              GError **error);
gboolean tide_user_subscriptions_check_limits (TideSubscriptionManager *self,
                                               const TideSubscriptionRequest *request,
                                               guint n_more,
                                               guint n_more_values,
                                               GError **error);
gboolean tide_user_subscriptions_has (TideSubscriptionManager *self,
                                      const TideSubscriptionRequest *request,
                                      gboolean is_pattern_list);
TideUserSubscription *
tide_user_subscriptions_add (TideSubscriptionManager *self,
                             const TideSubscriptionRequest *request);
void tide_user_subscriptions_change (TideSubscriptionManager *self,
                                     TideUserRef user,
                                     TideUserSubscription *subscription,
                                     const TideSubscriptionFilters *filters);
void tide_user_subscriptions_remove (TideSubscriptionManager *self,
                                     TideUserRef user,
                                     TideUserSubscription *subscription);
void tide_user_subscriptions_clear (TideSubscriptionManager *self, guint32 slot);

/* tide-watchlist.c */
gboolean tide_watchlist_set_patterns (TideSubscriptionManager *self,
                                      const TideSubscriptionRequest *request,
                                      GError **error);
gboolean tide_watchlist_add (TideSubscriptionManager *self,
                             const TideSubscriptionRequest *request,
                             const char *const *symbols,
                             const char *const *types,
                             GError **error);
gboolean tide_watchlist_remove (TideSubscriptionManager *self,
                                TideUserRef user,
                                const char *symbol,
                                GError **error);

/* tide-away-list.c */
void tide_away_list_add (TideSubscriptionManager *self, guint32 slot, gint64 since_us);
void tide_away_list_remove (TideSubscriptionManager *self, guint32 slot);
void tide_away_list_trim (TideSubscriptionManager *self);
gboolean tide_away_list_is_on (const TideSubscriptionManager *self);

/* tide-user-record.c */
void tide_known_user_save (TideSubscriptionManager *self, guint32 slot);

/* tide-chart-command.c */
gboolean tide_chart_command_run (TideSubscriptionManager *self,
                                 const TideCommand *command,
                                 TideReply *reply,
                                 GError **error);
gboolean tide_chart_command_wants_last (const TideCommand *command,
                                        gboolean *wants_last,
                                        GError **error);
void tide_chart_command_add_last (TideSubscriptionManager *self,
                                  TideUserRef user,
                                  char **tickers,
                                  GPtrArray *events);

/* tide-subscription-commands.c */
gboolean tide_subscription_commands_run (TideSubscriptionManager *self,
                                         const TideCommand *command,
                                         TideReply *reply,
                                         GError **error);

G_END_DECLS
