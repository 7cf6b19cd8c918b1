/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-subscription-index.h"

#include <string.h>

/* The users of one value: the slots, dense, so that they are an audience as they stand.
 */
typedef struct
{
  char *value; /* (owned), not NUL-terminated */
  gsize length;
  GArray *slots; /* (owned) (element-type guint32), each user once */
} Posting;

/* A value of a user. */
typedef struct
{
  Posting *posting; /* (unowned) */
  guint32 place;    /* of the user in the posting's slots */
  guint32 n_holds;
} Holding;

struct _TideSubscriptionIndex
{
  GHashTable *postings; /* (owned) (element-type Posting), a set, found by value */
  GPtrArray *holdings;  /* (owned) (element-type GArray of Holding), by user slot */
};

static guint
posting_hash (gconstpointer key)
{
  const Posting *posting = key;
  guint hash = 5381;

  for (gsize i = 0; i < posting->length; i++)
    hash = hash * 33 + (guchar) posting->value[i];
  return hash;
}

static gboolean
posting_equal (gconstpointer a, gconstpointer b)
{
  const Posting *one = a;
  const Posting *other = b;

  return one->length == other->length &&
         memcmp (one->value, other->value, one->length) == 0;
}

static void
posting_free (gpointer data)
{
  Posting *posting = data;

  g_free (posting->value);
  g_array_unref (posting->slots);
  g_free (posting);
}

static Posting *
find_posting (TideSubscriptionIndex *self, const char *value, gsize length)
{
  Posting key = { .value = (char *) value, .length = length };

  return g_hash_table_lookup (self->postings, &key);
}

static Posting *
get_posting (TideSubscriptionIndex *self, const char *value, gsize length)
{
  Posting *posting = find_posting (self, value, length);

  if (posting != NULL)
    return posting;
  posting = g_new0 (Posting, 1);
  posting->value = g_memdup2 (value, length);
  posting->length = length;
  posting->slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_hash_table_add (self->postings, posting);
  return posting;
}

static GArray *
get_holdings (TideSubscriptionIndex *self, guint32 user_slot)
{
  return user_slot < self->holdings->len ? g_ptr_array_index (self->holdings, user_slot)
                                         : NULL;
}

static Holding *
find_holding (TideSubscriptionIndex *self, guint32 user_slot, const Posting *posting)
{
  GArray *holdings = get_holdings (self, user_slot);

  for (guint i = 0; holdings != NULL && i < holdings->len; i++)
    if (g_array_index (holdings, Holding, i).posting == posting)
      return &g_array_index (holdings, Holding, i);
  return NULL;
}

/* Takes a user out of a posting; the last user of the posting moves to its place. */
static void
remove_from_posting (TideSubscriptionIndex *self, Posting *posting, guint32 place)
{
  g_array_remove_index_fast (posting->slots, place);
  if (place < posting->slots->len)
    {
      guint32 moved = g_array_index (posting->slots, guint32, place);

      find_holding (self, moved, posting)->place = place;
    }
  if (posting->slots->len == 0)
    g_hash_table_remove (self->postings, posting);
}

static void
clear_holdings (gpointer data)
{
  if (data != NULL)
    g_array_unref (data);
}

/**
 * tide_subscription_index_new:
 *
 * Returns: (transfer full): an index in which nobody holds anything
 */
TideSubscriptionIndex *
tide_subscription_index_new (void)
{
  TideSubscriptionIndex *self = g_new0 (TideSubscriptionIndex, 1);

  self->postings =
      g_hash_table_new_full (posting_hash, posting_equal, posting_free, NULL);
  self->holdings = g_ptr_array_new_with_free_func (clear_holdings);
  return self;
}

/**
 * tide_subscription_index_free:
 * @self: (transfer full): an index
 *
 * Frees @self.
 */
void
tide_subscription_index_free (TideSubscriptionIndex *self)
{
  g_ptr_array_unref (self->holdings);
  g_hash_table_unref (self->postings);
  g_free (self);
}

/**
 * tide_subscription_index_hold:
 * @self: an index
 * @user_slot: a user
 * @value: (array length=length): what to hold
 * @length: its length in bytes
 *
 * Lets the user hold the value once, or once more.
 */
void
tide_subscription_index_hold (TideSubscriptionIndex *self,
                              guint32 user_slot,
                              const char *value,
                              gsize length)
{
  Posting *posting = get_posting (self, value, length);
  Holding *held = find_holding (self, user_slot, posting);

  if (held != NULL)
    {
      held->n_holds++;
      return;
    }
  if (user_slot >= self->holdings->len)
    g_ptr_array_set_size (self->holdings, user_slot + 1);
  if (g_ptr_array_index (self->holdings, user_slot) == NULL)
    g_ptr_array_index (self->holdings, user_slot) =
        g_array_new (FALSE, FALSE, sizeof (Holding));

  Holding holding = { posting, posting->slots->len, 1 };

  g_array_append_val (get_holdings (self, user_slot), holding);
  g_array_append_val (posting->slots, user_slot);
}

/**
 * tide_subscription_index_release:
 * @self: an index
 * @user_slot: a user
 * @value: (array length=length): what to let go of
 * @length: its length in bytes
 *
 * Lets the user hold the value once less.
 *
 * Returns: %FALSE when the user did not hold it
 */
gboolean
tide_subscription_index_release (TideSubscriptionIndex *self,
                                 guint32 user_slot,
                                 const char *value,
                                 gsize length)
{
  Posting *posting = find_posting (self, value, length);
  Holding *held = posting != NULL ? find_holding (self, user_slot, posting) : NULL;

  if (held == NULL)
    return FALSE;
  if (--held->n_holds > 0)
    return TRUE;

  GArray *holdings = get_holdings (self, user_slot);
  guint32 place = held->place;

  g_array_remove_index_fast (holdings, held - &g_array_index (holdings, Holding, 0));
  if (holdings->len == 0)
    {
      g_array_unref (holdings);
      g_ptr_array_index (self->holdings, user_slot) = NULL;
    }
  remove_from_posting (self, posting, place);
  return TRUE;
}

/**
 * tide_subscription_index_lookup:
 * @self: an index
 * @value: (array length=length): a value
 * @length: its length in bytes
 * @n_users: (out): how many hold it
 *
 * Finds the users of a value.
 *
 * Returns: (transfer none) (array length=n_users) (nullable): their slots, each once,
 * valid until the index is changed
 */
const guint32 *
tide_subscription_index_lookup (TideSubscriptionIndex *self,
                                const char *value,
                                gsize length,
                                guint *n_users)
{
  Posting *posting = find_posting (self, value, length);

  *n_users = posting != NULL ? posting->slots->len : 0;
  return posting != NULL ? (const guint32 *) (gpointer) posting->slots->data : NULL;
}

/**
 * tide_subscription_index_count_values:
 * @self: an index
 * @user_slot: a user
 *
 * Returns: how many different values the user holds
 */
guint
tide_subscription_index_count_values (TideSubscriptionIndex *self, guint32 user_slot)
{
  GArray *holdings = get_holdings (self, user_slot);

  return holdings != NULL ? holdings->len : 0;
}

/**
 * tide_subscription_index_get_n_values:
 * @self: an index
 *
 * Returns: how many different values are held by anybody
 */
guint
tide_subscription_index_get_n_values (TideSubscriptionIndex *self)
{
  return g_hash_table_size (self->postings);
}
