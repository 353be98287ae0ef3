/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-audit.h"

#include "common/relay-audit-place.h"
#include "common/relay-json.h"
#include "common/relay-log.h"
#include "service/relay-audit-file.h"

/* What waits for the disk, in bytes. What comes beyond it is counted, and lost. */
#define MAX_QUEUED_BYTES (4 * 1024 * 1024)
/* How long to wait before a disk that refused a line is tried again, and before lines are synced to it. */
#define RETRY_US G_USEC_PER_SEC
#define SYNC_US G_USEC_PER_SEC

/**
 * RelayAudit:
 *
 * Writes down what platforms did: a line for each request that the relay served or denied, and for each link that came or
 * went. The main loop only queues lines, and never waits for the disk: a thread writes them. A line is queued before the
 * answer that it tells of is sent, and is with the kernel within a second, unless the disk does not take it; then it is
 * tried again until it does.
 */
struct _RelayAudit {
  GObject parent_instance;

  RelayAuditFile *file; /* (owned) of the thread alone */
  GThread *thread;      /* (owned) */
  gint64 sync_at_us;    /* of the thread alone: when written lines are to be synced, 0 if there are none */
  gboolean is_failing;  /* of the thread alone: it was said that lines cannot be written */

  GMutex lock; /* of all below */
  GCond changed;
  GQueue lines; /* (owned) of GBytes */
  gsize queued_bytes;
  guint64 n_lost;
  gboolean is_ending;
  gboolean has_ended;
};

G_DEFINE_FINAL_TYPE (RelayAudit, relay_audit, G_TYPE_OBJECT)

/* --- lines --- */

static void
append_time (GString *out)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *seconds = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  g_string_append_printf (out, "\"%s.%03dZ\"", seconds, g_date_time_get_microsecond (now) / 1000);
}

static void
append_text (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", name);
  relay_json_append_string (out, text);
}

static GBytes *
make_line (const char *account_id, const char *event, const RelayActivity *activity)
{
  gboolean is_failure = g_str_equal (activity->outcome, "failed");
  g_autofree char *outcome = g_strconcat (activity->outcome, is_failure ? ": " : NULL, activity->code, NULL);
  GString *out = g_string_new ("{\"time\":");

  append_time (out);
  append_text (out, "account", account_id);
  append_text (out, "event", event);
  append_text (out, "method", activity->method);
  append_text (out, "outcome", outcome);
  g_string_append_printf (out, ",\"duration_ms\":%" G_GINT64_FORMAT ",\"bytes\":%" G_GUINT64_FORMAT, activity->duration_ms,
                          activity->bytes);
  append_text (out, "path", activity->path);
  g_string_append (out, "}\n");

  return g_string_free_to_bytes (out);
}

static const char *
get_event_name (RelayActivityEvent event)
{
  switch (event)
    {
    case RELAY_ACTIVITY_REQUEST:
      return "request";
    case RELAY_ACTIVITY_DENIED:
      return "denied";
    case RELAY_ACTIVITY_CONNECT:
      return "connect";
    case RELAY_ACTIVITY_CLOSE:
      return "close";
    }

  g_assert_not_reached ();
}

/* A gap is shown where it is. */
static GBytes *
make_gap_line (guint64 n_lost)
{
  g_autofree char *code = g_strdup_printf ("%" G_GUINT64_FORMAT " lines", n_lost);
  RelayActivity activity = { .method = "", .path = "", .outcome = "failed", .code = code };

  return make_line ("", "lost", &activity);
}

/* Takes @line. */
static void
queue_line (RelayAudit *self, GBytes *line)
{
  gboolean is_lost;
  gboolean is_first_lost;

  g_mutex_lock (&self->lock);
  is_lost = self->queued_bytes + g_bytes_get_size (line) > MAX_QUEUED_BYTES;
  is_first_lost = is_lost && self->n_lost++ == 0;
  if (!is_lost)
    {
      self->queued_bytes += g_bytes_get_size (line);
      g_queue_push_tail (&self->lines, g_bytes_ref (line));
      g_cond_signal (&self->changed);
    }
  g_mutex_unlock (&self->lock);

  g_bytes_unref (line);
  if (is_first_lost)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
               "the audit waits for the disk with all that it may hold: lines are lost until that takes some");
}

/* --- the thread; each of these that changes what is shared is called with the lock held, and all return with it --- */

static void
say_failing (RelayAudit *self, const GError *error)
{
  if (!self->is_failing)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
               "the audit cannot be written: %s. The relay goes on, and holds up to %d MiB of lines until it can",
               error->message, MAX_QUEUED_BYTES / (1024 * 1024));
  self->is_failing = TRUE;
}

static void
sync_lines (RelayAudit *self)
{
  g_autoptr (GError) error = NULL;

  self->sync_at_us = 0;
  g_mutex_unlock (&self->lock);
  if (!relay_audit_file_sync (self->file, &error))
    say_failing (self, error);
  g_mutex_lock (&self->lock);
}

static gboolean
append_line (RelayAudit *self, GBytes *line, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (line, &length);

  if (!relay_audit_file_append (self->file, text, length, error))
    return FALSE;

  if (self->sync_at_us == 0)
    self->sync_at_us = g_get_monotonic_time () + SYNC_US;
  return TRUE;
}

/* Returns: (nullable): the next line, which stays in the queue; %NULL when there will be none */
static GBytes *
wait_for_line (RelayAudit *self)
{
  if (self->sync_at_us != 0 && g_get_monotonic_time () >= self->sync_at_us)
    sync_lines (self);

  while (g_queue_is_empty (&self->lines) && !self->is_ending)
    {
      if (self->sync_at_us == 0)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, self->sync_at_us))
        sync_lines (self);
    }

  return g_queue_peek_head (&self->lines);
}

