"""Every SQL statement of SqliteSaver. Lists of ids travel as one JSON text."""

from __future__ import annotations

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS checkpoints (
    thread_id TEXT NOT NULL, ns TEXT NOT NULL, id TEXT NOT NULL, parent_id TEXT,
    step INTEGER NOT NULL, source TEXT NOT NULL, created_at TEXT NOT NULL, versions TEXT NOT NULL,
    following TEXT NOT NULL, joins TEXT NOT NULL, deferred TEXT NOT NULL, metadata TEXT NOT NULL,
    PRIMARY KEY (thread_id, ns, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (
    thread_id TEXT NOT NULL, ns TEXT NOT NULL, channel TEXT NOT NULL, version TEXT NOT NULL,
    base TEXT, place TEXT, data TEXT NOT NULL,
    PRIMARY KEY (thread_id, ns, channel, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writes (
    at INTEGER PRIMARY KEY, thread_id TEXT NOT NULL, ns TEXT NOT NULL, checkpoint_id TEXT NOT NULL,
    task_id TEXT NOT NULL, idx INTEGER NOT NULL, path TEXT NOT NULL, channel TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (thread_id, ns, checkpoint_id, task_id, idx)
);
"""

ADD_CHECKPOINT = """
INSERT INTO checkpoints VALUES (
    :thread_id, :ns, :id, :parent_id, :step, :source, :created_at, :versions,
    :following, :joins, :deferred, :metadata
)"""

READ_CHECKPOINT = """
SELECT * FROM checkpoints
WHERE thread_id = :thread_id AND ns = :ns AND (:id IS NULL OR id = :id)
ORDER BY id DESC LIMIT 1"""

LIST_CHECKPOINTS = """
SELECT * FROM checkpoints
WHERE thread_id = :thread_id AND ns = :ns AND (:before IS NULL OR id < :before)
ORDER BY id DESC LIMIT :page"""

ADD_BLOB = "INSERT INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?)"

READ_PLACE = """
SELECT place FROM blobs
WHERE thread_id = ? AND ns = ? AND channel = ? AND version = ?"""

# `pairs` is [[channel, version], ...]; with them come all rows that they are based on.
READ_BLOBS = """
WITH RECURSIVE used (channel, version, base) AS (
    SELECT channel, version, base FROM json_each(:pairs) AS pair CROSS JOIN blobs
    WHERE thread_id = :thread_id AND ns = :ns
        AND channel = json_extract(pair.value, '$[0]')
        AND version = json_extract(pair.value, '$[1]')
    UNION
    SELECT older.channel, older.version, older.base FROM used CROSS JOIN blobs AS older
    WHERE older.thread_id = :thread_id AND older.ns = :ns
        AND older.channel = used.channel AND older.version = used.base
)
SELECT found.channel, found.version, found.base, found.place, found.data
FROM used CROSS JOIN blobs AS found
WHERE found.thread_id = :thread_id AND found.ns = :ns
    AND found.channel = used.channel AND found.version = used.version"""

# An ordinary write is kept if it is already there; the special kinds (idx < 0) replace.
ADD_WRITE = """
INSERT INTO writes (thread_id, ns, checkpoint_id, task_id, idx, path, channel, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (thread_id, ns, checkpoint_id, task_id, idx) DO UPDATE
SET path = excluded.path, channel = excluded.channel, data = excluded.data
WHERE excluded.idx < 0"""

READ_WRITES = """
SELECT checkpoint_id, task_id, path, idx, channel, data FROM writes
WHERE thread_id = :thread_id AND ns = :ns
    AND checkpoint_id IN (SELECT value FROM json_each(:ids))
ORDER BY at"""

DELETE_THREAD = (
    "DELETE FROM checkpoints WHERE thread_id = ?",
    "DELETE FROM blobs WHERE thread_id = ?",
    "DELETE FROM writes WHERE thread_id = ?",
)

IS_TAKEN = "SELECT 1 FROM checkpoints WHERE thread_id = ? LIMIT 1"

COPY_THREAD = (
    """
INSERT INTO checkpoints
SELECT :target, ns, id, parent_id, step, source, created_at, versions, following, joins, deferred,
    metadata
FROM checkpoints WHERE thread_id = :source""",
    """
INSERT INTO blobs
SELECT :target, ns, channel, version, base, place, data FROM blobs WHERE thread_id = :source""",
    """
INSERT INTO writes (thread_id, ns, checkpoint_id, task_id, idx, path, channel, data)
SELECT :target, ns, checkpoint_id, task_id, idx, path, channel, data
FROM writes WHERE thread_id = :source ORDER BY at""",
)

LEVELS = "SELECT DISTINCT ns FROM checkpoints WHERE thread_id = ?"

NEWEST = """
SELECT id, versions FROM checkpoints
WHERE thread_id = :thread_id AND ns = :ns ORDER BY id DESC LIMIT :keep"""

BASES = "SELECT channel, version, base FROM blobs WHERE thread_id = :thread_id AND ns = :ns"

PRUNE = (
    "DELETE FROM checkpoints WHERE thread_id = :thread_id AND ns = :ns AND id < :oldest",
    "DELETE FROM writes WHERE thread_id = :thread_id AND ns = :ns AND checkpoint_id < :oldest",
)

DROP_BLOB = "DELETE FROM blobs WHERE thread_id = ? AND ns = ? AND channel = ? AND version = ?"
