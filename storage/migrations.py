"""What was added to the first tables since, migration by migration. Decides what becomes of rows that are there.

Never runs anything, and is never edited once it is released: `schema` says in which order these come.
"""

# What may become of a group: it is merged, split, renamed, closed.
GROUPS = """
ALTER TABLE private.event ADD COLUMN merged_into VARCHAR;       -- null: it stands; else the one that has its articles
ALTER TABLE private.event ADD COLUMN label VARCHAR;             -- null: not told
ALTER TABLE private.event ADD COLUMN central_id VARCHAR;        -- null: not known
ALTER TABLE private.storyline ADD COLUMN merged_into VARCHAR;   -- null: it stands; else the one that has its events
ALTER TABLE private.storyline ADD COLUMN central_id VARCHAR;    -- null: not known
ALTER TABLE private.storyline ADD COLUMN closed BOOLEAN DEFAULT false;
ALTER TABLE private.storyline ALTER COLUMN closed SET NOT NULL;

-- Rows are only ever added; replayed, they say which article is in which event and storyline. No key: nothing is looked
-- up in it by one, and there is one writer at a time to count.
CREATE TABLE private.log (
    seq BIGINT NOT NULL,                -- 1, 2, 3 and so on, without gaps
    made_at TIMESTAMP NOT NULL,
    run_id VARCHAR,                     -- null: a person did it, outside of a run
    by_person BOOLEAN NOT NULL,
    kind VARCHAR NOT NULL,
    storyline_id VARCHAR NOT NULL,
    event_id VARCHAR,                   -- null: it is about a storyline
    article_id VARCHAR,                 -- null: it is about an event or a storyline
    other_id VARCHAR,                   -- null unless merged or split: the other event or storyline
    label VARCHAR,                      -- null: it gave no name, or the name had words of an article that was removed
    evidence VARCHAR NOT NULL           -- JSON
);

CREATE TABLE private.link (
    kind VARCHAR,
    one_id VARCHAR,
    other_id VARCHAR,
    made_at TIMESTAMP NOT NULL,
    by_person BOOLEAN NOT NULL,
    PRIMARY KEY (kind, one_id, other_id)
);

-- What a storyline that Storywire found is compared by, and found again when it lies outside of the window.
CREATE TABLE private.core (
    storyline_id VARCHAR PRIMARY KEY,
    member_ids VARCHAR[] NOT NULL,
    terms UINTEGER[] NOT NULL
);

-- What was stored before there was a log.
INSERT INTO private.log
WITH placed AS (
    SELECT v.storyline_id, v.event_id, article_id, v.run_id, a.first_seen_at
    FROM private.assignment v JOIN private.article a USING (article_id)
), told (step, made_at, run_id, by_person, kind, storyline_id, event_id, article_id, label) AS (
    SELECT 1, coalesce(s.created_at, min(first_seen_at), make_timestamp(epoch_us(now()))),
        if(s.pinned, NULL, min_by(run_id, first_seen_at)), s.pinned, 'created', s.storyline_id, NULL, NULL, s.label
    FROM private.storyline s LEFT JOIN placed USING (storyline_id)
    GROUP BY s.storyline_id, s.label, s.pinned, s.created_at
    UNION ALL
    SELECT 2, min(first_seen_at), min_by(run_id, first_seen_at), false, 'created', e.storyline_id, e.event_id, NULL,
        NULL
    FROM private.event e JOIN placed USING (event_id)
    GROUP BY e.storyline_id, e.event_id
    UNION ALL
    SELECT 3, first_seen_at, run_id, false, 'joined', storyline_id, event_id, article_id, NULL FROM placed
)
SELECT row_number() OVER (ORDER BY step, made_at, storyline_id, event_id, article_id),
    made_at, run_id, by_person, kind, storyline_id, event_id, article_id, NULL, label, '{}'
FROM told;
"""

