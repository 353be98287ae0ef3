/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-dispatcher.h"

#include "common/relay-error.h"
#include "common/relay-log.h"
#include "common/relay-text.h"
#include "methods/relay-policy.h"
#include "relay/relay-answer.h"

/* Requests for files do not begin while more than this waits for the platform to read. */
#define MAX_UNREAD_ANSWERS (1024 * 1024)
/* How many requests may be without their answer, each of which takes about 2 KiB beside its texts. */
#define MAX_REQUESTS 10000
/* What their ids and params may have before the platform is not read any more (R10), and what a param takes beside its text.
 */
#define MAX_HELD_BYTES (4 * 1024 * 1024)
#define PARAM_BYTES 256

/**
 * RelayDispatcher:
 *
 * Serves the platform's requests that the relay answers itself, and sends the answers.
 */
struct _RelayDispatcher {
  GObject parent_instance;

  RelayLink *platform;        /* (owned) */
  RelayCounters *counters;    /* (owned) */
  GCancellable *cancellable;  /* (owned) */
  GStrv secrets;              /* (owned) (nullable) what is never logged or told */
  GQueue waiting;             /* (owned) of Serving: for files, not begun yet */
  GQueue running;             /* (unowned) of Serving, by their links: those that are being served */
  RelayWorkspaceSlots *slots; /* (owned) for those that are for files */
  gsize held_bytes;           /* of the requests that wait or are being served */
};

/* A request that is being served, or waits for it. */
typedef struct {
  RelayDispatcher *dispatcher; /* (owned) */
  RelayRequest *request;       /* (owned) */
  GList link;                  /* in the dispatcher's @running */
  gint64 begin_ms;
  gsize held_bytes;
  gboolean is_told; /* its end was: the link ended first */
} Serving;

