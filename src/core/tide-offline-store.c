/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-store.h"

G_DEFINE_INTERFACE (TideOfflineStore, tide_offline_store, G_TYPE_OBJECT)

static void
tide_offline_store_default_init (TideOfflineStoreInterface *iface)
{
}

/**
 * tide_offline_store_save_user:
 * @self: a store
 * @name: a user
 * @since_real_us: wall-clock time since which it is away, 0 while it is here
 * @record: what routing knows of it
 *
 * Puts what is known of a user in place of what was; the events that wait stay.
 */
void
tide_offline_store_save_user (TideOfflineStore *self,
                              const char *name,
                              gint64 since_real_us,
                              const char *record)
{
  TIDE_OFFLINE_STORE_GET_IFACE (self)->save_user (self, name, since_real_us, record);
}

/**
 * tide_offline_store_forget_user:
 * @self: a store
 * @name: a user
 *
 * Takes away all that is kept for a user.
 */
void
tide_offline_store_forget_user (TideOfflineStore *self, const char *name)
{
  TIDE_OFFLINE_STORE_GET_IFACE (self)->forget_user (self, name);
}

/**
 * tide_offline_store_append:
 * @self: a store
 * @name: a user, who is saved
 * @event: what waits for it, with a higher id than all before
 *
 * Puts an event behind all that waits for a user.
 */
void
tide_offline_store_append (TideOfflineStore *self,
                           const char *name,
                           const TideStoredEvent *event)
{
  TIDE_OFFLINE_STORE_GET_IFACE (self)->append (self, name, event);
}

/**
 * tide_offline_store_remove:
 * @self: a store
 * @name: a user
 * @id: of an event that was appended
 *
 * Takes an event away.
 */
void
tide_offline_store_remove (TideOfflineStore *self, const char *name, guint64 id)
{
  TIDE_OFFLINE_STORE_GET_IFACE (self)->remove (self, name, id);
}

/**
 * tide_offline_store_rewrite_user:
 * @self: a store
 * @name: a user
 *
 * Has all that waits for a user written anew, in the order of now.
 */
void
tide_offline_store_rewrite_user (TideOfflineStore *self, const char *name)
{
  TIDE_OFFLINE_STORE_GET_IFACE (self)->rewrite_user (self, name);
}