# What pages say besides their text, and how texts change.
TEXTS = """
ALTER TABLE private.entry ADD COLUMN author VARCHAR;            -- null: not known
ALTER TABLE private.article ADD COLUMN author VARCHAR;          -- null: not known
ALTER TABLE private.article ADD COLUMN learnt BOOLEAN;          -- true: its paragraphs are counted in paragraph
UPDATE private.article SET learnt = true;                       -- only coming ones are

-- Texts that articles had before. The article has the latest.
CREATE TABLE private.revision (
    article_id VARCHAR,
    number INTEGER,                     -- 1 for the first text
    replaced_at TIMESTAMP NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    added VARCHAR[] NOT NULL,           -- sentences of the next text
    removed VARCHAR[] NOT NULL,         -- sentences that the next text has no more
    correction BOOLEAN NOT NULL,
    run_id VARCHAR NOT NULL,            -- the run that saw the change
    PRIMARY KEY (article_id, number)
);

-- When articles of watched storylines are looked at again. Without a row: not looked at again yet.
CREATE TABLE private.visit (
    article_id VARCHAR PRIMARY KEY,
    visits INTEGER NOT NULL,
    visited_at TIMESTAMP NOT NULL,
    etag VARCHAR,                       -- null: the server sends none
    last_modified VARCHAR               -- null: the server sends none
);

-- Paragraphs by publisher, to learn which ones it repeats on its other pages. No words: only hashes.
CREATE TABLE private.paragraph (
    site VARCHAR NOT NULL,
    hash UBIGINT NOT NULL,
    pages INTEGER NOT NULL,             -- pages of different subjects that have it
    subjects UINTEGER[] NOT NULL,       -- hashes of the words of those pages' headlines
    seen_at TIMESTAMP NOT NULL,         -- when it was last counted
    PRIMARY KEY (site, hash)
);

-- Which of a report's copies it was taken from, where that is known. Rows are added, never changed: the last one holds.
CREATE TABLE private.origin (
    kept_id VARCHAR NOT NULL,           -- the kept article
    origin_id VARCHAR NOT NULL,         -- itself, or a copy of it
    reason VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);
"""

# What polling learns of a feed. Times are null where the thing has not happened.
HABITS = """
ALTER TABLE private.feed ADD COLUMN served_by VARCHAR;          -- null: no validators yet; else who gave them
ALTER TABLE private.feed ADD COLUMN setback DOUBLE DEFAULT 0;
ALTER TABLE private.feed ADD COLUMN health VARCHAR[] DEFAULT [];
ALTER TABLE private.feed ADD COLUMN items_per_day DOUBLE;       -- null: not known yet
ALTER TABLE private.feed ADD COLUMN marks BLOB DEFAULT ''::BLOB; -- 16 bytes an item of the last document
ALTER TABLE private.feed ADD COLUMN brought_at TIMESTAMP;
ALTER TABLE private.feed ADD COLUMN arrivals INTEGER DEFAULT 0;
ALTER TABLE private.feed ADD COLUMN silence INTERVAL DEFAULT INTERVAL 0 SECONDS;
ALTER TABLE private.feed ADD COLUMN on_time INTEGER DEFAULT 0;
ALTER TABLE private.feed ADD COLUMN read_at TIMESTAMP;
ALTER TABLE private.feed ADD COLUMN whole_at TIMESTAMP;
ALTER TABLE private.feed ADD COLUMN lies INTEGER DEFAULT 0;
ALTER TABLE private.feed ADD COLUMN gap_at TIMESTAMP;
ALTER TABLE private.feed ADD COLUMN server_asks INTERVAL DEFAULT INTERVAL 0 SECONDS;
ALTER TABLE private.feed ADD COLUMN document_asks INTERVAL DEFAULT INTERVAL 0 SECONDS;
ALTER TABLE private.feed ADD COLUMN skip_hours INTEGER[] DEFAULT [];
ALTER TABLE private.feed ADD COLUMN skip_days INTEGER[] DEFAULT [];
ALTER TABLE private.feed ADD COLUMN moved_to VARCHAR;           -- null: it is asked at its url
ALTER TABLE private.feed ADD COLUMN url_asked_at TIMESTAMP;     -- null with moved_to, or: ask it next
ALTER TABLE private.feed ADD COLUMN leads_to VARCHAR;           -- null: no permanent redirect was seen
ALTER TABLE private.feed ADD COLUMN leads_since TIMESTAMP;
ALTER TABLE private.feed ADD COLUMN leads_times INTEGER DEFAULT 0;
"""

