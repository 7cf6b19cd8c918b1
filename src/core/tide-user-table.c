/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-table.h"

#include "tide-array-fit.h"

#define NO_SLOT G_MAXUINT32

typedef struct
{
  char *name;         /* (owned) (nullable), NULL for an anonymous user */
  guint32 generation; /* goes up when the slot is given away; 0 before the first time */
  guint32 n_holds;    /* 0: free */
  guint32 next_free;  /* while free: the next free slot, or NO_SLOT */
  guint is_kept : 1;  /* something is kept for the user while it is away */
  guint is_guest : 1; /* gets only what is for the public */
} UserSlot;

struct _TideUserTable
{
  GArray *slots;       /* (owned) (element-type UserSlot) */
  GHashTable *by_name; /* (owned), name, owned by its slot → slot + 1 */
  guint32 first_free;  /* or NO_SLOT */
  guint32 n_former;    /* the highest generation of slots that were given up */
  guint32 n_users;
  guint32 n_guests; /* of these */
};

static UserSlot *
get_slot (const TideUserTable *self, guint32 slot)
{
  return &g_array_index (self->slots, UserSlot, slot);
}

static guint32
take_free_slot (TideUserTable *self)
{
  if (self->first_free == NO_SLOT)
    {
      guint32 new_slot = self->slots->len;

      g_array_set_size (self->slots, new_slot + 1);
      get_slot (self, new_slot)->generation = self->n_former;
      return new_slot;
    }

  guint32 slot = self->first_free;

  self->first_free = get_slot (self, slot)->next_free;
  return slot;
}

static TideUserRef
open_slot (TideUserTable *self, const char *name)
{
  guint32 slot = take_free_slot (self);
  UserSlot *user = get_slot (self, slot);

  user->name = g_strdup (name);
  user->n_holds = 1;
  user->is_kept = FALSE;
  user->is_guest = FALSE;
  if (++user->generation == 0)
    user->generation = 1;
  if (name != NULL)
    g_hash_table_insert (self->by_name, user->name, GUINT_TO_POINTER (slot + 1));
  self->n_users++;
  return (TideUserRef){ slot, user->generation };
}

/**
 * tide_user_table_new:
 *
 * Returns: (transfer full): a table without users
 */
TideUserTable *
tide_user_table_new (void)
{
  TideUserTable *self = g_new0 (TideUserTable, 1);

  self->slots = g_array_new (FALSE, TRUE, sizeof (UserSlot));
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->first_free = NO_SLOT;
  return self;
}

/**
 * tide_user_table_free:
 * @self: (transfer full): a table
 *
 * Frees @self, whoever still holds slots of it.
 */
void
tide_user_table_free (TideUserTable *self)
{
  for (guint32 i = 0; i < self->slots->len; i++)
    g_free (get_slot (self, i)->name);
  g_array_unref (self->slots);
  g_hash_table_unref (self->by_name);
  g_free (self);
}

/**
 * tide_user_table_hold_name:
 * @self: a table
 * @name: a user's name as the server authenticated it
 *
 * Finds the user of that name, or makes it, and holds its slot once.
 *
 * Returns: the user
 */
TideUserRef
tide_user_table_hold_name (TideUserTable *self, const char *name)
{
  TideUserRef user;

  g_return_val_if_fail (name != NULL, ((TideUserRef){ 0, 0 }));

  if (!tide_user_table_lookup (self, name, &user))
    return open_slot (self, name);
  tide_user_table_hold (self, user.slot);
  return user;
}

/**
 * tide_user_table_hold_anonymous:
 * @self: a table
 *
 * Makes a user without a name and holds its slot once.
 *
 * Returns: the user
 */
TideUserRef
tide_user_table_hold_anonymous (TideUserTable *self)
{
  return open_slot (self, NULL);
}

/**
 * tide_user_table_hold_guest:
 * @self: a table
 *
 * Makes a new anonymous user who is a guest: somebody who has not logged in where others
 * have to, and gets what is for the public only. Held once.
 *
 * Returns: the user
 */
TideUserRef
tide_user_table_hold_guest (TideUserTable *self)
{
  TideUserRef user = open_slot (self, NULL);

  get_slot (self, user.slot)->is_guest = TRUE;
  self->n_guests++;
  return user;
}

/**
 * tide_user_table_hold:
 * @self: a table
 * @slot: a slot that somebody holds
 *
 * Holds the slot once more.
 */
void
tide_user_table_hold (TideUserTable *self, guint32 slot)
{
  g_return_if_fail (slot < self->slots->len && get_slot (self, slot)->n_holds > 0);

  get_slot (self, slot)->n_holds++;
}

/**
 * tide_user_table_release:
 * @self: a table
 * @slot: a slot that the caller holds
 *
 * Lets go of the slot once; the last one to do so ends the user.
 */
