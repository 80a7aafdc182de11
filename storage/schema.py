"""The tables of the writer's database, as numbered migrations. Decides what is stored and in which column.

Never runs anything: `database` applies these, and then makes the public views anew, which are in `views`. The tables of
the first schema are here, what was added since in `migrations`.

For all tables: times are UTC in TIMESTAMP; arrays of hashes are little-endian bytes; vectors are FLOAT[], so that any
model's dimensions fit; no foreign keys (an update of a referenced parent fails: duckdb#20246) and no computed defaults.
Each PRIMARY KEY serves the writes by key and makes a repeated write harmless. There is no other index on purpose: a
look-up by url or by feed scans one column, 2 ms in 30,000 rows, and an index would cost each write more than that.
"""

from storage.migrations import ALERTS, ARCHIVE, GROUPS, HABITS, RUNNING, TEXTS

TABLES = """
CREATE SCHEMA private;

-- What the file itself is: schema_version, model_name and model_digest (of the stored vectors), and, while a
-- re-embedding is under way, reembed_name and reembed_digest; next_doc is the number of the next text in the index.
CREATE TABLE private.meta (
    key VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);

CREATE TABLE private.feed (
    feed_url VARCHAR PRIMARY KEY,
    added_at TIMESTAMP NOT NULL,
    next_check_at TIMESTAMP NOT NULL,
    title VARCHAR,                      -- null: neither a person nor the feed named it
    publisher VARCHAR,                  -- null: not known
    language VARCHAR,                   -- null: not known
    folder VARCHAR,                     -- null: at the top level
    paused BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,                     -- null: nothing is wrong
    failures INTEGER NOT NULL,
    check_interval INTERVAL NOT NULL,
    etag VARCHAR,                       -- null: the server sends none
    last_modified VARCHAR,              -- null: the server sends none
    body_digest VARCHAR,                -- null: never read
    checked_at TIMESTAMP,               -- null: never asked
    succeeded_at TIMESTAMP              -- null: never read
);

CREATE TABLE private.entry (
    entry_id VARCHAR PRIMARY KEY,
    feed_url VARCHAR,                   -- null: a seed
    guid VARCHAR,                       -- null: the feed gave none
    url VARCHAR,                        -- null: the entry has no link
    title VARCHAR,                      -- null: it has none, or a person removed the article
    summary VARCHAR,                    -- null: it has none, or a person removed the article
    published_at TIMESTAMP,             -- null: not known; never a guess
    published_precision VARCHAR NOT NULL,
    published_source VARCHAR,           -- null with published_at
    first_seen_at TIMESTAMP NOT NULL,
    publisher VARCHAR,                  -- null: not known
    language VARCHAR,                   -- null: not known
    guid_trusted BOOLEAN NOT NULL,
    full_text BOOLEAN NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,                     -- null: stored, or pending and not tried yet
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMP,          -- null: at once, or never again
    article_id VARCHAR,                 -- null unless stored
    run_id VARCHAR NOT NULL,            -- the run that first saw it
    settled_run_id VARCHAR              -- null while pending: the run that gave it its terminal state
);

CREATE TABLE private.article (
    article_id VARCHAR PRIMARY KEY,
    url VARCHAR,                        -- null: it came from a feed without links
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    publisher VARCHAR,                  -- null: not known
    published_at TIMESTAMP,             -- null: not known; never a guess
    published_precision VARCHAR NOT NULL,
    published_source VARCHAR,           -- null with published_at
    first_seen_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL             -- the run that stored it
);

-- What later articles are compared with. Kept articles only: nothing is ever compared with a duplicate.
CREATE TABLE private.feature (
    article_id VARCHAR PRIMARY KEY,
    fingerprint VARCHAR NOT NULL,
    shingles BLOB NOT NULL,             -- uint32, sorted
    terms BLOB NOT NULL,                -- uint32, sorted
    counts BLOB NOT NULL,               -- float32, as many as terms
    numbers BLOB NOT NULL,              -- uint32, sorted: the terms that have a digit
    names VARCHAR[] NOT NULL,
    vector FLOAT[] NOT NULL             -- by the model that meta names
);

CREATE TABLE private.storyline (
    storyline_id VARCHAR PRIMARY KEY,
    label VARCHAR NOT NULL,
    pinned BOOLEAN NOT NULL,
    created_at TIMESTAMP                -- null: not told
);

CREATE TABLE private.event (
    event_id VARCHAR PRIMARY KEY,
    storyline_id VARCHAR NOT NULL,
    founder_id VARCHAR NOT NULL         -- stays when the founding article is removed: ids never change
);

-- The seeds of a named storyline. Settled: an analysis has drawn in what was stored before.
CREATE TABLE private.definition (
    storyline_id VARCHAR,
    article_id VARCHAR,
    settled BOOLEAN NOT NULL,
    PRIMARY KEY (storyline_id, article_id)
);

-- A verdict on an article is a row here (it is kept) or in duplicate (it is not), never in both.
CREATE TABLE private.assignment (
    article_id VARCHAR PRIMARY KEY,
    event_id VARCHAR NOT NULL,
    storyline_id VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    margin DOUBLE NOT NULL,
    evidence VARCHAR NOT NULL,          -- JSON
    run_id VARCHAR NOT NULL             -- the run that first gave a verdict
);

CREATE TABLE private.duplicate (
    article_id VARCHAR PRIMARY KEY,
    canonical_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    similarity DOUBLE NOT NULL,
    evidence VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE private.watch (
    watch_id VARCHAR PRIMARY KEY,
    storyline_id VARCHAR,               -- null: all storylines
    target VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE private.alert (
    alert_id VARCHAR PRIMARY KEY,
    watch_id VARCHAR NOT NULL,
    storyline_id VARCHAR NOT NULL,
    article_ids VARCHAR[] NOT NULL,
    created_at TIMESTAMP NOT NULL,
    delivered_at TIMESTAMP,             -- null: still to be delivered
    attempts INTEGER NOT NULL
);

CREATE TABLE private.run (
    run_id VARCHAR PRIMARY KEY,
    started_at TIMESTAMP NOT NULL,
    pending_before BIGINT NOT NULL,     -- pending entries when it started
    finished_at TIMESTAMP,              -- null: under way, or it died; so are all below
    feeds_polled BIGINT,
    feeds_failed BIGINT,
    entries_new BIGINT,
    articles_new BIGINT,
    kept_new BIGINT,
    copies_new BIGINT,
    pending BIGINT
);

-- What a person removed does not come back, by whichever identity it shows up again. One identity a row: the others
-- are null.
CREATE TABLE private.deleted (
    article_id VARCHAR,
    url VARCHAR,
    feed_url VARCHAR,                   -- with guid, where the feed's guids can be trusted
    guid VARCHAR
);

-- New vectors of a re-embedding under way: put in the place of the old ones all at once.
CREATE TABLE private.reembedded (
    article_id VARCHAR PRIMARY KEY,
    vector FLOAT[] NOT NULL
);
"""

COMPRESSED_ANEW = 7
"""The migration with which texts are written in another compression; see `database`."""

MIGRATIONS: tuple[str, ...] = (TABLES, GROUPS, TEXTS, HABITS, ALERTS, ARCHIVE, RUNNING)
"""Migration n is MIGRATIONS[n - 1]. A released one is never edited: a change of tables or of views is a new one.

Views hold no data: after the last migration all are made anew, as `views` has them. If only they change, it is empty.
"""