enum {
  SIGNAL_ACTIVITY,
  SIGNAL_ANSWERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (RelayDispatcher, relay_dispatcher, G_TYPE_OBJECT)

static void on_served (GObject *source, GAsyncResult *result, gpointer user_data);

static void
relay_dispatcher_dispose (GObject *object)
{
  RelayDispatcher *self = RELAY_DISPATCHER (object);

  relay_dispatcher_shut (self);
  g_clear_object (&self->platform);
  g_clear_object (&self->slots);

  G_OBJECT_CLASS (relay_dispatcher_parent_class)->dispose (object);
}

static void
relay_dispatcher_finalize (GObject *object)
{
  RelayDispatcher *self = RELAY_DISPATCHER (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_pointer (&self->secrets, g_strfreev);

  G_OBJECT_CLASS (relay_dispatcher_parent_class)->finalize (object);
}

static void
relay_dispatcher_class_init (RelayDispatcherClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = relay_dispatcher_dispose;
  G_OBJECT_CLASS (klass)->finalize = relay_dispatcher_finalize;

  signals[SIGNAL_ACTIVITY] = g_signal_new ("activity", RELAY_TYPE_DISPATCHER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 1, RELAY_TYPE_ACTIVITY | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[SIGNAL_ANSWERED] =
      g_signal_new ("answered", RELAY_TYPE_DISPATCHER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
relay_dispatcher_init (RelayDispatcher *self)
{
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
  g_queue_init (&self->running);
}

/**
 * relay_dispatcher_new:
 * @platform: the link that answers go out on
 * @counters: (transfer none): counts what was served and denied
 * @slots: the account's, for work on files
 *
 * Returns: (transfer full): a dispatcher
 */
RelayDispatcher *
relay_dispatcher_new (RelayLink *platform, RelayCounters *counters, RelayWorkspaceSlots *slots)
{
  RelayDispatcher *self = g_object_new (RELAY_TYPE_DISPATCHER, NULL);

  self->platform = g_object_ref (platform);
  self->counters = g_atomic_rc_box_acquire (counters);
  self->slots = g_object_ref (slots);
  g_signal_connect_object (slots, "changed", G_CALLBACK (relay_dispatcher_admit), self, G_CONNECT_SWAPPED);

  return self;
}

/**
 * relay_dispatcher_set_secrets:
 * @self: a dispatcher
 * @secrets: (array zero-terminated=1): what is replaced in all that is logged and told from now on
 *
 * Makes the secrets known that the platform may have put into ids, methods and paths.
 */
void
relay_dispatcher_set_secrets (RelayDispatcher *self, const char *const *secrets)
{
  g_strfreev (self->secrets);
  self->secrets = g_strdupv ((GStrv) secrets);
}

static void
send_answer (RelayDispatcher *self, GBytes *frame)
{
  if (relay_link_has_ended (self->platform))
    return;

  relay_link_send (self->platform, RELAY_OPCODE_TEXT, frame);
  self->counters->frames_to_platform++;
  self->counters->bytes_to_platform += g_bytes_get_size (frame);
}

/* Counts a request and tells of it; before its answer is sent, so that no answer is out that nobody was told of. */
static void
tell (RelayDispatcher *self, RelayActivity *activity)
{
  if (activity->event == RELAY_ACTIVITY_DENIED)
    self->counters->requests_denied++;
  else
    self->counters->requests_served++;
  g_signal_emit (self, signals[SIGNAL_ACTIVITY], 0, activity);
}

static gboolean
has_usable_id (const RelayEnvelope *request)
{
  RelayJsonKind kind = relay_json_span_kind (&request->id);

  return kind == RELAY_JSON_STRING || kind == RELAY_JSON_NUMBER;
}

static char *
clean (RelayDispatcher *self, const char *text, gsize max_chars)
{
  return relay_text_clean (text, -1, max_chars, (const char *const *) self->secrets);
}

static char *
dup_clean (RelayDispatcher *self, const RelayJsonSpan *span)
{
  RelayJsonSpan beginning = { span->data, MIN (span->length, RELAY_JSON_MAX_SHOWN) };
  g_autofree char *text = relay_json_span_dup_raw (&beginning);

  return text != NULL ? clean (self, text, RELAY_TEXT_MAX_NAME) : g_strdup ("");
}

static char *
dup_clean_name (RelayDispatcher *self, const RelayJsonSpan *span)
{
  g_autofree char *text = relay_json_span_dup_shown (span);

  return text != NULL ? clean (self, text, RELAY_TEXT_MAX_NAME) : dup_clean (self, span);
}

/**
 * relay_dispatcher_refuse:
 * @self: a dispatcher
 * @account: on whose behalf
 * @method: (nullable): what would serve it
 * @request: what the platform asked
 * @reason: why it is not served
 *
 * Answers a request with an error; it is counted and told.
 */
void
relay_dispatcher_refuse (RelayDispatcher *self, RelayAccount *account, const RelayMethod *method,
                         const RelayEnvelope *request, const GError *reason)
{
  g_autofree char *id_json = has_usable_id (request) ? relay_json_span_dup_raw (&request->id) : g_strdup ("null");
  g_autofree char *id = dup_clean (self, &request->id);
  g_autofree char *name = dup_clean_name (self, &request->method);
  g_autofree char *why = clean (self, reason->message, RELAY_TEXT_MAX_MESSAGE);
  g_autoptr (GBytes) frame = relay_answer_new_error (id_json, reason);
  RelayActivity activity = { .kind = "policy", .method = name, .path = "", .bytes = g_bytes_get_size (frame) };

  relay_log (G_LOG_LEVEL_WARNING, account->id, "relay", name, "request %s refused: %s", id, why);
  relay_activity_set_result (&activity, reason);
  if (method != NULL && activity.event != RELAY_ACTIVITY_DENIED)
    activity.kind = method->kind;
  tell (self, &activity);
  send_answer (self, frame);
}

/**
 * relay_dispatcher_drop:
 * @self: a dispatcher
 * @account: on whose behalf
 *
 * Has a frame of the platform that a policy cannot judge logged, counted and told as denied. It has no answer.
 */
void
relay_dispatcher_drop (RelayDispatcher *self, RelayAccount *account)
{
  RelayActivity activity = {
    .event = RELAY_ACTIVITY_DENIED,
    .kind = "policy",
    .method = "",
    .path = "",
    .outcome = "denied",
    .code = "DENIED",
  };

  relay_log (G_LOG_LEVEL_WARNING, account->id, "relay", NULL,
             "a frame of the platform is not plain JSON, so the policy cannot judge it: dropped");
  tell (self, &activity);
}

static gboolean
is_for_files (const RelayMethod *method)
{
  return g_str_equal (method->kind, "workspace");
}

static gboolean
judge (RelayAccount *account, const RelayMethod *method, GError **error)
{
  if (method->gateway_method != NULL && !relay_policy_allows (account, method->gateway_method, error))
    return FALSE;
  if (is_for_files (method) && !relay_policy_allows_workspace (account, method->writes, error))
    return FALSE;

  return TRUE;
}

static gboolean
may_begin_files (RelayDispatcher *self, const RelayMethod *method)
{
  return relay_workspace_slots_has_room (self->slots, method->writes) &&
         relay_link_get_queued (self->platform) < MAX_UNREAD_ANSWERS;
}

/* The params of a request for files are kept until it is answered, those of another until the gateway is asked. */
static Serving *
serving_new (RelayDispatcher *self, RelayRequest *request, const RelayEnvelope *envelope)
{
  Serving *serving = g_new0 (Serving, 1);

  serving->dispatcher = g_object_ref (self);
  serving->request = relay_request_ref (request);
  serving->link.data = serving;
  serving->begin_ms = relay_clock_get_monotonic_ms (relay_method_context_get_clock (request->context));
  serving->held_bytes = envelope->id.length;
  if (is_for_files (request->method))
    serving->held_bytes += envelope->params.length + json_object_get_size (request->params) * PARAM_BYTES;
  self->held_bytes += serving->held_bytes;

  return serving;
}

static void
serving_free (Serving *serving)
{
  serving->dispatcher->held_bytes -= serving->held_bytes;
  g_object_unref (serving->dispatcher);
  relay_request_unref (serving->request);
  g_free (serving);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Serving, serving_free)

/* Takes @serving. */
static void
begin (RelayDispatcher *self, Serving *serving)
{
  if (is_for_files (serving->request->method))
    serving->request->slot = relay_workspace_slots_take (self->slots, serving->request->method->writes);
  g_queue_push_tail_link (&self->running, &serving->link);
  relay_request_serve_async (serving->request, self->cancellable, on_served, serving);
}

/**
 * relay_dispatcher_is_full:
 * @self: a dispatcher
 *
 * Returns: %TRUE if so much is being served or waits for it that nothing more should be read
 */
gboolean
relay_dispatcher_is_full (RelayDispatcher *self)
{
  return self->held_bytes > MAX_HELD_BYTES;
}

static void
tell_end (Serving *serving, const GError *error, const char *code, gsize answer_bytes)
{
  RelayDispatcher *self = serving->dispatcher;
  RelayRequest *request = serving->request;
  RelayClock *clock = relay_method_context_get_clock (request->context);
  g_autofree char *path = request->path != NULL ? clean (self, request->path, RELAY_TEXT_MAX_MESSAGE) : g_strdup ("");
  RelayActivity activity = { .kind = request->method->kind, .method = request->method->name, .path = path };

  relay_activity_set_result (&activity, error);
  if (code != NULL)
    activity.code = code;
  activity.duration_ms = relay_clock_get_monotonic_ms (clock) - serving->begin_ms;
  activity.bytes = answer_bytes;
  serving->is_told = TRUE;
  tell (self, &activity);
}

/* Tells of a request whose answer @frame is about to be sent, if somebody is there to read it. */
static void
tell_answer (Serving *serving, const GError *error, GBytes *frame)
{
  gboolean has_ended = relay_link_has_ended (serving->dispatcher->platform);

  if (!serving->is_told)
    tell_end (serving, error, has_ended && error != NULL ? "closed" : NULL, has_ended ? 0 : g_bytes_get_size (frame));
}

static void
log_failure (RelayDispatcher *self, RelayRequest *request, const GError *error)
{
  g_autofree char *id = clean (self, request->id_json, RELAY_TEXT_MAX_NAME);
  g_autofree char *why = clean (self, error->message, RELAY_TEXT_MAX_MESSAGE);

  relay_log (G_LOG_LEVEL_MESSAGE, relay_method_context_get_account (request->context)->id, "relay", request->method->name,
             "request %s failed: %s", id, why);
}

/* Ends a request: @payload is NULL if there is an @error. Takes @ended. */
static void
answer (Serving *ended, GBytes *payload, const GError *error)
{
  g_autoptr (Serving) serving = ended;
  g_autoptr (RelayDispatcher) self = g_object_ref (serving->dispatcher);
  RelayRequest *request = serving->request;
  g_autoptr (GBytes) frame = NULL;

  if (payload != NULL)
    frame = relay_answer_new_payload (request->id_json, payload);
  else
    frame = relay_answer_new_error (request->id_json, error);
  if (error != NULL)
    log_failure (self, request, error);
  tell_answer (serving, error, frame);
  send_answer (self, frame);

  g_clear_pointer (&serving, serving_free);
  g_signal_emit (self, signals[SIGNAL_ANSWERED], 0);
}

static void
on_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Serving *serving = user_data;
  g_autoptr (RelayDispatcher) self = g_object_ref (serving->dispatcher);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = relay_request_serve_finish (serving->request, result, &error);

  g_queue_unlink (&self->running, &serving->link);
  answer (serving, payload, error);
  relay_dispatcher_admit (self);
}

/**
 * relay_dispatcher_admit:
 * @self: a dispatcher
 *
 * Begins requests that wait for their turn, if it is theirs, and answers them if there is nothing to wait for. To be called
 * when the platform has read some answers.
 */
void
relay_dispatcher_admit (RelayDispatcher *self)
{
  Serving *next;

  while ((next = g_queue_peek_head (&self->waiting)) != NULL)
    {
      g_autoptr (GError) error = NULL;

      if (may_begin_files (self, next->request->method))
        begin (self, g_queue_pop_head (&self->waiting));
      else if (!relay_workspace_slots_check (self->slots, next->request->method->writes, &error))
        answer (g_queue_pop_head (&self->waiting), NULL, error);
      else
        break;
    }
}

static void
log_request (RelayDispatcher *self, RelayAccount *account, const RelayMethod *method, const RelayEnvelope *request)
{
  g_autofree char *id = dup_clean (self, &request->id);

  relay_log (G_LOG_LEVEL_INFO, account->id, "relay", method->name, "request %s", id);
}

static gboolean
check_number (RelayDispatcher *self, GError **error)
{
  if (self->running.length + self->waiting.length < MAX_REQUESTS)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "%d requests are being served already: wait for some answers",
               MAX_REQUESTS);
  return FALSE;
}

/**
 * relay_dispatcher_serve:
 * @self: a dispatcher
 * @context: what the handler may use
 * @method: the method that is asked for
 * @request: the platform's request
 *
 * Serves a request, at once or when its turn comes, and answers it in any case.
 */
void
relay_dispatcher_serve (RelayDispatcher *self, RelayMethodContext *context, const RelayMethod *method,
                        const RelayEnvelope *request)
{
  RelayAccount *account = relay_method_context_get_account (context);
  g_autoptr (RelayRequest) parsed = NULL;
  g_autoptr (GError) error = NULL;

  log_request (self, account, method, request);
  if (!has_usable_id (request))
    g_set_error_literal (&error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "id must be a string or a number");
  else if (judge (account, method, &error) && check_number (self, &error))
    parsed = relay_request_new (context, method, &request->id, &request->params, &error);

  if (parsed == NULL)
    {
      relay_dispatcher_refuse (self, account, method, request, error);
    }
  else if (is_for_files (method))
    {
      g_queue_push_tail (&self->waiting, serving_new (self, parsed, request));
      relay_dispatcher_admit (self);
    }
  else
    {
      begin (self, serving_new (self, parsed, request));
    }
}

static void
tell_closed (gpointer data, gpointer user_data)
{
  Serving *serving = data;

  if (!serving->is_told)
    tell_end (serving, user_data, "closed", 0);
}

/**
 * relay_dispatcher_shut:
 * @self: a dispatcher
 *
 * Cancels what is being served and drops what waits; nobody is there to read the answers. All of it is told as failed, with
 * the code `closed`: what cannot be cancelled any more may still be done.
 */
void
relay_dispatcher_shut (RelayDispatcher *self)
{
  g_autoptr (GError) closed = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "connection closed");

  g_queue_foreach (&self->running, tell_closed, closed);
  g_queue_foreach (&self->waiting, tell_closed, closed);
  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) serving_free);
}