void
tide_user_table_release (TideUserTable *self, guint32 slot)
{
  g_return_if_fail (slot < self->slots->len && get_slot (self, slot)->n_holds > 0);

  UserSlot *user = get_slot (self, slot);

  if (--user->n_holds > 0)
    return;
  if (user->name != NULL)
    g_hash_table_remove (self->by_name, user->name);
  g_clear_pointer (&user->name, g_free);
  self->n_guests -= user->is_guest;
  user->next_free = self->first_free;
  self->first_free = slot;
  self->n_users--;
}

/**
 * tide_user_table_trim:
 * @self: a table
 *
 * Gives up the free slots behind the last one that is held. When they are needed again,
 * no user of theirs gets a reference that an earlier one had.
 */
void
tide_user_table_trim (TideUserTable *self)
{
  guint32 n_slots = self->slots->len;

  while (n_slots > 0 && get_slot (self, n_slots - 1)->n_holds == 0)
    {
      n_slots--;
      self->n_former = MAX (self->n_former, get_slot (self, n_slots)->generation);
    }
  tide_array_fit (self->slots, n_slots);
  self->first_free = NO_SLOT;
  for (guint32 i = n_slots; i > 0; i--)
    if (get_slot (self, i - 1)->n_holds == 0)
      {
        get_slot (self, i - 1)->next_free = self->first_free;
        self->first_free = i - 1;
      }
}

/**
 * tide_user_table_lookup:
 * @self: a table
 * @name: a user's name
 * @user: (out): the user; untouched when there is none
 *
 * Returns: whether there is a user of that name
 */
gboolean
tide_user_table_lookup (TideUserTable *self, const char *name, TideUserRef *user)
{
  guint32 found = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));

  if (found == 0)
    return FALSE;
  *user = tide_user_table_get_ref (self, found - 1);
  return TRUE;
}

/**
 * tide_user_table_is_current:
 * @self: a table
 * @user: a reference that was valid once
 *
 * Returns: whether the reference still names the same user
 */
gboolean
tide_user_table_is_current (const TideUserTable *self, TideUserRef user)
{
  const UserSlot *slot;

  if (user.slot >= self->slots->len)
    return FALSE;
  slot = get_slot (self, user.slot);
  return slot->n_holds > 0 && slot->generation == user.generation;
}

/**
 * tide_user_table_get_ref:
 * @self: a table
 * @slot: a slot that somebody holds
 *
 * Returns: the user in it
 */
TideUserRef
tide_user_table_get_ref (const TideUserTable *self, guint32 slot)
{
  return (TideUserRef){ slot, get_slot (self, slot)->generation };
}

/**
 * tide_user_table_get_name:
 * @self: a table
 * @slot: a slot that somebody holds
 *
 * Returns: (transfer none) (nullable): the user's name, %NULL for an anonymous user
 */
const char *
tide_user_table_get_name (const TideUserTable *self, guint32 slot)
{
  return get_slot (self, slot)->name;
}

/**
 * tide_user_table_set_kept:
 * @self: a table
 * @slot: a slot that somebody holds
 * @is_kept: whether something is to be kept for the user while it is away
 *
 * Says whether a user has asked for what should wait for it: who has explicit
 * subscriptions is kept. Does nothing for an anonymous user, who can't come back.
 */
void
tide_user_table_set_kept (TideUserTable *self, guint32 slot, gboolean is_kept)
{
  UserSlot *user = get_slot (self, slot);

  user->is_kept = is_kept && user->name != NULL;
}

/**
 * tide_user_table_is_kept:
 * @self: a table
 * @slot: a slot that somebody holds
 *
 * Returns: whether something is kept for the user while it is away
 */
gboolean
tide_user_table_is_kept (const TideUserTable *self, guint32 slot)
{
  return get_slot (self, slot)->is_kept;
}

/**
 * tide_user_table_is_anonymous:
 * @self: a table
 * @slot: a slot that somebody holds
 *
 * Returns: whether the user has no name
 */
gboolean
tide_user_table_is_anonymous (const TideUserTable *self, guint32 slot)
{
  return get_slot (self, slot)->name == NULL;
}

/**
 * tide_user_table_is_guest:
 * @self: a table
 * @slot: a slot in use
 *
 * Returns: whether the user is a guest
 */
gboolean
tide_user_table_is_guest (const TideUserTable *self, guint32 slot)
{
  return get_slot (self, slot)->is_guest;
}

/**
 * tide_user_table_get_n_slots:
 * @self: a table
 *
 * Returns: one more than the highest slot used since the table was trimmed: the length
 *   for arrays by slot
 */
guint32
tide_user_table_get_n_slots (const TideUserTable *self)
{
  return self->slots->len;
}

/**
 * tide_user_table_get_n_users:
 * @self: a table
 *
 * Returns: how many slots are held
 */
guint32
tide_user_table_get_n_users (const TideUserTable *self)
{
  return self->n_users;
}

/**
 * tide_user_table_get_n_guests:
 * @self: a table
 *
 * Returns: how many users are guests
 */
guint32
tide_user_table_get_n_guests (const TideUserTable *self)
{
  return self->n_guests;
}