static gboolean
write_next (RelayAudit *self, GBytes *line)
{
  g_autoptr (GError) error = NULL;
  gboolean is_written;

  g_mutex_unlock (&self->lock);
  is_written = append_line (self, line, &error);
  if (!is_written)
    say_failing (self, error);
  g_mutex_lock (&self->lock);

  if (is_written)
    {
      self->queued_bytes -= g_bytes_get_size (line);
      g_bytes_unref (g_queue_pop_head (&self->lines));
    }
  return is_written;
}

/* All that was held is written: what was lost came after it. */
static void
say_recovered (RelayAudit *self)
{
  guint64 n_lost = self->n_lost;
  g_autoptr (GBytes) line = NULL;
  g_autoptr (GError) error = NULL;

  if ((!self->is_failing && n_lost == 0) || !g_queue_is_empty (&self->lines))
    return;

  self->n_lost = 0;
  g_mutex_unlock (&self->lock);
  line = n_lost > 0 ? make_gap_line (n_lost) : NULL;
  self->is_failing = FALSE;
  if (line != NULL && !append_line (self, line, &error))
    say_failing (self, error);
  else
    relay_log (G_LOG_LEVEL_MESSAGE, NULL, NULL, NULL, "the audit is written again; lines lost: %" G_GUINT64_FORMAT, n_lost);
  g_mutex_lock (&self->lock);
  if (self->is_failing)
    self->n_lost += n_lost;
}

static void
wait_to_retry (RelayAudit *self)
{
  gint64 retry_at_us = g_get_monotonic_time () + RETRY_US;

  while (!self->is_ending && g_cond_wait_until (&self->changed, &self->lock, retry_at_us))
    ;
}

static void
say_unwritten (RelayAudit *self)
{
  guint64 n_lost = self->n_lost + self->lines.length;

  if (n_lost > 0)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
               "the audit could not be written to its end; lines lost: %" G_GUINT64_FORMAT, n_lost);
}

static gpointer
write_in_thread (gpointer data)
{
  g_autoptr (RelayAudit) self = data;
  g_autoptr (GError) error = NULL;
  GBytes *line;

  if (!relay_audit_file_open (self->file, &error))
    say_failing (self, error);

  g_mutex_lock (&self->lock);
  while ((line = wait_for_line (self)) != NULL)
    {
      if (write_next (self, line))
        say_recovered (self);
      else if (self->is_ending)
        break;
      else
        wait_to_retry (self);
    }
  say_unwritten (self);
  sync_lines (self);
  self->has_ended = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);

  return NULL;
}

/* --- the object --- */

static void
relay_audit_finalize (GObject *object)
{
  RelayAudit *self = RELAY_AUDIT (object);

  g_queue_clear_full (&self->lines, (GDestroyNotify) g_bytes_unref);
  relay_audit_file_free (self->file);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);

  G_OBJECT_CLASS (relay_audit_parent_class)->finalize (object);
}

static void
relay_audit_class_init (RelayAuditClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_audit_finalize;
}

static void
relay_audit_init (RelayAudit *self)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), RELAY_AUDIT_FOLDER, NULL);

  self->file = relay_audit_file_new (folder);
  g_queue_init (&self->lines);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

/**
 * relay_audit_new:
 *
 * Opens the audit, in a thread. What is wrong with it is logged, and tried again.
 *
 * Returns: (transfer full): an audit; it lives until relay_audit_end() at least
 */
RelayAudit *
relay_audit_new (void)
{
  RelayAudit *self = g_object_new (RELAY_TYPE_AUDIT, NULL);

  self->thread = g_thread_new ("audit", write_in_thread, g_object_ref (self));

  return self;
}

static void
on_activity (RelaySession *session, const RelayActivity *activity, RelayAudit *self)
{
  queue_line (self, make_line (relay_session_get_account_id (session), get_event_name (activity->event), activity));
}

/**
 * relay_audit_follow:
 * @self: an audit
 * @session: a session
 *
 * Writes down what the session tells, as long as both live.
 */
void
relay_audit_follow (RelayAudit *self, RelaySession *session)
{
  g_signal_connect_object (session, "activity", G_CALLBACK (on_activity), self, 0);
}

/**
 * relay_audit_add_url_changed:
 * @self: an audit
 * @account_id: an account
 * @url: where its key goes from now on, as shown
 *
 * Writes down that an account's platform is another one now.
 */
void
relay_audit_add_url_changed (RelayAudit *self, const char *account_id, const char *url)
{
  RelayActivity activity = { .method = "", .path = url, .outcome = "ok", .code = "" };

  queue_line (self, make_line (account_id, "url-changed", &activity));
}

/**
 * relay_audit_end:
 * @self: an audit
 * @deadline_us: how long to wait, in the time of g_get_monotonic_time()
 *
 * Waits until all is written that was told; not longer than it says, even if the disk hangs. To be called once, when nothing
 * comes any more.
 */
void
relay_audit_end (RelayAudit *self, gint64 deadline_us)
{
  gboolean has_ended;

  g_mutex_lock (&self->lock);
  self->is_ending = TRUE;
  g_cond_broadcast (&self->changed);
  while (!self->has_ended && g_cond_wait_until (&self->changed, &self->lock, deadline_us))
    ;
  has_ended = self->has_ended;
  g_mutex_unlock (&self->lock);

  if (has_ended)
    g_thread_join (self->thread);
  else
    g_thread_unref (self->thread);
}
