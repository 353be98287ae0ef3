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

/* Requests for files run this many at a time: their answers may have 24 MiB each. */
#define MAX_RUNNING_FILES 4
/* Nor do they begin while more than this waits for the platform to read. */
#define MAX_UNREAD_ANSWERS (1024 * 1024)
/* What the requests that are not answered yet may hold (R10), and what each takes beside its texts. */
#define MAX_HELD_BYTES (4 * 1024 * 1024)
#define REQUEST_BYTES 512

/**
 * RelayDispatcher:
 *
 * Serves the platform's requests that the relay answers itself, and sends the answers.
 */
struct _RelayDispatcher {
  GObject parent_instance;

  RelayLink *platform;       /* (owned) */
  RelayCounters *counters;   /* (owned) */
  GCancellable *cancellable; /* (owned) */
  GStrv secrets;             /* (owned) (nullable) what is never logged or told */
  GQueue waiting;            /* (owned) of Serving: for files, not begun yet */
  guint n_running_files;
  gboolean is_writing; /* the one that runs changes files */
  gsize held_bytes;    /* of the requests that wait or are being served */
};

/* A request that is being served, or waits for it. */
typedef struct {
  RelayDispatcher *dispatcher; /* (owned) */
  RelayRequest *request;       /* (owned) */
  gsize held_bytes;
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
                                           G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_ANSWERED] =
      g_signal_new ("answered", RELAY_TYPE_DISPATCHER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
relay_dispatcher_init (RelayDispatcher *self)
{
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->waiting);
}

/**
 * relay_dispatcher_new:
 * @platform: the link that answers go out on
 * @counters: (transfer none): counts what was served and denied
 *
 * Returns: (transfer full): a dispatcher
 */