# What people want to be told, and what became of it.
ALERTS = """
ALTER TABLE private.entry ADD COLUMN read_before TIMESTAMP;     -- when its feed had been read before; null: never, or
                                                                -- a seed, or it was told as what it is no more
UPDATE private.entry SET read_before = first_seen_at WHERE feed_url IS NOT NULL;

CREATE TEMP TABLE old_watch AS FROM private.watch;
CREATE TEMP TABLE old_alert AS FROM private.alert;
DROP TABLE private.watch;
DROP TABLE private.alert;

CREATE TABLE private.watch (
    watch_id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    target VARCHAR NOT NULL,            -- the name of a target, file:PATH or stdout: never an address
    created_at TIMESTAMP NOT NULL,
    storyline_id VARCHAR,               -- null: any
    feed VARCHAR,                       -- null: it is about storylines; all: every feed
    paused BOOLEAN NOT NULL,
    reason VARCHAR,                     -- null unless Storywire paused it
    spec VARCHAR NOT NULL               -- JSON: the other keys that a person gave
);
INSERT INTO private.watch
    SELECT watch_id, watch_id, target, created_at, storyline_id, NULL, false, NULL, '{}' FROM temp.old_watch;

CREATE TABLE private.alert (
    alert_id VARCHAR PRIMARY KEY,
    watch_id VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,        -- a storyline, or a feed
    kind VARCHAR NOT NULL,
    causes VARCHAR[] NOT NULL,          -- ids of articles, or what is wrong with a feed
    created_at TIMESTAMP NOT NULL,
    why VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,                     -- null: it waits, or was told
    message_id VARCHAR                  -- null unless it was told
);
INSERT INTO private.alert
    SELECT alert_id, watch_id, storyline_id, 'report', article_ids, created_at, '',
        if(delivered_at IS NULL, 'waiting', 'told'), NULL, if(delivered_at IS NULL, NULL, 'm' || alert_id[2:])
    FROM temp.old_alert;

CREATE TABLE private.message (
    message_id VARCHAR PRIMARY KEY,
    watch_id VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL,
    began_at TIMESTAMP NOT NULL,        -- when the run began that made it
    why VARCHAR NOT NULL,               -- JSON: by subject, which condition was met
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMP,          -- null: at once, or never again
    sent_at TIMESTAMP,                  -- null: not sent
    error VARCHAR,                      -- null: no attempt failed
    refused BOOLEAN NOT NULL            -- the receiver did not want this one; others may get through
);
INSERT INTO private.message
    SELECT 'm' || alert_id[2:], watch_id, coalesce(w.target, ''), a.created_at, a.created_at, '{}', 'sent',
        attempts + 1, NULL, delivered_at, NULL, false
    FROM temp.old_alert a LEFT JOIN temp.old_watch w USING (watch_id) WHERE delivered_at IS NOT NULL;
DROP TABLE temp.old_watch;
DROP TABLE temp.old_alert;

-- Publishers that are one house: they count as one independent source.
CREATE TABLE private.publisher_group (
    member VARCHAR PRIMARY KEY,         -- a publisher's name, casefolded, or a domain
    name VARCHAR NOT NULL
);
"""

# What a long history needs: an index of words, and texts that may go.
ARCHIVE = """
ALTER TABLE private.article ADD COLUMN doc UINTEGER;            -- its number in the index; null: not in it yet
ALTER TABLE private.article ADD COLUMN pruned_at TIMESTAMP;     -- when its text was removed; null: it is there
ALTER TABLE private.article ADD COLUMN signs0 HUGEINT;          -- signs of its vector, 128 a column; of a copy, of
ALTER TABLE private.article ADD COLUMN signs1 HUGEINT;          -- what it repeats; null: not known yet
ALTER TABLE private.article ADD COLUMN signs2 HUGEINT;
ALTER TABLE private.article ADD COLUMN signs3 HUGEINT;

-- Which text has which word, and how much that counts. No words: only hashes. No key: rows are kept in an order that
-- lets a search skip nearly all of them, which `storage.index` keeps up.
CREATE TABLE private.posting (
    term UBIGINT NOT NULL,
    doc UINTEGER NOT NULL,
    weight UTINYINT NOT NULL
);
"""

# Flows that run apart, as deployments do, have lines of their own in the ledger.
RUNNING = """
ALTER TABLE private.run ADD COLUMN flow VARCHAR;                -- null: before this was noted, a whole cycle
ALTER TABLE private.run ADD COLUMN model_seconds DOUBLE;        -- null: under way, or before this was noted
ALTER TABLE private.run ADD COLUMN feeds_changed BIGINT;        -- null as above, or nothing is known of it
ALTER TABLE private.run ADD COLUMN feeds_unchanged BIGINT;
-- Whose article was lost to them by a fault of DuckDB are pending again, and find it by its address.
UPDATE private.entry SET state = 'pending' WHERE state = 'stored' AND article_id IS NULL;
"""
