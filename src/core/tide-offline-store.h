/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideStoredEvent:
 *
 * An event that waits for a user, as a store keeps it.
 */
typedef struct
{
  guint64 id;            /* grows with each event of a user */
  TideEvent *event;      /* (owned) */
  gint64 queued_real_us; /* wall-clock time since which it waits */
  guint n_attempts;      /* how often it was handed over before, and came back */
} TideStoredEvent;

/**
 * TideOfflineStore:
 *
 * What outlives the process for users who are away.
 */
#define TIDE_TYPE_OFFLINE_STORE (tide_offline_store_get_type ())
G_DECLARE_INTERFACE (TideOfflineStore, tide_offline_store, TIDE, OFFLINE_STORE, GObject)

/**
 * TideOfflineStoreInterface:
 * @save_user: puts what is known of a user in place of what was: the wall-clock time
 *   since which it is away, 0 while it is here, and a text of routing's
 * @forget_user: the user is not waited for any more: all of it goes
 * @append: an event waits for a user
 * @remove: an event waits no more: it was delivered, or was given up
 * @rewrite_user: what waits for a user stands in another order now
 *
 * What outlives the process for users who are away. No call waits or fails: a store that
 * is not there now asks for all again when it is back.
 */
struct _TideOfflineStoreInterface
{
  GTypeInterface parent_iface;

  void (*save_user) (TideOfflineStore *self,
                     const char *name,
                     gint64 since_real_us,
                     const char *record);
  void (*forget_user) (TideOfflineStore *self, const char *name);
  void (*append) (TideOfflineStore *self, const char *name, const TideStoredEvent *event);
  void (*remove) (TideOfflineStore *self, const char *name, guint64 id);
  void (*rewrite_user) (TideOfflineStore *self, const char *name);
};

void tide_offline_store_save_user (TideOfflineStore *self,
                                   const char *name,
                                   gint64 since_real_us,
                                   const char *record);
void tide_offline_store_forget_user (TideOfflineStore *self, const char *name);
void tide_offline_store_append (TideOfflineStore *self,
                                const char *name,
                                const TideStoredEvent *event);
void tide_offline_store_remove (TideOfflineStore *self, const char *name, guint64 id);
void tide_offline_store_rewrite_user (TideOfflineStore *self, const char *name);

G_END_DECLS
