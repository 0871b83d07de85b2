-- Records of the audit log that are in no block yet, as many as came together.
CREATE TABLE audit (
  first INTEGER NOT NULL PRIMARY KEY, -- the number of the first of them, from 0
  size  INTEGER NOT NULL,
  lines BLOB    NOT NULL -- each ends with a line feed
);

-- How far the log is: the root of its tree, and the tree's right edge.
CREATE TABLE audit_head (
  one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  size  INTEGER NOT NULL,
  root  BLOB    NOT NULL,
  parts BLOB    NOT NULL
);

-- 256 records each. The hash stays when the records are gone.
CREATE TABLE audit_block (
  n     INTEGER NOT NULL PRIMARY KEY,
  at    INTEGER NOT NULL, -- of the first record
  hash  BLOB    NOT NULL,
  bad   INTEGER NOT NULL, -- how many were refused or failed
  lines BLOB    NOT NULL  -- empty: gone
);
CREATE INDEX audit_block_at ON audit_block (at);

-- By what a block is found: whom or what its records are about.
CREATE TABLE audit_seen (
  key INTEGER NOT NULL,
  n   INTEGER NOT NULL,
  PRIMARY KEY (key, n)
) WITHOUT ROWID;

-- Heads that were signed.
CREATE TABLE audit_checkpoint (
  size INTEGER NOT NULL PRIMARY KEY,
  at   INTEGER NOT NULL,
  note TEXT    NOT NULL
);

-- By what records are sealed, for each subject. Without it nobody knows whom they are
-- about.
CREATE TABLE audit_key (
  subject TEXT    NOT NULL PRIMARY KEY,
  alias   TEXT    NOT NULL UNIQUE,
  key     BLOB    NOT NULL,
  made    INTEGER NOT NULL
) WITHOUT ROWID;

-- What parts of the program go on with after a restart.
CREATE TABLE memory (
  name TEXT NOT NULL PRIMARY KEY,
  data BLOB NOT NULL
) WITHOUT ROWID;

-- What was noticed in the records. Whom it is about is there by their alias alone.
CREATE TABLE alert (
  id        INTEGER NOT NULL PRIMARY KEY,
  at        INTEGER NOT NULL, -- of the last record it was found with
  kind      TEXT    NOT NULL,
  org       BLOB    NOT NULL, -- zeros: no organisation's
  closed    INTEGER NOT NULL, -- 0: open
  closed_by BLOB    NOT NULL,
  data      TEXT    NOT NULL
);
CREATE INDEX alert_at ON alert (at);

-- What is not to be told for a while.
CREATE TABLE mute (
  kind    TEXT    NOT NULL,
  subject TEXT    NOT NULL, -- an alias; empty: whoever
  org     BLOB    NOT NULL, -- zeros: all
  until   INTEGER NOT NULL,
  made_by BLOB    NOT NULL,
  PRIMARY KEY (kind, subject, org)
) WITHOUT ROWID;
