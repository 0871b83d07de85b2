CREATE TABLE room (
  map_id    BLOB    NOT NULL PRIMARY KEY,
  epoch     INTEGER NOT NULL,
  head      INTEGER NOT NULL,
  hash      BLOB    NOT NULL,
  node      TEXT    NOT NULL,
  node_addr TEXT    NOT NULL,
  updated   INTEGER NOT NULL
) WITHOUT ROWID;

-- Rows of one map lie together: opening a map reads one run of pages.
CREATE TABLE op (
  map_id BLOB    NOT NULL,
  seq    INTEGER NOT NULL,
  op_id  BLOB    NOT NULL,
  actor  BLOB    NOT NULL,
  ts     INTEGER NOT NULL,
  data   BLOB    NOT NULL,
  PRIMARY KEY (map_id, seq),
  UNIQUE (map_id, op_id)
) WITHOUT ROWID;

CREATE TABLE account (
  id       BLOB    NOT NULL PRIMARY KEY,
  email    TEXT    NOT NULL UNIQUE,
  name     TEXT    NOT NULL,
  operator INTEGER NOT NULL,
  created  INTEGER NOT NULL,
  password TEXT    NOT NULL,
  pepper   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  hash    BLOB    NOT NULL PRIMARY KEY,
  account BLOB    NOT NULL REFERENCES account (id),
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_seen ON session (seen);
CREATE INDEX session_created ON session (created);

-- Sign-ins that are over; seq is MAX + 1, given under the writer's lock.
CREATE TABLE ended (
  seq     INTEGER NOT NULL PRIMARY KEY,
  hash    BLOB    NOT NULL,
  account BLOB    NOT NULL,
  at      INTEGER NOT NULL
);

CREATE TABLE invitation (
  id      BLOB    NOT NULL PRIMARY KEY,
  hash    BLOB    NOT NULL UNIQUE,
  made_by BLOB    NOT NULL REFERENCES account (id),
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  uses    INTEGER NOT NULL,
  used    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE reset (
  account BLOB    NOT NULL PRIMARY KEY REFERENCES account (id),
  hash    BLOB    NOT NULL UNIQUE,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE map (
  id      BLOB    NOT NULL PRIMARY KEY,
  title   TEXT    NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX map_deleted ON map (deleted) WHERE deleted > 0;

CREATE TABLE member (
  map_id  BLOB    NOT NULL REFERENCES map (id),
  account BLOB    NOT NULL REFERENCES account (id),
  role    INTEGER NOT NULL,
  added   INTEGER NOT NULL,
  PRIMARY KEY (map_id, account)
) WITHOUT ROWID;
CREATE INDEX member_account ON member (account);
