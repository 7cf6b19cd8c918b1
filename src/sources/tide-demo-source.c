/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-demo-source.h"

#include "tide-market.h"

#include <string.h>

/* Messages passed on before everything else gets its turn: the rest comes 4 ms later. */
#define MAX_BURST 1024

/* When the process stood still for longer, the market stood still with it. */
#define MAX_LAG_US G_GINT64_CONSTANT (1000000)

struct _TideDemoSource
{
  GObject parent_instance;

  TideSourceOutlet outlet;
  TideMarket *market; /* (owned) */
  TideTimer timer;
  gint64 start_us; /* monotonic time at which the market's time was 0 */
  TideSourceState state;
};

static void tide_demo_source_iface_init (TideSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideDemoSource,
                               tide_demo_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_SOURCE,
                                                      tide_demo_source_iface_init))

static void
set_state (TideDemoSource *self, TideSourceState state)
{
  if (self->state == state)
    return;
  self->state = state;
  tide_source_emit_state_changed (TIDE_SOURCE (self));
}

static void
wait_for_next (TideDemoSource *self)
{
  tide_timer_wheel_arm (self->outlet.wheel,
                        &self->timer,
                        self->start_us + tide_market_get_next_us (self->market));
}

static void
pass_due (TideDemoSource *self, gint64 now_us)
{
  if (now_us - self->start_us - tide_market_get_next_us (self->market) > MAX_LAG_US)
    self->start_us = now_us - tide_market_get_next_us (self->market);

  for (guint i = 0; i < MAX_BURST; i++)
    {
      TideMarketMessage message;

      if (self->start_us + tide_market_get_next_us (self->market) > now_us)
        break;
      tide_market_next (self->market, &message);
      self->outlet.func (message.channel,
                         strlen (message.channel),
                         message.payload,
                         message.payload_length,
                         self->outlet.user_data);
      if (self->state == TIDE_SOURCE_IDLE)
        return;
    }
  wait_for_next (self);
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  TideDemoSource *self = timer->user_data;

  /* The owner may let go of us from within a message. */
  g_object_ref (self);
  pass_due (self, now_us);
  g_object_unref (self);
}

static gboolean
tide_demo_source_start (TideSource *source, GError **error)
{
  TideDemoSource *self = TIDE_DEMO_SOURCE (source);

  g_return_val_if_fail (self->state == TIDE_SOURCE_IDLE, FALSE);

  self->start_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->outlet.wheel)) -
                   tide_market_get_next_us (self->market);
  wait_for_next (self);
  set_state (self, TIDE_SOURCE_CONNECTED);
  return TRUE;
}

static void
tide_demo_source_stop (TideSource *source)
{
  TideDemoSource *self = TIDE_DEMO_SOURCE (source);

  tide_timer_wheel_disarm (self->outlet.wheel, &self->timer);
  set_state (self, TIDE_SOURCE_IDLE);
}

static TideSourceState
tide_demo_source_get_state (TideSource *source)
{
  return TIDE_DEMO_SOURCE (source)->state;
}

static const char *
tide_demo_source_get_description (TideSource *source)
{
  return "demo (a made-up market of 50 symbols)";
}

static void
tide_demo_source_iface_init (TideSourceInterface *iface)
{
  iface->start = tide_demo_source_start;
  iface->stop = tide_demo_source_stop;
  iface->get_state = tide_demo_source_get_state;
  iface->get_description = tide_demo_source_get_description;
}

static void
tide_demo_source_dispose (GObject *object)
{
  if (TIDE_DEMO_SOURCE (object)->outlet.wheel != NULL)
    tide_demo_source_stop (TIDE_SOURCE (object));
  G_OBJECT_CLASS (tide_demo_source_parent_class)->dispose (object);
}

static void
tide_demo_source_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_DEMO_SOURCE (object)->market, tide_market_free);
  G_OBJECT_CLASS (tide_demo_source_parent_class)->finalize (object);
}

static void
tide_demo_source_class_init (TideDemoSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_demo_source_dispose;
  G_OBJECT_CLASS (klass)->finalize = tide_demo_source_finalize;
}

static void
tide_demo_source_init (TideDemoSource *self)
{
  self->timer.func = on_timer;
  self->timer.user_data = self;
}

/**
 * tide_demo_source_new:
 * @outlet: (transfer none): what to pass messages to; copied
 * @settings: (transfer none): how the market is; copied
 *
 * Creates a source whose market stands still before tide_source_start(), and after
 * tide_source_stop() until the next start: the sequence numbers have no gaps.
 *
 * Returns: (transfer full): a source
 */
TideDemoSource *
tide_demo_source_new (const TideSourceOutlet *outlet, const TideDemoSettings *settings)
{
  TideDemoSource *self = g_object_new (TIDE_TYPE_DEMO_SOURCE, NULL);
  guint rate = settings->ticks_per_second;
  gint64 epoch_us = settings->epoch_us;

  self->outlet = *outlet;
  self->market = tide_market_new (settings->seed,
                                  rate != 0 ? rate : TIDE_DEMO_TICKS_PER_SECOND,
                                  epoch_us != 0 ? epoch_us : g_get_real_time ());
  return self;
}
