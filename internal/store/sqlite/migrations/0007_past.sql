-- The state of a map up to where its log may be gone. A log is folded from here.
CREATE TABLE base (
  map_id BLOB    NOT NULL PRIMARY KEY,
  seq    INTEGER NOT NULL,
  at     INTEGER NOT NULL, -- of the last change in it
  data   BLOB    NOT NULL  -- as a snapshot
) WITHOUT ROWID;

-- States of maps that lie among the objects, by their content. All after base can be
-- made anew from the log.
CREATE TABLE snapshot (
  map_id  BLOB    NOT NULL,
  seq     INTEGER NOT NULL,
  hash    BLOB    NOT NULL,
  picture BLOB    NOT NULL, -- 32 zeros: none
  size    INTEGER NOT NULL,
  at      INTEGER NOT NULL, -- of the last change in it
  made    INTEGER NOT NULL,
  damaged INTEGER NOT NULL, -- 1: found not to be what was written
  PRIMARY KEY (map_id, seq)
) WITHOUT ROWID;

-- Moments of maps that people gave a name.
CREATE TABLE version (
  map_id  BLOB    NOT NULL REFERENCES map (id),
  seq     INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  made_by BLOB    NOT NULL,
  made    INTEGER NOT NULL,
  PRIMARY KEY (map_id, seq)
) WITHOUT ROWID;

-- Up to where a map's log has been sent to another place.
CREATE TABLE shipped (
  place  TEXT    NOT NULL,
  map_id BLOB    NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (place, map_id)
) WITHOUT ROWID;

-- What was done to keep everything, and whether it worked: backups, drills.
CREATE TABLE record (
  kind TEXT    NOT NULL,
  at   INTEGER NOT NULL,
  id   BLOB    NOT NULL,
  ok   INTEGER NOT NULL,
  data TEXT    NOT NULL,
  PRIMARY KEY (kind, at, id)
) WITHOUT ROWID;