RelayDispatcher *
relay_dispatcher_new (RelayLink *platform, RelayCounters *counters)
{
  RelayDispatcher *self = g_object_new (RELAY_TYPE_DISPATCHER, NULL);

  self->platform = g_object_ref (platform);
  self->counters = g_atomic_rc_box_acquire (counters);

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

static void
send_error (RelayDispatcher *self, const char *id_json, const GError *error)
{
  g_autoptr (GBytes) frame = relay_answer_new_error (id_json, error);

  send_answer (self, frame);
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
  g_autofree char *text = relay_json_span_dup_raw (span);

  return text != NULL ? clean (self, text, RELAY_TEXT_MAX_NAME) : g_strdup ("");
}

static char *
dup_clean_name (RelayDispatcher *self, const RelayJsonSpan *span)
{
  g_autofree char *text = relay_json_span_dup_string (span);

  return text != NULL ? clean (self, text, RELAY_TEXT_MAX_NAME) : dup_clean (self, span);
}

/**
 * relay_dispatcher_refuse:
 * @self: a dispatcher
 * @account: on whose behalf
 * @request: what the platform asked
 * @reason: why it is not served
 *
 * Answers a request with an error; a denial is counted and told.
 */
void
relay_dispatcher_refuse (RelayDispatcher *self, RelayAccount *account, const RelayEnvelope *request, const GError *reason)
{
  g_autofree char *id_json = has_usable_id (request) ? relay_json_span_dup_raw (&request->id) : g_strdup ("null");
  g_autofree char *id = dup_clean (self, &request->id);
  g_autofree char *method = dup_clean_name (self, &request->method);
  g_autofree char *why = clean (self, reason->message, RELAY_TEXT_MAX_MESSAGE);

  relay_log (G_LOG_LEVEL_WARNING, account->id, "relay", method, "request %s refused: %s", id, why);
  if (g_error_matches (reason, RELAY_ERROR, RELAY_ERROR_DENIED))
    {
      self->counters->requests_denied++;
      g_signal_emit (self, signals[SIGNAL_ACTIVITY], 0, "policy", method, "", "denied");
    }
  send_error (self, id_json, reason);
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

/* What changes files runs alone, so that requests see each other's work in the order in which they came. */
static gboolean
may_begin_files (RelayDispatcher *self, const RelayMethod *method)
{
  guint max_running = method->writes ? 1 : MAX_RUNNING_FILES;

  return !self->is_writing && self->n_running_files < max_running &&
         relay_link_get_queued (self->platform) < MAX_UNREAD_ANSWERS;
}

/* The params of a request for files are kept until it is answered, those of another until the gateway is asked. */
static Serving *
serving_new (RelayDispatcher *self, RelayRequest *request, const RelayEnvelope *envelope)
{
  Serving *serving = g_new (Serving, 1);

  serving->dispatcher = g_object_ref (self);
  serving->request = relay_request_ref (request);
  serving->held_bytes = REQUEST_BYTES + envelope->id.length;
  if (is_for_files (request->method))
    serving->held_bytes += envelope->params.length;
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
    self->n_running_files++;
  if (serving->request->method->writes)
    self->is_writing = TRUE;
  relay_request_serve_async (serving->request, self->cancellable, on_served, serving);
}

/**
 * relay_dispatcher_admit:
 * @self: a dispatcher
 *
 * Begins requests that wait for their turn, if it is theirs. To be called when the platform has read some answers.
 */
void
relay_dispatcher_admit (RelayDispatcher *self)
{
  Serving *next;

  while ((next = g_queue_peek_head (&self->waiting)) != NULL && may_begin_files (self, next->request->method))
    begin (self, g_queue_pop_head (&self->waiting));
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

static const char *
outcome_of (const GError *error)
{
  if (error == NULL)
    return "ok";
  return g_error_matches (error, RELAY_ERROR, RELAY_ERROR_DENIED) ? "denied" : "failed";
}

static void
tell_activity (RelayDispatcher *self, RelayRequest *request, const GError *error)
{
  const RelayMethod *method = request->method;
  g_autofree char *path = request->path != NULL ? clean (self, request->path, RELAY_TEXT_MAX_MESSAGE) : g_strdup ("");

  if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_DENIED))
    self->counters->requests_denied++;
  else
    self->counters->requests_served++;
  g_signal_emit (self, signals[SIGNAL_ACTIVITY], 0, method->kind, method->name, path, outcome_of (error));
}

static void
on_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Serving) serving = user_data;
  g_autoptr (RelayDispatcher) self = g_object_ref (serving->dispatcher);
  RelayRequest *request = serving->request;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = relay_request_serve_finish (request, result, &error);

  if (is_for_files (request->method))
    self->n_running_files--;
  if (request->method->writes)
    self->is_writing = FALSE;
  tell_activity (self, request, error);

  if (payload != NULL)
    {
      g_autoptr (GBytes) frame = relay_answer_new_payload (request->id_json, payload);

      send_answer (self, frame);
    }
  else
    {
      g_autofree char *id = clean (self, request->id_json, RELAY_TEXT_MAX_NAME);
      g_autofree char *why = clean (self, error->message, RELAY_TEXT_MAX_MESSAGE);

      relay_log (G_LOG_LEVEL_MESSAGE, relay_method_context_get_account (request->context)->id, "relay",
                 request->method->name, "request %s failed: %s", id, why);
      send_error (self, request->id_json, error);
    }

  g_clear_pointer (&serving, serving_free);
  relay_dispatcher_admit (self);
  g_signal_emit (self, signals[SIGNAL_ANSWERED], 0);
}

static void
log_request (RelayDispatcher *self, RelayAccount *account, const RelayMethod *method, const RelayEnvelope *request)
{
  g_autofree char *id = dup_clean (self, &request->id);

  relay_log (G_LOG_LEVEL_INFO, account->id, "relay", method->name, "request %s", id);
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
  else if (judge (account, method, &error))
    parsed = relay_request_new (context, method, &request->id, &request->params, &error);

  if (parsed == NULL)
    relay_dispatcher_refuse (self, account, request, error);
  else if (is_for_files (method) && (!may_begin_files (self, method) || !g_queue_is_empty (&self->waiting)))
    g_queue_push_tail (&self->waiting, serving_new (self, parsed, request));
  else
    begin (self, serving_new (self, parsed, request));
}

/**
 * relay_dispatcher_shut:
 * @self: a dispatcher
 *
 * Cancels what is being served and drops what waits; nobody is there to read the answers.
 */
void
relay_dispatcher_shut (RelayDispatcher *self)
{
  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) serving_free);
}
