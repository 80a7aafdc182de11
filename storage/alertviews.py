"""The public views of watches, alerts and messages: decides their names, columns and comments. Never holds data."""

ALERT_VIEWS = """
CREATE VIEW watches AS
SELECT watch_id, name, target, storyline_id, feed, paused, reason, spec, created_at FROM private.watch;

CREATE VIEW alerts AS
SELECT a.alert_id, a.watch_id, w.name AS watch, coalesce(s.merged_into, a.subject_id) AS subject_id, a.kind AS class,
    a.causes, a.created_at, a.why, a.state, a.reason, a.message_id
FROM private.alert a LEFT JOIN private.watch w USING (watch_id)
LEFT JOIN private.storyline s ON s.storyline_id = a.subject_id;

CREATE VIEW messages AS
SELECT m.message_id, m.watch_id, w.name AS watch, m.target, m.made_at, m.why, m.state, m.attempts, m.next_attempt_at,
    m.sent_at, m.error
FROM private.message m LEFT JOIN private.watch w USING (watch_id);

COMMENT ON VIEW watches IS 'What people want to be told, and where.';
COMMENT ON COLUMN watches.watch_id IS 'Derived from its name.';
COMMENT ON COLUMN watches.name IS 'What a person calls it.';
COMMENT ON COLUMN watches.target IS 'The name of a target, file:PATH or stdout; addresses are not in the database.';
COMMENT ON COLUMN watches.storyline_id IS 'The storyline that it is about; null: any.';
COMMENT ON COLUMN watches.feed IS 'The feed that it is about, or all; null: it is about storylines.';
COMMENT ON COLUMN watches.paused IS 'True if it is paused: it tells nothing, and without a reason notices nothing.';
COMMENT ON COLUMN watches.reason IS 'Why Storywire paused it; null otherwise.';
COMMENT ON COLUMN watches.spec IS 'JSON: the other keys, as in a file of watches.';
COMMENT ON COLUMN watches.created_at IS 'UTC; when it was added.';

COMMENT ON VIEW alerts IS 'What matched a watch: one row a watch, storyline or feed, class and batch.';
COMMENT ON COLUMN alerts.alert_id IS 'Derived from watch, subject, class and causes; never changes.';
COMMENT ON COLUMN alerts.watch_id IS 'The watch.';
COMMENT ON COLUMN alerts.watch IS 'Its name; null if it was removed.';
COMMENT ON COLUMN alerts.subject_id IS 'The storyline, as it stands now, or the feed.';
COMMENT ON COLUMN alerts.class IS 'new, follow-up, report, reprint, revision, correction or ill.';
COMMENT ON COLUMN alerts.causes IS 'The articles that caused it, or what is wrong with the feed.';
COMMENT ON COLUMN alerts.created_at IS 'UTC; when it was noticed.';
COMMENT ON COLUMN alerts.why IS 'Why the watch wants it, in words; empty where it asked for nothing special.';
COMMENT ON COLUMN alerts.state IS 'waiting, told, silent, lapsed or dropped.';
COMMENT ON COLUMN alerts.reason IS 'Why nobody is told; null if it waits or was told.';
COMMENT ON COLUMN alerts.message_id IS 'The message that tells it; null if there is none.';

COMMENT ON VIEW messages IS 'What was sent, or is to be. The snapshot is made before a run sends its messages.';
COMMENT ON COLUMN messages.message_id IS 'Derived from its alerts; the same each time that it is sent.';
COMMENT ON COLUMN messages.watch_id IS 'The watch that tells it.';
COMMENT ON COLUMN messages.watch IS 'Its name; null if it was removed.';
COMMENT ON COLUMN messages.target IS 'Where to: a name, file:PATH or stdout.';
COMMENT ON COLUMN messages.made_at IS 'UTC; when it was decided what it tells.';
COMMENT ON COLUMN messages.why IS 'JSON: by storyline, the condition that was met, with its numbers.';
COMMENT ON COLUMN messages.state IS 'queued, sent, or dead: given up.';
COMMENT ON COLUMN messages.attempts IS 'How often it was tried since it was last queued.';
COMMENT ON COLUMN messages.next_attempt_at IS 'UTC; the next try is not before this; null: at once, or never again.';
COMMENT ON COLUMN messages.sent_at IS 'UTC; when the receiver took it; null if it has not.';
COMMENT ON COLUMN messages.error IS 'Why the last try failed; null if none did.';
"""
